/* MicroPython's image as it is downloaded: what it is for, whether it is whole, and which parts of it may be written.

Sources: ESP-IDF Programming Guide, "App Image Format" (header, segments, appended SHA-256) and "Partition Tables"; esptool
documentation, "Firmware Image Format".  The image holds loader, partition table and program in one piece, with gaps; the places
of the data partitions lie in the gaps.  They are left out: in NVS is the device's key, without which nothing that is sealed can
be read again.
*/

import { Trouble } from "./trouble.js";
import { builds } from "./variant.js";

/** @typedef {{type: number, subtype: number, offset: number, size: number, name: string}} Partition */
/** @typedef {{address: number, data: Uint8Array}} Piece */

/**
 * `offset`: where in flash it begins; `builds`: what it says it is.
 * @typedef {{chip: string, offset: number, sha256: string, size: number, table: Partition[], pieces: Piece[], builds: string[]}} Image
 */

const IMAGE = 0xe9;
const HEAD = 24;
const HASHED = 23;           // of the head: is a SHA-256 behind the image?
const CHIP = 12;             // of the head, 16 bits
/** @type {Record<number, [string, number]>} by the chip's number: its family, and where its loader begins */
const CHIPS = { 0: ["ESP32", 0x1000], 2: ["ESP32-S2", 0x1000], 5: ["ESP32-C3", 0], 9: ["ESP32-S3", 0] };
export const TABLE = 0x8000;
export const TABLE_SIZE = 0xc00;
const ENTRY = 32;
const APP = 0;
const OWN = [[1, 1], [1, 2], [1, 0x81], [1, 0x82], [1, 0x83]];    // phy, NVS, and file systems: the board's own, not the image's

/**
 * Raises Trouble when it is no such image, or not whole.
 * @param {Uint8Array} data
 * @returns {Promise<Image>}
 */
export async function inspect(data) {
  if (data[0] !== IMAGE || data.length < 0x10000) throw new Trouble("board.image.none");
  const [chip, offset] = CHIPS[data[CHIP] + 256 * data[CHIP + 1]] ?? [];
  if (chip === undefined) throw new Trouble("board.image.none");
  const partitions = table(data.subarray(TABLE - offset, TABLE - offset + TABLE_SIZE));
  const app = partitions.find((each) => each.type === APP);
  if (!app || app.offset - offset >= data.length) throw new Trouble("board.image.none");
  await whole(data);
  await whole(data.subarray(app.offset - offset));
  return { chip, offset, table: partitions, size: data.length, sha256: await sha256(data), pieces: pieces(data, offset, partitions),
    builds: builds(data.subarray(app.offset - offset)) };
}

/**
 * The partitions of a table; none when there is no table.
 * @param {Uint8Array} data
 * @returns {Partition[]}
 */
export function table(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const found = [];
  for (let at = 0; at + ENTRY <= data.length && data[at] === 0xaa && data[at + 1] === 0x50; at += ENTRY) {
    found.push({ type: data[at + 2], subtype: data[at + 3], offset: view.getUint32(at + 4, true),
      size: view.getUint32(at + 8, true), name: new TextDecoder().decode(data.subarray(at + 12, at + 28)).replace(/\0.*$/s, "") });
  }
  return found;
}

/**
 * The partitions that a board keeps for itself.
 * @param {Partition[]} partitions
 */
export function kept(partitions) {
  return partitions.filter((each) => OWN.some(([type, subtype]) => each.type === type && each.subtype === subtype));
}

/**
 * What is to be written: all but the board's own partitions.
 * @param {Uint8Array} data
 * @param {number} offset
 * @param {Partition[]} partitions
 * @returns {Piece[]}
 */
function pieces(data, offset, partitions) {
  const found = [];
  let from = 0;
  const own = kept(partitions).map((each) => [each.offset - offset, each.offset - offset + each.size]).sort((one, two) => one[0] - two[0]);
  for (const [begin, end] of [...own, [data.length, data.length]]) {
    if (begin > from && from < data.length) {
      found.push({ address: offset + from, data: data.slice(from, Math.min(begin, data.length)) });
    }
    if (data.subarray(begin, end).some((byte) => byte !== 0xff)) throw new Trouble("board.image.data");
    from = Math.max(from, end);
  }
  return found;
}

/**
 * One program with its own SHA-256 behind it: the hash must fit.
 * @param {Uint8Array} data    from its head on, and more
 */
async function whole(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data[0] !== IMAGE || data[HASHED] !== 1) throw new Trouble("board.image.none");
  let at = HEAD;
  for (let segment = 0; segment < data[1]; segment++) {
    if (at + 8 > data.length) throw new Trouble("board.image.damaged");
    at += 8 + view.getUint32(at + 4, true);
  }
  at += 16 - at % 16;    // the last byte of the last sixteen is a checksum
  if (at + 32 > data.length) throw new Trouble("board.image.damaged");
  const wanted = [...data.subarray(at, at + 32)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (await sha256(data.subarray(0, at)) !== wanted) throw new Trouble("board.image.damaged");
}

/**
 * @param {Uint8Array} data
 * @returns {Promise<string>}
 */
async function sha256(data) {
  const found = await crypto.subtle.digest("SHA-256", new Uint8Array(data));
  return Array.from(new Uint8Array(found), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
