/* Images as MicroPython's downloads are laid out, made as the ESP-IDF's guide describes them, "App Image Format". */

import { createHash, randomFillSync } from "node:crypto";

export const S3 = 9, ESP32 = 0;
export const NVS = [1, 2, 0x9000, 0x6000, "nvs"], PHY = [1, 1, 0xf000, 0x1000, "phy_init"], APP = [0, 0, 0x10000, 0x1f0000, "factory"];
export const VFS = [1, 0x81, 0x200000, 0x600000, "vfs"];
export const TABLE = [NVS, PHY, APP, VFS];

function program(chip, size, seed, words = "", shrunk = 0) {
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
    if (at === 0) randomFillSync(segment, 8, Math.floor(length * shrunk));    // that much of it cannot be deflated
    return segment;
  });
  segments[0].write(`\0${words}\0`, 16, "latin1");
  const all = Buffer.concat([head, ...segments]);
  const padded = Buffer.concat([all, Buffer.alloc(16 - all.length % 16)]);
  return Buffer.concat([padded, createHash("sha256").update(padded).digest()]);
}

export function partitions(rows) {
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

export function image(chip = S3, rows = TABLE, more = 0, build = "ESP32_GENERIC", size = 40000, shrunk = 0) {
  const offset = chip === S3 ? 0 : 0x1000;
  const app = program(chip, size, 7, build, shrunk);
  const whole = Buffer.alloc(0x10000 - offset + app.length + more, 0xff);
  program(chip, 20000, 3).copy(whole, 0);
  partitions(rows).copy(whole, 0x8000 - offset);
  app.copy(whole, 0x10000 - offset);
  return new Uint8Array(whole);
}
