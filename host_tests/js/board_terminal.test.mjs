/* The firmware itself onto a board: how long it takes, what is asked before anything is written, settings and keys. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { mayBeStopped } from "../../tools/desk/static/board/ask.js";
import { plan, put } from "../../tools/desk/static/board/files.js";
import { flash } from "../../tools/desk/static/board/flasher.js";
import { inspect } from "../../tools/desk/static/board/image.js";
import { provision } from "../../tools/desk/static/board/keys.js";
import { Line } from "../../tools/desk/static/board/line.js";
import { Repl } from "../../tools/desk/static/board/repl.js";
import { FAST_BAUD, PROMPT_BAUD, faster } from "../../tools/desk/static/board/speed.js";
import { used } from "../../tools/desk/static/board/used.js";
import { image } from "./board_images.mjs";
import { Board, PYTHON, ROOT } from "./board_wire.mjs";

/* What the wire's bytes do not tell.  Flash: data sheet of the W25Q64JV (Winbond), "AC Electrical Characteristics", typical values. */
const TURN_S = 0.002;         // of a USB bridge that asks for data every millisecond, there and back
const START_S = 8.6;          // from the reset to the idle screen (F-E7)
const ERASE_64K_S = 0.15, ERASE_4K_S = 0.045, PAGE_S = 0.0004;
const PAGE = 256, BLOCK = 65536, SECTOR = 4096;
const APP = 0x1f0000 - 0x1000;    // nearly the whole app partition of MicroPython's boards; the downloads are smaller
const SHRUNK = 0.65;              // what deflating leaves of such an image
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

/* What LittleFS erases (sectors) and programs (pages) while these files come one by one, as programs.js writes them. */
const COUNT = `import base64, json, sys
sys.path.insert(0, 'tools')
import littlefs
from till import littlefs_image
class Counting(littlefs.UserContext):
    erased = pages = 0
    def erase(self, cfg, block):
        self.erased += 1
        return super().erase(cfg, block)
    def prog(self, cfg, block, off, data):
        self.pages += -(-len(data) // ${PAGE})
        return super().prog(cfg, block, off, data)
made = Counting(0x200000)
there = littlefs.LittleFS(context=made, block_count=0x200, **littlefs_image.LIKE_THE_PORT)
for path, size in json.load(sys.stdin):
    there.makedirs(path.rpartition('/')[0], exist_ok=True)
    with there.open(path + '.part', 'wb') as file:
        for at in range(0, size, 2048):
            file.write(b'x' * min(2048, size - at))
    there.rename(path + '.part', path)
print(json.dumps([made.erased, made.pages]))
`;

/** Seconds that flash takes for what the loader was told to erase and write: [address, bytes] each. */
function flashed(wrote) {
  let seconds = 0;
  for (const [address, size] of wrote) {
    const whole = Math.max(0, Math.floor((address + size) / BLOCK) - Math.ceil(address / BLOCK));
    seconds += whole * ERASE_64K_S + (size - whole * BLOCK) / SECTOR * ERASE_4K_S + size / PAGE * PAGE_S;
  }
  return seconds;
}

describe("a terminal", () => {
  let board, line, repl;
  before(async () => {
    board = new Board({}, "rom_board.py");
    await board.ready;
  });
  after(async () => { await line?.end(); await board.end(); });

  it("goes onto an empty board, image and all, within a minute", { timeout: 120000 }, async () => {
    const port = board.port();
    const content = Buffer.from(image(9, undefined, 0, "ESP32_GENERIC_S3-SPIRAM_OCT", APP, SHRUNK));
    const folder = { folder: "esp32s3_devkitc", name: "", chip: "ESP32-S3", gpios: [], data: "/data" };
    const look = async (size, blocks) => JSON.parse(await board.ask(`look ${JSON.stringify({ size, blocks })}`));
    const files = async (size) => JSON.parse(await board.ask(`files ${size}`));
    await flash(port, await inspect(content), { folder, look, sure: false, files }, () => undefined, () => undefined);
    const wrote = JSON.parse(await board.ask(`save ${join(board.folder, "saved")}`));
    const part = { image: board.wire.seconds + flashed(wrote), settings: 0, flash: 0, turns: 0, start: START_S };
    line = new Line(port);
    await line.begin(PROMPT_BAUD);
    repl = new Repl(line);
    assert.equal(await mayBeStopped(line, () => assert.fail("it answers")), true);
    await repl.enter();
    await faster(repl, line);
    assert.equal(line.baud, FAST_BAUD);
    assert.equal(await used(repl, "/data", TREE), "new");
    const wanted = await plan(repl, TREE);
    assert.deepEqual([wanted.write, wanted.remove], [[], []]);    // they came with the image
    assert.equal(await provision(repl, { settings: SETTINGS, tmk: TMK, ca: "MIJjZXJ0aWZpY2F0ZQ==", kcv: "08D7B4" }), KCV);
    part.settings = board.wire.seconds + flashed(wrote) - part.image;
    const own = filesOf(join(board.files, "data")).map((name) => [`data/${name}`, statSync(join(board.files, "data", name)).size]);
    const [erased, pages] = JSON.parse(execFileSync(PYTHON, ["-c", COUNT], { cwd: ROOT,
      input: JSON.stringify(own) }));
    part.flash = erased * ERASE_4K_S + pages * PAGE_S;
    part.turns = board.wire.turns * TURN_S;
    const whole = Object.values(part).reduce((sum, each) => sum + each, 0);
    const figures = Object.entries(part).map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`).join(" + ");
    console.log(`empty board to idle screen: ${whole.toFixed(1)} s = ${figures} (${board.wire.bytes} bytes, ${board.wire.turns} turns)`);
    assert.ok(whole <= 60, `${whole} s`);
  });

  it("whose files are gone gets them one by one", async () => {
    for (const each of TREE) rmSync(join(board.files, each.path));
    const wanted = await plan(repl, TREE);
    assert.equal(wanted.write.length, TREE.length);
    await put(repl, wanted, () => undefined);
    const again = await plan(repl, TREE);
    assert.deepEqual([again.write, again.remove, again.same], [[], [], TREE.length]);
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
