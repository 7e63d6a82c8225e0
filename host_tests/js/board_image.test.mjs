/* MicroPython's image: read, judged, and cut into what may be written. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";

import { inspect, kept, table } from "../../tools/desk/static/board/image.js";
import { md5 } from "../../tools/desk/static/board/md5.js";
import { APP, ESP32, NVS, PHY, S3, TABLE, VFS, image, partitions } from "./board_images.mjs";

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
