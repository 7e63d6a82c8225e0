/* An image onto a chip, through Espressif's esptool-js: its ROM loader is spoken to, and nothing of the board's own is written. */

import { TABLE, TABLE_SIZE, kept, table } from "./image.js";
import { md5 } from "./md5.js";
import { Trouble } from "./trouble.js";

/** @typedef {import("./image.js").Image} Image */
/** @typedef {import("./line.js").Port} Port */

const ESPTOOL = new URL("../../vendor/esptool-js/bundle.js", import.meta.url).href;
const SLOW = 115200;
const FAST = 460800;
const RESET_MS = 100;          // RTS pulls the chip's EN
const GIVEN_UP_MS = 1000;
const DATA = 1, NVS = 2;       // type and subtype of that partition
const NAMESPACE = "taptill";   // of the device's key in NVS
const HEAD = 0x2000;           // bytes of a file system: its first two blocks
const LITTLEFS = "littlefs";   // stands in one of them

/**
 * @param {Port} port        closed
 * @param {Image} image
 * @param {(done: number, all: number, path: string) => void} progress
 * @param {(line: string) => void} log
 */
export async function flash(port, image, progress, log) {
  const { ESPLoader, Transport } = await import(ESPTOOL);
  const transport = new Transport(port, false);
  const terminal = { clean() {}, writeLine: log, write: log };
  const loader = new ESPLoader({ transport, baudrate: FAST, romBaudrate: SLOW, terminal });
  const lost = new Promise((_, reject) => transport.setDeviceLostCallback(() => reject(new Trouble("board.unplugged"))));
  try {
    await Promise.race([write(loader, transport, image, progress, log), lost]);
  } catch (error) {
    if (error instanceof Trouble) throw error;
    log(String(error));
    throw new Trouble("board.image.failed");
  } finally {
    await Promise.race([transport.disconnect().catch(() => undefined), pause(GIVEN_UP_MS)]);    // a port that went cannot be given back
  }
}

/**
 * @param {any} loader
 * @param {any} transport
 * @param {Image} image
 * @param {(done: number, all: number, path: string) => void} progress
 * @param {(line: string) => void} log
 */
async function write(loader, transport, image, progress, log) {
  try {
    await loader.main();
  } catch (error) {
    log(String(error));
    throw new Trouble("board.loader");
  }
  const chip = String(loader.chip.CHIP_NAME);
  if (chip !== image.chip) throw new Trouble("board.image.chip", { image: image.chip, chip });
  const pieces = [...image.pieces, ...await rests(loader, image)];
  const all = pieces.reduce((sum, piece) => sum + piece.data.length, 0);
  const before = pieces.map((_, at) => pieces.slice(0, at).reduce((sum, piece) => sum + piece.data.length, 0));
  await loader.writeFlash({
    fileArray: pieces, flashMode: "keep", flashFreq: "keep", flashSize: "keep", eraseAll: false, compress: true,
    calculateMD5Hash: md5,
    reportProgress: (/** @type {number} */ at, /** @type {number} */ done, /** @type {number} */ of) =>
      progress(before[at] + Math.round(pieces[at].data.length * (of ? done / of : 1)), all, ""),
  });
  await transport.setDTR(false);
  await transport.setRTS(true);
  await pause(RESET_MS);
  await transport.setRTS(false);
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Look at what is on the chip: what a terminal keeps there must stay where it is; what others left where MicroPython's file
 * system is to be would keep it from making one, so its head is wiped.  Raises Trouble.
 * @param {any} loader
 * @param {Image} image
 * @returns {Promise<import("./image.js").Piece[]>}
 */
async function rests(loader, image) {
  const now = kept(table(await loader.readFlash(TABLE, TABLE_SIZE)));
  const coming = kept(image.table);
  if (await lived(loader, now)) {
    for (const each of now) {
      const stays = coming.some((other) => other.offset === each.offset && other.size === each.size);
      if (!stays) throw new Trouble("board.image.moved", { name: each.name });
    }
    return [];
  }
  const wipe = [];
  for (const { offset } of coming.filter((each) => each.subtype > NVS)) {
    const head = await loader.readFlash(offset, HEAD);
    const blank = head.every((/** @type {number} */ byte) => byte === 0xff);
    if (!blank && !holds(head, LITTLEFS)) wipe.push({ address: offset, data: new Uint8Array(HEAD).fill(0xff) });
  }
  return wipe;
}

/**
 * Has a terminal ever had its key there?
 * @param {any} loader
 * @param {import("./image.js").Partition[]} now
 */
async function lived(loader, now) {
  for (const each of now.filter((one) => one.type === DATA && one.subtype === NVS)) {
    if (holds(await loader.readFlash(each.offset, each.size), NAMESPACE)) return true;
  }
  return false;
}

/**
 * @param {Uint8Array} data
 * @param {string} word    of ASCII
 */
function holds(data, word) {
  return new TextDecoder("latin1").decode(data).includes(word);
}
