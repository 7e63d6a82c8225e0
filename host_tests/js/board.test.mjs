/* What the page does with a board, without a browser: the real MicroPython at the other end of the wire. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { compare, plan, put } from "../../tools/desk/static/board/files.js";
import { key, value } from "../../tools/desk/static/board/keys.js";
import { Line } from "../../tools/desk/static/board/line.js";
import { RESET } from "../../tools/desk/static/board/programs.js";
import { Repl } from "../../tools/desk/static/board/repl.js";
import { FAST_BAUD, PROMPT_BAUD, faster, slower } from "../../tools/desk/static/board/speed.js";
import { Trouble } from "../../tools/desk/static/board/trouble.js";
import { Board } from "./board_wire.mjs";

const STEP = process.env.TAPTILL_CUTS === "all" ? 1 : 5;    // every how many exchanges the plug is pulled

function file(path, content) {
  const data = Buffer.from(content);
  return { path, size: data.length, sha256: createHash("sha256").update(data).digest("hex"), content: data.toString("base64") };
}

const TREE = [
  file("board.py", "DATA = '/data'\n"),
  file("ssd1306.mpy", Buffer.from(Array.from({ length: 900 }, (_, at) => at * 7 & 255))),
  file("taptill/__init__.mpy", "M"),
  file("taptill/core/a.mpy", Buffer.alloc(3000, 0x04)),    // END and the like are data like any other
  file("taptill/empty.bin", ""),
  file("main.py", "print('the terminal starts')\n"),
];

async function at(board) {
  const line = new Line(board.port());
  await line.begin(115200);
  const repl = new Repl(line);
  await repl.enter();
  return { line, repl };
}

function listing(folder, below = "") {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below ? `${below}/${entry.name}` : entry.name;
    return entry.isDirectory() ? listing(folder, path) : [path];
  }).sort();
}

function holds(board, tree) {
  const own = listing(board.files).filter((path) => !path.startsWith("data/"));
  assert.deepEqual(own, tree.map((each) => each.path).sort());
  for (const each of tree) assert.equal(readFileSync(join(board.files, each.path)).toString("base64"), each.content, each.path);
}

async function deploy(board, tree = TREE) {
  const { line, repl } = await at(board);
  try {
    const wanted = await plan(repl, tree);
    await put(repl, wanted, () => undefined);
    return wanted;
  } finally {
    await line.end();
  }
}

describe("the raw REPL", () => {
  let board;
  before(() => { board = new Board(); });
  after(() => board.end());

  it("runs programs, short and long, and tells what they print", async () => {
    const { line, repl } = await at(board);
    assert.equal(await repl.run("print('here', 6 * 7)"), "here 42\n");
    assert.equal(await repl.run(""), "");
    const long = `print(len(${JSON.stringify("x".repeat(9000))}))`;
    assert.equal(await repl.run(long), "9000\n");
    assert.equal(await repl.run("print('中文 ü')"), "中文 ü\n");
    await line.end();
  });

  it("tells what a program raised, and goes on", async () => {
    const { line, repl } = await at(board);
    await assert.rejects(repl.run("raise ValueError('no such thing')"), (error) => error instanceof Trouble &&
      error.key === "board.raised" && error.values.why === "ValueError: no such thing");
    await assert.rejects(repl.run("this is no program"), { key: "board.raised" });
    await assert.rejects(repl.run("bytearray(1 << 40)"), { key: "board.raised.memory" });
    await assert.rejects(repl.run("open('/none')"), { key: "board.raised.flash" });
    await assert.rejects(repl.run("import nothing_of_that_name"), { key: "board.raised.files" });
    assert.equal(await repl.run("print(1)"), "1\n");
    await line.end();
  });

  it("stops what runs", async () => {
    await board.cut();
    writeFileSync(join(board.files, "main.py"), "import time\nprint('it runs')\nwhile True:\n    time.sleep(1)\n");
    board.start();
    const { line, repl } = await at(board);
    assert.equal(await repl.run("print('free')"), "free\n");
    await line.end();
  });
});

describe("the speed of the prompt", () => {
  let board;
  before(() => { board = new Board(); });
  after(() => board.end());

  it("is the loader's while a board is worked on, and its own afterwards", async () => {
    const { line, repl } = await at(board);
    await faster(repl, line);
    assert.equal(line.baud, FAST_BAUD);
    assert.equal(await repl.run("print(len('" + "x".repeat(5000) + "'), _fast)"), "5000 True\n");
    await slower(repl, line);
    await line.end();
    const again = await at(board);
    assert.equal(await again.repl.run("print(2)"), "2\n");
    await again.line.end();
  });

  it("stays where the wire does not carry more, or where there is none", async () => {
    board.carries = PROMPT_BAUD;
    const slow = await at(board);
    await faster(slow.repl, slow.line);
    assert.equal(slow.line.baud, PROMPT_BAUD);
    assert.equal(await slow.repl.run("print(3)"), "3\n");
    await slow.line.end();
    board.usb = { usbVendorId: 0x303a, usbProductId: 0x4001 };
    const own = await at(board);
    await faster(own.repl, own.line);
    assert.equal(own.line.baud, PROMPT_BAUD);
    await own.line.end();
  });
});

describe("raw mode of a board without raw-paste", () => {
  for (const [said, name] of [["R\x00", "that says so"], ["ra", "that knows nothing of it"]]) {
    it(name, async () => {
      const heard = [];
      let toPage;
      const say = (text) => toPage.enqueue(new TextEncoder().encode(text));
      const port = {
        readable: new ReadableStream({ start(controller) { toPage = controller; } }),
        async open() {},
        async close() {},
        writable: new WritableStream({ write(data) {
          const text = new TextDecoder().decode(data);
          heard.push(text);
          if (text === "\r\x01") say("\r\nraw REPL; CTRL-B to exit\r\n>");
          else if (text === "\x05A\x01") say(said === "ra" ? "raw REPL; CTRL-B to exit\r\n>" : said);
          else if (text === "\x04") say("OKdone\r\n\x04\x04>");
        } }),
      };
      const line = new Line(port);
      await line.begin(115200);
      const repl = new Repl(line);
      await repl.enter();
      assert.equal(await repl.run("print('done')"), "done\n");
      assert.equal(await repl.run("print('done')"), "done\n");
      assert.equal(heard.filter((text) => text === "\x05A\x01").length, 1);    // it is asked once
      await line.end();
    });
  }
});

describe("a port", () => {
  it("that another program has is told", async () => {
    await assert.rejects(new Line({ open: async () => { throw new Error("taken"); } }).begin(1), { key: "board.busy" });
  });

  it("on which nobody answers is told", async () => {
    const silent = { readable: new ReadableStream(), writable: new WritableStream(), async open() {}, async close() {} };
    const line = new Line(silent);
    await line.begin(115200);
    await assert.rejects(line.read(1, 20), { key: "board.silent" });
    await line.end();
    await assert.rejects(line.write(Uint8Array.of(1)), { key: "board.unplugged" });
  });
});

describe("files onto a board", () => {
  let board;
  before(() => { board = new Board(); });
  after(() => board.end());

  it("all of them onto an empty one, and nothing the second time", async () => {
    assert.equal((await deploy(board)).write.length, TREE.length);
    holds(board, TREE);
    const again = await deploy(board);
    assert.deepEqual([again.write, again.remove, again.same], [[], [], TREE.length]);
  });

  it("only what changed, main.py last and away meanwhile; what is the terminal's own stays", async () => {
    mkdirSync(join(board.files, "data"), { recursive: true });
    writeFileSync(join(board.files, "data/journal"), "payments");
    writeFileSync(join(board.files, "taptill/old.mpy"), "of before");
    writeFileSync(join(board.files, "taptill/core/a.py"), "this would be imported instead");
    writeFileSync(join(board.files, "ssd1306.py"), "this too");
    const tree = TREE.map((each) => each.path === "board.py" ? file("board.py", "DATA = '/data'  # new\n") : each);
    const wanted = await deploy(board, tree);
    assert.deepEqual(wanted.write.map((each) => each.path), ["board.py", "main.py"]);
    assert.deepEqual(wanted.remove, ["main.py", "ssd1306.py", "taptill/core/a.py", "taptill/old.mpy"].sort((one, other) =>
      wanted.remove.indexOf(one) - wanted.remove.indexOf(other)));
    assert.equal(wanted.remove[0], "main.py");
    holds(board, tree);
    assert.equal(readFileSync(join(board.files, "data/journal"), "utf8"), "payments");
  });

  it("not where there is no room", async () => {
    const { line, repl } = await at(board);
    const wanted = { ...await plan(repl, [...TREE, file("taptill/new.mpy", "x")]), free: 8192 };
    await assert.rejects(put(repl, wanted, () => undefined), (error) => error.key === "board.full" && error.values.free === 8);
    await line.end();
    assert.ok(!existsSync(join(board.files, "taptill/new.mpy")));
  });

  it("what comes damaged takes nobody's name", async () => {
    const { line, repl } = await at(board);
    const wrong = { ...file("taptill/core/a.mpy", "good"), content: Buffer.from("evil").toString("base64") };
    const wanted = await plan(repl, [...TREE.filter((each) => each.path !== wrong.path), wrong]);
    await assert.rejects(put(repl, wanted, () => undefined), { key: "board.raised.compare" });
    await line.end();
    assert.equal(statSync(join(board.files, "taptill/core/a.mpy")).size, 3000);
    await deploy(board);
    holds(board, TREE);
  });
});

describe("an interruption", () => {
  it("at any exchange leaves no half firmware that starts, and a repeat ends it", { timeout: 250000 }, async () => {
    const board = new Board();
    const whole = await deploy(board);
    assert.equal(whole.write.length, TREE.length);
    const all = board.writes;
    assert.ok(all > 60, `${all} exchanges`);
    const old = TREE.map((each) => each.path === "taptill/__init__.mpy" || each.path === "board.py" ? file(each.path, "old") : each);
    let cuts = 0;
    for (const from of ["empty", "old"]) {
      for (let at = 1; at <= all; at += STEP * (from === "empty" ? 1 : 3)) {
        await board.cut();
        for (const name of readdirSync(board.files)) rmSync(join(board.files, name), { recursive: true });
        board.start();
        if (from === "old") await deploy(board, old);
        mkdirSync(join(board.files, "data"), { recursive: true });
        writeFileSync(join(board.files, "data/journal"), "payments");
        board.writes = 0;
        board.cutAfter = at;
        try {
          await deploy(board);
        } catch (error) {
          assert.equal(error.key, "board.unplugged", `cut ${at}: ${error.stack}`);
          cuts++;
        }
        board.cutAfter = Infinity;
        if (existsSync(join(board.files, "main.py"))) {
          // It would start: then it is the whole firmware, the old one or the new one.
          const changed = readFileSync(join(board.files, "board.py")).toString("base64");
          holds(board, changed === TREE[0].content ? TREE : old);
        }
        await board.cut();
        board.start();
        await deploy(board);
        holds(board, TREE);
        assert.equal(readFileSync(join(board.files, "data/journal"), "utf8"), "payments");
      }
    }
    assert.ok(cuts > all / STEP, `${cuts} cuts`);
    await board.end();
  });
});

describe("a comparison", () => {
  it("of a tree without main.py leaves an old one away", () => {
    const there = new Map([["main.py", "x"], ["taptill/a.mpy", "y"]]);
    const found = compare([file("taptill/a.mpy", "new")], there, 1 << 20);
    assert.deepEqual(found.remove, ["main.py"]);
  });
});

describe("a restart", () => {
  it("lets the terminal start, and its words are heard", async () => {
    const board = new Board();
    await deploy(board);
    const { line, repl } = await at(board);
    let heard = "";
    await repl.begin(RESET);
    const said = new Promise((resolve) => {
      line.listen((data) => {
        heard += new TextDecoder().decode(data);
        if (heard.includes("the terminal starts")) resolve(undefined);
      });
    });
    await said;
    await line.end();
    await board.end();
  });
});

describe("what is typed", () => {
  const number = { name: "port", kind: "number", default: null, low: 1, high: 65535 };
  const text = { name: "merchant_name", kind: "text", default: null, low: 1, high: 32 };
  const exact = { name: "terminal_id", kind: "ascii", default: null, low: 8, high: 8 };
  const hex = { name: "tpdu", kind: "hex", default: "6000030000", low: 5, high: 5 };

  it("becomes the setting's value", () => {
    assert.equal(value(number, "8584"), 8584);
    assert.equal(value({ ...number, low: -840 }, "-60"), -60);
    assert.equal(value(text, "角落小店"), "角落小店");
    assert.equal(value({ name: "tls", kind: "switch" }, true), true);
    assert.equal(value(hex, "6000030000"), "6000030000");
  });

  it("is named when it is outside of its limits", () => {
    for (const [rule, typed, why] of [
      [number, "0", "board.bad.number"], [number, "65536", "board.bad.number"], [number, "1e3", "board.bad.number"],
      [number, "", "board.bad.number"], [text, "", "board.bad.text"], [text, "x".repeat(33), "board.bad.text"],
      [exact, "1234567", "board.bad.exact"], [exact, "1234567ü", "board.bad.ascii"], [hex, "60000300", "board.bad.hex"],
      [hex, "60000300gg", "board.bad.hex"], [{ kind: "digits", low: 4, high: 4 }, "15x6", "board.bad.digits"],
      [{ kind: "moment", low: 0, high: 0 }, "soon", "board.bad.moment"],
    ]) assert.throws(() => value(rule, typed), { key: why }, `${rule.kind} ${typed}`);
  });

  it("as a key is one of 32 digits, or two that are added", () => {
    assert.equal(key(["0123456789abcdef fedcba9876543210"]), "0123456789ABCDEFFEDCBA9876543210");
    assert.equal(key(["F".repeat(32), "0123456789ABCDEF".repeat(2)]), "FEDCBA9876543210".repeat(2));
    assert.throws(() => key(["12"]), { key: "board.bad.key" });
    assert.throws(() => key(["0".repeat(31) + "g"]), { key: "board.bad.key" });
    assert.throws(() => key(["1".repeat(32), "1".repeat(32)]), { key: "board.bad.same" });
  });
});

