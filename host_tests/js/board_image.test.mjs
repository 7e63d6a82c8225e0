/* MicroPython's image: read, judged, and cut into what may be written; an image is made here as the ESP-IDF's guide describes it. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";

import { inspect, kept, table } from "../../tools/desk/static/board/image.js";
import { md5 } from "../../tools/desk/static/board/md5.js";

const S3 = 9, ESP32 = 0;
const NVS = [1, 2, 0x9000, 0x6000, "nvs"], PHY = [1, 1, 0xf000, 0x1000, "phy_init"], APP = [0, 0, 0x10000, 0x1f0000, "factory"];
const VFS = [1, 0x81, 0x200000, 0x600000, "vfs"];
const TABLE = [NVS, PHY, APP, VFS];

function program(chip, size, seed) {
  const head = Buffer.alloc(24);
  head[0] = 0xe9;
  head[1] = 2;
  head.writeUInt16LE(chip, 12);
  head[23] = 1;
  const segments = [size, 100].map((length, at) => {
    const segment = Buffer.alloc(8 + length);
    segment.writeUInt32LE(0x3f400000 + at * 0x100000, 0);
    segment.writeUInt32LE(length, 4);
    for (let place = 8; place < segment.length; place++) segment[place] = place * seed >> 3;
    return segment;
  });
  const all = Buffer.concat([head, ...segments]);
  const padded = Buffer.concat([all, Buffer.alloc(16 - all.length % 16)]);
  return Buffer.concat([padded, createHash("sha256").update(padded).digest()]);
}

function partitions(rows) {
  const found = Buffer.alloc(0xc00, 0xff);
  rows.forEach(([type, subtype, offset, size, name], at) => {
    const entry = found.subarray(32 * at, 32 * at + 32).fill(0);
    entry.writeUInt16LE(0x50aa, 0);
    entry[2] = type;
    entry[3] = subtype;
    entry.writeUInt32LE(offset, 4);
    entry.writeUInt32LE(size, 8);
    entry.write(name, 12, "latin1");
  });
  return found;
}

export function image(chip = S3, rows = TABLE, more = 0) {
  const offset = chip === S3 ? 0 : 0x1000;
  const app = program(chip, 40000, 7);
  const whole = Buffer.alloc(0x10000 - offset + app.length + more, 0xff);
  program(chip, 20000, 3).copy(whole, 0);
  partitions(rows).copy(whole, 0x8000 - offset);
  app.copy(whole, 0x10000 - offset);
  return new Uint8Array(whole);
}

describe("an image", () => {
  it("of each chip begins where its loader is, and leaves the board's own partitions alone", async () => {
    for (const [number, chip, offset] of [[S3, "ESP32-S3", 0], [ESP32, "ESP32", 0x1000]]) {
      const data = image(number);
      const found = await inspect(data);
      assert.deepEqual([found.chip, found.offset, found.size], [chip, offset, data.length]);
      assert.equal(found.sha256, createHash("sha256").update(data).digest("hex"));
      assert.deepEqual(found.pieces.map((piece) => [piece.address, piece.data.length]),
        [[offset, 0x9000 - offset], [0x10000, data.length - (0x10000 - offset)]]);
      for (const piece of found.pieces) {
        assert.deepEqual(Buffer.from(piece.data), Buffer.from(data.subarray(piece.address - offset, piece.address - offset + piece.data.length)));
        for (const own of kept(found.table)) {
          assert.ok(piece.address + piece.data.length <= own.offset || piece.address >= own.offset + own.size, own.name);
        }
      }
    }
  });

  it("tells its partitions", () => {
    assert.deepEqual(table(partitions(TABLE)).map((each) => [each.type, each.subtype, each.offset, each.size, each.name]), TABLE);
    assert.deepEqual(table(new Uint8Array(0xc00).fill(0xff)), []);
    assert.deepEqual(kept(table(partitions(TABLE))).map((each) => each.name), ["nvs", "phy_init", "vfs"]);
  });

  it("with one damaged byte in loader or program is not whole", async () => {
    for (const at of [5000, 0x10000 + 5000, 0x10000 + 39999]) {
      const data = image();
      data[at] ^= 1;
      await assert.rejects(inspect(data), { key: "board.image.damaged" }, String(at));
    }
    await assert.rejects(inspect(image().subarray(0, 0x10000 + 20000)), { key: "board.image.damaged" });
  });

  it("that is none is told", async () => {
    const other = image();
    other[12] = 77;
    for (const data of [new Uint8Array(200000), new TextEncoder().encode("<html>"), other, image().subarray(0, 0x9000),
      image(S3, []), image(S3, [NVS, VFS])]) await assert.rejects(inspect(data), { key: "board.image.none" });
  });

  it("that holds something for a partition of the board's own is refused", async () => {
    const data = image();
    data[0x9000 + 77] = 0;
    await assert.rejects(inspect(data), { key: "board.image.data" });
  });
});

describe("MD5", () => {
  it("is that of RFC 1321 and of node", () => {
    assert.equal(md5(new TextEncoder().encode("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
    for (const size of [0, 1, 55, 56, 63, 64, 65, 4096, 100001]) {
      const data = Uint8Array.from({ length: size }, (_, at) => at * 31 & 255);
      assert.equal(md5(data), createHash("md5").update(data).digest("hex"), String(size));
    }
  });
});
