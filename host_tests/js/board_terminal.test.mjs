/* The firmware itself onto a board: how long it takes, what is asked before anything is written, settings and keys. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { plan, put } from "../../tools/desk/static/board/files.js";
import { provision } from "../../tools/desk/static/board/keys.js";
import { Line } from "../../tools/desk/static/board/line.js";
import { Repl } from "../../tools/desk/static/board/repl.js";
import { used } from "../../tools/desk/static/board/used.js";
import { Board, PYTHON, ROOT } from "./board_wire.mjs";

const BAUD = 460800;
const PROMPT = 115200;        // where MicroPython's prompt is on a UART; a board's own USB is faster
const BITS = 10;              // of a byte on the wire: start, eight, stop
const TURN_S = 0.002;         // of a USB bridge that asks for data every millisecond, there and back
const IMAGE = 0x1f0000;       // the whole app partition of MicroPython's ESP32 boards; the downloads are smaller
const SHRUNK = 0.65;          // what zlib leaves of such an image
const START_S = 3;            // from the reset to the idle screen
const TMK = "0123456789ABCDEFFEDCBA9876543210";
const KCV = "08D7B4FB";       // of that key: three DES encryptions of zeros
const SETTINGS = { merchant_name: "Corner shop 角落", merchant_id: "100000000000001", terminal_id: "10000101",
  host: "192.168.1.10", port: 8584, tls: true, tls_name: "localhost", wifi_ssid: 'home "x" \\n', wifi_password: "pass'word" };

const TREE = JSON.parse(execFileSync(PYTHON, ["-c",
  "import json, sys; sys.path.insert(0, 'tools'); from desk import boards; print(json.dumps(boards.tree('esp32s3_devkitc')))"],
{ cwd: ROOT, maxBuffer: 1 << 24 })).files;

/* What is open is put there by the store that is on the board. */
const OPEN = `
from esp32 import NVS
from taptill.adapters.files import Folder
from taptill.adapters.keystore import device_key
from taptill.adapters.sealed import Seal
from taptill.adapters.store import FlashStore
from taptill.core.journal.pending import Pending
_s = FlashStore(Folder('/data'), Seal(device_key(NVS('taptill'))))
_s.open()
_p = Pending()
_p.stan = _s.next_stan()
_p.amount = 1250
_s.save_pending(_p)
print(_s.open_ends())
`;

/** @param {string} folder  its files by their paths, those of its folders too */
const filesOf = (folder) => readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile()).sort();

describe("a terminal", () => {
  let board, line, repl;
  before(async () => {
    board = new Board();
    line = new Line(board.port());
    await line.begin(115200);
    repl = new Repl(line);
    await repl.enter();
  });
  after(async () => { await line.end(); await board.end(); });

  it("goes onto an empty board, image and all, within a minute", { timeout: 120000 }, async () => {
    assert.equal(await used(repl, "/data", TREE), "new");
    const wanted = await plan(repl, TREE);
    await put(repl, wanted, () => undefined);
    assert.equal(await provision(repl, { settings: SETTINGS, tmk: TMK, ca: "MIJjZXJ0aWZpY2F0ZQ==", kcv: "08D7B4" }), KCV);
    const files = (baud) => line.sent * BITS / baud, turns = line.turns * TURN_S, image = IMAGE * SHRUNK * BITS / BAUD;
    const whole = image + files(BAUD) + turns + START_S, slow = whole - files(BAUD) + files(PROMPT);
    console.log(`empty board to idle screen: ${whole.toFixed(1)} s = image ${image.toFixed(1)} + ${line.sent} bytes ` +
      `${files(BAUD).toFixed(1)} + ${line.turns} turn-arounds ${turns.toFixed(1)} + start ${START_S}; ` +
      `with the prompt at ${PROMPT} baud ${slow.toFixed(1)} s`);
    assert.ok(whole <= 60, `${whole} s`);
    const again = await plan(repl, TREE);
    assert.deepEqual([again.write, again.remove], [[], []]);
  });

  it("has its settings and its certificate, and neither key nor password in clear", () => {
    const data = join(board.files, "data");
    const settings = JSON.parse(readFileSync(join(data, "config.json"), "utf8"));
    assert.deepEqual({ ...settings, wifi_password: Object.keys(settings.wifi_password) }, { ...SETTINGS, wifi_password: ["sealed"] });
    assert.equal(readFileSync(join(data, "ca.der")).toString("latin1").slice(2), "certificate");
    for (const name of filesOf(data)) {
      const content = readFileSync(join(data, name));
      for (const secret of [Buffer.from(TMK, "hex"), TMK, SETTINGS.wifi_password]) assert.ok(!content.includes(secret), name);
    }
  });

  it("takes no key whose check value is another, and says which it is", async () => {
    const before = readFileSync(join(board.files, "data/keys"));
    await assert.rejects(provision(repl, { settings: SETTINGS, tmk: TMK, ca: "", kcv: "AAAAAA" }), (error) =>
      error.key === "board.bad.kcv" && error.values.found === KCV);
    assert.deepEqual(readFileSync(join(board.files, "data/keys")), before);
  });

  it("takes no settings that break its rules", async () => {
    await assert.rejects(provision(repl, { settings: { ...SETTINGS, port: 0 }, tmk: TMK, ca: "" }), (error) =>
      error.key === "board.raised.setting" && error.values.name === "port" && !error.said.includes(TMK));
  });

  it("that has lived and owes nothing may be written over", async () => {
    assert.equal(await used(repl, "/data", TREE), "settled");
  });

  it("that owes something may not, and looking changes nothing", async () => {
    assert.match(await repl.run(OPEN), /True/);
    const data = join(board.files, "data");
    const all = () => filesOf(data).map((name) => [name, readFileSync(join(data, name)).toString("hex")]);
    const before = all();
    assert.equal(await used(repl, "/data", TREE), "open");
    assert.deepEqual(all(), before);
    assert.equal(await repl.run("import os, sys\nprint(os.getcwd(), 'look' in os.listdir('/'), '/look' in sys.path)"), "/ False False\n");
  });

  it("whose code on flash is gone is judged all the same", async () => {
    writeFileSync(join(board.files, "taptill/adapters/store.mpy"), "half");
    assert.equal(await used(repl, "/data", TREE), "open");
    assert.ok(existsSync(join(board.files, "data/pending")));
  });

  it("of which nobody can tell is not written over", async () => {
    writeFileSync(join(board.nvs, "taptill.device_key"), "another device's");
    assert.equal(await used(repl, "/data", TREE), "open");
    assert.equal(await used(repl, "/data", TREE.filter((file) => file.path !== "taptill/adapters/store.mpy")), "unknown");
  });

  it("of which only the folder is there is new", async () => {
    mkdirSync(join(board.files, "other"), { recursive: true });
    assert.equal(await used(repl, "/other", TREE), "new");
  });
});
