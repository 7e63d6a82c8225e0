/* A terminal is asked before it is stopped: a real MicroPython whose main.py answers as the firmware's console does. */

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { mayBeStopped } from "../../tools/desk/static/board/ask.js";
import { Line } from "../../tools/desk/static/board/line.js";
import { Repl } from "../../tools/desk/static/board/repl.js";
import { Board } from "./board_wire.mjs";

const SOON_MS = 300;    // of patience
const MAIN = readFileSync(new URL("../fixtures/answering_main.py", import.meta.url), "utf8");
const never = () => assert.fail("it answers: no person is asked");

describe("what runs on a board", () => {
  let board, line;
  before(() => { board = new Board(); });
  after(() => board.end());

  const runs = async (standing, main = MAIN) => {
    await board.cut();
    rmSync(join(board.files, "stopped"), { force: true });
    writeFileSync(join(board.files, "standing"), standing);
    writeFileSync(join(board.files, "main.py"), main);
    line = new Line(board.port());
    await line.begin(115200);
    board.start();
    if (main) await line.upTo(new TextEncoder().encode("it runs"), 10000);
  };
  const stopped = () => existsSync(join(board.files, "stopped"));

  for (const word of ["idle", "out of service"]) {
    it(`may be stopped when it says “${word}”`, async () => {
      await runs(word);
      assert.equal(await mayBeStopped(line, never), true);
      assert.ok(!stopped());
      await new Repl(line).enter();
      assert.ok(stopped());
      await line.end();
    });
  }

  for (const [standing, busy] of [["busy", true], ["", false]]) {    // an older one says nothing until it is idle
    it(`is waited for when it is ${standing || "silent"}, and goes on with its payment`, async () => {
      await runs(standing);
      const told = [];
      const answer = mayBeStopped(line, (said) => {
        told.push(said);
        setTimeout(() => writeFileSync(join(board.files, "standing"), "idle"), SOON_MS);    // the payment is over
        return busy ? Promise.resolve("stop") : new Promise(() => undefined);               // that word does not count then
      }, SOON_MS);
      assert.equal(await answer, true);
      assert.deepEqual(told, [busy]);
      assert.ok(!stopped());
      assert.equal(readFileSync(join(board.files, "standing"), "utf8"), "idle");
      await line.end();
    });
  }

  it("is left alone in the middle of a payment when a person says so", async () => {
    await runs("busy");
    assert.equal(await mayBeStopped(line, async () => "leave", SOON_MS), false);
    assert.ok(!stopped());
    await line.end();
  });

  it("is not stopped with an open reversal", async () => {
    await runs("reversal open");
    await assert.rejects(mayBeStopped(line, never), { key: "board.owes" });
    assert.ok(!stopped());
    await line.end();
  });

  it("and says nothing is stopped by a person's word alone", async () => {
    await runs("");
    assert.equal(await mayBeStopped(line, async () => "leave", SOON_MS), false);
    assert.equal(await mayBeStopped(line, async () => "stop", SOON_MS), true);
    assert.ok(!stopped());
    await line.end();
  });

  it("is the prompt, also where somebody left it in the middle of a program", async () => {
    await runs("", "");
    const repl = new Repl(line);
    assert.equal(await mayBeStopped(line, never), true);
    await repl.enter();
    assert.equal(await mayBeStopped(line, never), true);    // out of raw mode
    await repl.enter();
    await line.write(Uint8Array.of(0x05, 0x41, 0x01));      // a paste that nobody ends
    await line.upTo(Uint8Array.of(0x52, 0x01), 3000);
    assert.equal(await mayBeStopped(line, () => new Promise(() => undefined), SOON_MS), true);
    await repl.enter();
    assert.equal(await repl.run("print(1)"), "1\n");
    await line.end();
  });
});

describe("a chip without a program", () => {
  for (const words of ["invalid header: 0xffffffff\r\n", "waiting for download\r\n"]) {
    it(`that says “${words.trim()}” is not waited for`, async () => {
      let toPage;
      const line = new Line({ async open() {}, async close() {}, writable: new WritableStream(),
        readable: new ReadableStream({ start(controller) { toPage = controller; } }) });
      await line.begin(115200);
      toPage.enqueue(new TextEncoder().encode(words));
      await assert.rejects(mayBeStopped(line, never), { key: "board.silent" });
      await line.end();
    });
  }
});
