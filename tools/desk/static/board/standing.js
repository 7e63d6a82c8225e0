/* What stands on the flash of a chip in its loader: is it a used board's, and does it owe somebody something?

The rules of the file system and of the journal are the server's (tools/desk/board_look.py, as `till flash` judges); here the blocks
that it asks for are read.  Where it cannot be told, a person has to say so.
*/

import { TABLE, TABLE_SIZE, kept, table } from "./image.js";

/** @typedef {import("./image.js").Partition} Partition */

/**
 * `open`: a reversal is; `unsure`: it cannot be told; `heads`: of file systems that nobody can read, which are to be wiped.
 * @typedef {{state: "new" | "used" | "open" | "unsure", table: Partition[], heads: number[]}} Standing
 */

/** @typedef {{number: number, content: string}} Block    deflated, in base64 */

/** @typedef {(size: number, blocks: Block[]) => Promise<{need: number[], state: string}>} Look */

export const HEAD = 0x2000;        // bytes of a file system: its first two blocks
const BLOCK = 0x1000;
const DATA = 1;                    // type and, below, subtype of that partition
export const NVS = 2;
const NAMESPACE = "taptill";       // of the device's key in NVS
const MOST = 512;                  // blocks that the server takes

/**
 * @param {any} loader                esptool-js
 * @param {Partition[]} coming        of the image: an interruption may have destroyed the table on flash
 * @param {Look} look
 * @returns {Promise<Standing>}
 */
export async function standing(loader, coming, look) {
  const now = kept(table(await loader.readFlash(TABLE, TABLE_SIZE)));
  const places = [...new Map([...now, ...kept(coming)].map((each) => [`${each.subtype} ${each.offset}`, each])).values()];
  const keys = await hasKeys(loader, places);
  /** @type {string[]} */
  const states = [];
  const heads = [];
  for (const each of places.filter((one) => one.type === DATA && one.subtype > NVS)) {
    const head = await loader.readFlash(each.offset, HEAD);
    const blank = head.every((/** @type {number} */ byte) => byte === 0xff);
    const state = blank ? "none" : await judged(loader, each, head, look);
    if (state === "none" && !blank && coming.some((one) => one.offset === each.offset)) heads.push(each.offset);
    states.push(state);
  }
  const has = (/** @type {string[]} */ ...wanted) => states.some((state) => wanted.includes(state));
  if (has("open")) return { state: "open", table: now, heads: [] };
  if (has("unknown") || keys && !has("settled", "new")) return { state: "unsure", table: now, heads: [] };
  return has("settled") || keys ? { state: "used", table: now, heads: [] } : { state: "new", table: now, heads };
}

/**
 * @param {any} loader
 * @param {Partition} place
 * @param {Uint8Array} head
 * @param {Look} look
 * @returns {Promise<string>} as tools/desk/board_look.py says
 */
async function judged(loader, place, head, look) {
  const blocks = [await packed(0, head.subarray(0, BLOCK)), await packed(1, head.subarray(BLOCK))];
  while (blocks.length < MOST) {
    let answer;
    try {
      answer = await look(place.size, blocks);
    } catch {
      return "unknown";    // no server, or it does not take so many: a person is asked
    }
    if (!answer.need.length) return answer.state;
    for (const number of answer.need) {
      if ((number + 1) * BLOCK > place.size) return "unknown";
      blocks.push(await packed(number, await loader.readFlash(place.offset + number * BLOCK, BLOCK)));
    }
  }
  return "unknown";
}

/**
 * @param {number} number
 * @param {Uint8Array} content
 * @returns {Promise<Block>}
 */
async function packed(number, content) {
  const deflated = new Response(new Blob([new Uint8Array(content)]).stream().pipeThrough(new CompressionStream("deflate")));
  const bytes = new Uint8Array(await deflated.arrayBuffer());
  return { number, content: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) };
}

/**
 * Has a terminal ever had its key there?
 * @param {any} loader
 * @param {Partition[]} places
 */
async function hasKeys(loader, places) {
  for (const each of places.filter((one) => one.type === DATA && one.subtype === NVS)) {
    const content = await loader.readFlash(each.offset, each.size);
    if (new TextDecoder("latin1").decode(content).includes(NAMESPACE)) return true;
  }
  return false;
}
