/* An image onto a chip, through Espressif's esptool-js: its ROM loader is spoken to, and nothing of the board's own is written. */

import { kept } from "./image.js";
import { md5 } from "./md5.js";
import { HEAD, NVS, standing } from "./standing.js";
import { Trouble } from "./trouble.js";
import { OWN, check, wanted } from "./variant.js";

/** @typedef {import("./image.js").Image} Image */
/** @typedef {import("./line.js").Port} Port */

/**
 * What a person has said of the board: its folder of boards/, and with `sure` that nothing is open on it where that cannot be told.
 * `files` makes a new board's file system of so many bytes.
 * @typedef {{folder: import("./facts.js").Folder, look: import("./standing.js").Look, sure: boolean, files: Files}} Board
 */

/** @typedef {(size: number) => Promise<{offset: number, content: string}[]>} Files    `content`: base64, in the order of writing */

const ESPTOOL = new URL("../../vendor/esptool-js/bundle.js", import.meta.url).href;
const SLOW = 115200;
const FAST = 460800;
const RESET_MS = 100;          // RTS pulls the chip's EN
const GIVEN_UP_MS = 1000;
const MB = 1 << 20;
const PICO_V3_02 = 6;          // the one ESP32 that has PSRAM, 2 MB (esptool, ESP32 targets: package versions)
const S3_EFUSE = 0x60007044;   // block 1 (ESP32-S3 technical reference manual, "eFuse Controller")
const S3_PSRAM = [0, 8, 2, 16, 4];    // MB by PSRAM_CAP (esptool, ESP32-S3 targets)

/**
 * @param {Port} port        closed
 * @param {Image} image
 * @param {Board} board
 * @param {(done: number, all: number, path: string) => void} progress
 * @param {(line: string) => void} log
 */
export async function flash(port, image, board, progress, log) {
  const { ESPLoader, Transport } = await import(ESPTOOL);
  const transport = new Transport(port, false);
  const terminal = { clean() {}, writeLine: log, write: log };
  const loader = new ESPLoader({ transport, baudrate: FAST, romBaudrate: SLOW, terminal });
  const lost = new Promise((_, reject) => transport.setDeviceLostCallback(() => reject(new Trouble("board.unplugged"))));
  try {
    await Promise.race([write(loader, transport, image, board, progress, log), lost]);
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
 * @param {Board} board
 * @param {(done: number, all: number, path: string) => void} progress
 * @param {(line: string) => void} log
 */
async function write(loader, transport, image, board, progress, log) {
  try {
    await loader.main();
  } catch (error) {
    log(String(error));
    throw new Trouble("board.loader");
  }
  const pieces = [...await rests(loader, image, board), ...image.pieces];
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
 * What others left where a file system is to be made would keep the board from making one.
 * @param {number[]} heads
 * @returns {import("./image.js").Piece[]}
 */
function wipe(heads) {
  return heads.map((address) => ({ address, data: new Uint8Array(HEAD).fill(0xff) }));
}

/**
 * The firmware's files, as a file system that half written is none.
 * @param {Image} image
 * @param {Board} board
 * @returns {Promise<import("./image.js").Piece[]>}
 */
async function fileSystem(image, board) {
  const place = kept(image.table).find((each) => each.subtype > NVS);
  if (!place) throw new Trouble("board.image.none");
  return (await board.files(place.size)).map(({ offset, content }) => ({ address: place.offset + offset,
    data: Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0)) }));
}

/**
 * May the image be written, and what goes before it?  What a terminal keeps there must stay where it is; a new board gets the
 * firmware's files with it, unless they are in the image.  Raises Trouble.
 * @param {any} loader
 * @param {Image} image
 * @param {Board} board
 * @returns {Promise<import("./image.js").Piece[]>}
 */
async function rests(loader, image, board) {
  const found = await chipOf(loader);
  if (found.chip !== image.chip) throw new Trouble("board.image.chip", { image: image.chip, chip: found.chip });
  const build = wanted(found, board.folder);
  check(image.builds, [build]);
  const end = Math.max(...image.table.map((each) => each.offset + each.size)) / MB;
  if (found.flash && end > found.flash) throw new Trouble("board.image.large", { needed: end, has: found.flash });
  const there = await standing(loader, image.table, board.look);
  if (there.state === "open") throw new Trouble("board.image.open");
  if (there.state === "unsure" && !board.sure) throw new Trouble("board.image.unsure");
  if (there.state === "new") return build === OWN ? wipe(there.heads) : fileSystem(image, board);
  for (const each of there.table) {
    const stays = image.table.some((other) => other.offset === each.offset && other.size === each.size);
    if (!stays) throw new Trouble("board.image.moved", { name: each.name });
  }
  return [];
}

/**
 * @param {any} loader
 * @returns {Promise<import("./variant.js").Chip>}
 */
async function chipOf(loader) {
  const chip = String(loader.chip.CHIP_NAME);
  const size = String(await loader.detectFlashSize() ?? "");
  const flash = size.endsWith("MB") ? Number.parseInt(size, 10) : 0;
  if (chip === "ESP32") return { chip, flash, psram: await loader.chip.getPkgVersion(loader) === PICO_V3_02 ? 2 : 0 };
  if (chip !== "ESP32-S3") return { chip, flash, psram: 0 };
  const [low, high] = [await loader.readReg(S3_EFUSE + 4 * 4), await loader.readReg(S3_EFUSE + 4 * 5)];
  return { chip, flash, psram: S3_PSRAM[low >> 3 & 3 | (high >> 19 & 1) << 2] ?? 0 };
}
