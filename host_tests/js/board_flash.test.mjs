/* An image onto a chip in its loader, through esptool-js: what is looked at before, what is written, and what an interruption leaves. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { flash } from "../../tools/desk/static/board/flasher.js";
import { inspect } from "../../tools/desk/static/board/image.js";
import { check, possible, wanted } from "../../tools/desk/static/board/variant.js";
import { image } from "./board_images.mjs";
import { Board, PYTHON, ROOT } from "./board_wire.mjs";

const OCTAL = "ESP32_GENERIC_S3-SPIRAM_OCT";
const S3 = { folder: "esp32s3_devkitc", name: "", chip: "ESP32-S3", gpios: [1, 2], data: "/data" };
const NVS = 0x9000, VFS = 0x200000, SIZE = 0x200000, WHOLE = 8 << 20;
const ROWS = [[1, 2, NVS, 0x6000, "nvs"], [1, 1, 0xf000, 0x1000, "phy_init"], [0, 0, 0x10000, 0x1f0000, "factory"],
  [1, 0x81, VFS, SIZE, "vfs"]];

/* File systems of used boards: an intent whose number no record has reached (adapters/sealed.py), or settings alone. */
const MADE = `import base64, json, struct, sys
sys.path.insert(0, 'tools')
from till import littlefs_image
new = {'main.py': b'x' * 5000, 'taptill/a.mpy': b'M' * 9000}
tree = {**new, 'data/config.json': b'{}'}
open_one = {**tree, 'data/pending': struct.pack('<BI', 0x50, 1) + bytes(80)}
text = lambda content: base64.b64encode(content).decode()
parts = [{'offset': offset, 'content': text(content)} for offset, content in littlefs_image.packed(new, ${SIZE}).order(0)]
print(json.dumps([*(text(littlefs_image.packed(each, ${SIZE}).content) for each in (tree, open_one)), parts]))
`;
const [settled, open, NEW] = JSON.parse(execFileSync(PYTHON, ["-c", MADE], { cwd: ROOT, maxBuffer: 1 << 24 }));
const SETTLED = Buffer.from(settled, "base64"), OPEN = Buffer.from(open, "base64");

/** A used board's flash whose program is damaged: it does not start, so nobody can be asked. */
function used(files, keys = true) {
  const whole = Buffer.alloc(WHOLE, 0xff);
  Buffer.from(image(9, ROWS)).copy(whole, 0);
  whole[0x10000] = 0;
  if (keys) whole.write("taptill", NVS + 64, "latin1");
  files?.copy(whole, VFS);
  return whole;
}

describe("an image onto a chip", () => {
  let chip, right;
  before(async () => {
    chip = new Board({}, "rom_board.py");
    await chip.ready;
    right = await inspect(image(9, ROWS, 0, OCTAL));
  });
  after(() => chip.end());

  const put = (content) => {
    writeFileSync(join(chip.folder, "flash"), content);
    chip._say(`load ${join(chip.folder, "flash")}`);
  };
  const holds = async () => {
    const wrote = JSON.parse(await chip.ask(`save ${join(chip.folder, "saved")}`));
    return { wrote, flash: readFileSync(join(chip.folder, "saved")) };
  };
  const look = async (size, blocks) => JSON.parse(await chip.ask(`look ${JSON.stringify({ size, blocks })}`));
  const files = async () => NEW;
  const write = (more = {}, what = right) =>
    flash(chip.port(), what, { folder: S3, look, sure: false, files, ...more }, () => undefined, () => undefined);
  const refused = async (content, key, more, what) => {
    put(content);
    await assert.rejects(write(more, what), { key });
    assert.deepEqual((await holds()).flash, content);
  };

  it("of a new board: all of it, and what others left is no obstacle", async () => {
    const content = Buffer.alloc(WHOLE, 0xff);
    content.write("what somebody else left there...", VFS, "latin1");
    put(content);
    await write();
    const { flash: now } = await holds();
    for (const piece of right.pieces) {
      assert.deepEqual(now.subarray(piece.address, piece.address + piece.data.length), Buffer.from(piece.data));
    }
    for (const { offset, content: part } of NEW.slice(1)) {    // the first blanks what the last writes
      const wanted = Buffer.from(part, "base64");
      assert.deepEqual(now.subarray(VFS + offset, VFS + offset + wanted.length), wanted);
    }
  });

  it("of a used board: its key and its files stay", async () => {
    const content = used(SETTLED);
    put(content);
    await write();
    const { flash: now, wrote } = await holds();
    assert.deepEqual(now.subarray(NVS, 0x10000), content.subarray(NVS, 0x10000));
    assert.deepEqual(now.subarray(VFS), content.subarray(VFS));
    assert.equal(now[0x10000], 0xe9);
    for (const [address, size] of wrote.slice(-2)) assert.ok(address + size <= NVS || address >= 0x10000 && address + size <= VFS);
  });

  it("stops at an open reversal, whatever a person says", async () => {
    await refused(used(OPEN), "board.image.open", { sure: true });
    await refused(used(OPEN, false), "board.image.open");    // its key is lost: that settles nothing
    const half = used(OPEN);
    half.fill(0xff, VFS, VFS + 0x1000);                      // LittleFS erases one of the two at a time
    await refused(half, "board.image.open");
    const lost = used(OPEN);
    lost.fill(0xff, 0x8000, 0x9000);                         // an interruption took the table
    await refused(lost, "board.image.open");
  });

  it("asks where it cannot be told, and leaves all that is there alone", async () => {
    await refused(used(null), "board.image.unsure");                           // keys, and no files
    await refused(used(Buffer.alloc(SIZE, 0x55)), "board.image.unsure");       // keys, and what nobody can read
    await refused(used(SETTLED), "board.image.unsure", { look: async () => { throw new Error("no server"); } });
    const content = used(Buffer.alloc(SIZE, 0x55));
    put(content);
    await write({ sure: true });
    const { flash: now } = await holds();
    assert.deepEqual(now.subarray(VFS), content.subarray(VFS));
    assert.deepEqual(now.subarray(NVS, 0x10000), content.subarray(NVS, 0x10000));
    assert.equal(now[0x10000], 0xe9);
  });

  it("that would move what a used board keeps is refused", async () => {
    const elsewhere = [...ROWS.slice(0, 3), [1, 0x81, 0x400000, SIZE, "vfs"]];
    await refused(used(SETTLED), "board.image.moved", {}, await inspect(image(9, elsewhere, 0, OCTAL)));
  });

  it("of another variant, another chip or a larger flash is refused", async () => {
    const empty = Buffer.alloc(WHOLE, 0xff);
    await refused(empty, "board.image.variant", {}, await inspect(image(9, ROWS, 0, "ESP32_GENERIC_S3")));
    await refused(empty, "board.image.variant", {}, await inspect(image(9, ROWS, 0, "M5STACK_CORES3")));
    await refused(empty, "board.image.chip", {}, await inspect(image(0, ROWS, 0, "ESP32_GENERIC-SPIRAM")));
    const large = [...ROWS.slice(0, 3), [1, 0x81, VFS, 0xe00000, "vfs"]];
    await refused(empty, "board.image.large", {}, await inspect(image(9, large, 0, OCTAL)));
  });

  it("that is interrupted anywhere is written again", async () => {
    put(Buffer.alloc(WHOLE, 0xff));
    chip.writes = 0;
    await write();
    for (const [at, begun] of [[20, false], [chip.writes - 8, true]]) {    // in the middle of the loader's talk, and of what is written
      put(Buffer.alloc(WHOLE, 0xff));
      chip.writes = 0;
      chip.cutAfter = at;
      let done = 0;
      await assert.rejects(flash(chip.port(), right, { folder: S3, look, sure: false, files }, (count) => { done = count; }, () => undefined),
        (error) => ["board.image.failed", "board.loader", "board.unplugged"].includes(error.key), `cut ${at}`);
      assert.equal(done > 0, begun);
      chip.cutAfter = Infinity;
      chip.start();
      await write();
      const { flash: now } = await holds();
      for (const piece of right.pieces) {
        assert.deepEqual(now.subarray(piece.address, piece.address + piece.data.length), Buffer.from(piece.data), `cut ${at}`);
      }
    }
  });
});

describe("the image that a board needs", () => {
  const WROVER = { ...S3, folder: "esp32_wrover", chip: "ESP32", gpios: [4, 5] };
  const WROOM = { ...S3, folder: "esp32_devkitc", chip: "ESP32", gpios: [4, 16] };

  it("is one of those of its folder, before its chip is asked", () => {
    assert.throws(() => check(["ESP32_GENERIC"], possible(WROVER)), { key: "board.image.variant" });
    assert.throws(() => check([], possible(WROVER)), { key: "board.image.variant" });
    assert.throws(() => check(["ESP32_GENERIC-SPIRAM"], possible(WROOM)), { key: "board.image.variant" });
    check(["ESP32_GENERIC-SPIRAM"], possible(WROVER));
    check(["TapTill on ESP32 without PSRAM"], possible(WROOM));
  });

  it("is that of its PSRAM and of its flash", () => {
    const s3 = (psram, flash) => wanted({ chip: "ESP32-S3", psram, flash }, S3);
    assert.deepEqual([s3(8, 8), s3(16, 16), s3(2, 8), s3(2, 4)], [OCTAL, OCTAL, "ESP32_GENERIC_S3", "ESP32_GENERIC_S3-FLASH_4M"]);
    assert.throws(() => s3(0, 8), { key: "board.image.psram" });
    assert.equal(wanted({ chip: "ESP32", psram: 0, flash: 4 }, WROOM), "TapTill on ESP32 without PSRAM");
    assert.equal(wanted({ chip: "ESP32", psram: 2, flash: 8 }, WROVER), "ESP32_GENERIC-SPIRAM");
    assert.throws(() => wanted({ chip: "ESP32-C3", psram: 0, flash: 4 }, WROVER), { key: "board.image.folder.chip" });
  });
});
