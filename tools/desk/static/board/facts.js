/* What a board says of itself, and whether the firmware can run there: the same judgement as tools/till/live_board.py, whose
questions it answers; host_tests/test_page_logic.py compares the two. */

import { Trouble } from "./trouble.js";

/**
 * `mpy`: version of .mpy files that it reads; `heap`: bytes that Python's heap can grow to; `lacking`: wired GPIOs that it has not.
 * @typedef {object} Facts
 * @property {string} name
 * @property {number[]} version
 * @property {string} platform
 * @property {string} machine
 * @property {string} build
 * @property {number} mpy
 * @property {number} heap
 * @property {boolean} wifi
 * @property {number[]} lacking
 */

/**
 * A folder of boards/.
 * @typedef {object} Folder
 * @property {string} folder
 * @property {string} name
 * @property {string} chip
 * @property {number[]} gpios
 * @property {string} data
 */

/** @typedef {{key: string, values?: Record<string, string | number>}} Why    why not, as a text of texts.js */

const MARK = "till-asks";
const NEEDED = 1 << 20;    // bytes of heap: the least PSRAM sold is 2 MB, the most RAM without it half of one

/**
 * @param {string} said    what it printed to the questions
 * @returns {Facts}
 */
export function facts(said) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const line of said.split("\n")) {
    const [mark, what, ...rest] = line.trim().split(/\s+/);
    if (mark === MARK && what) found.set(what, rest.join(" "));
  }
  if (!found.has("end")) throw new Trouble("board.nothing");
  const numbers = (/** @type {string} */ name, /** @type {RegExp} */ between) =>
    (found.get(name) ?? "").split(between).filter(Boolean).map(Number);
  const read = {
    name: found.get("name") ?? "",
    version: numbers("version", /\./),
    platform: found.get("platform") ?? "",
    machine: found.get("machine") ?? "",
    build: found.get("build") ?? "",
    mpy: Number(found.get("mpy") ?? 0),
    heap: Number(found.get("heap") ?? 0),
    wifi: found.get("wifi") === "True",
    lacking: numbers("lacking", / /),
  };
  if ([...read.version, ...read.lacking, read.mpy, read.heap].some(Number.isNaN)) throw new Trouble("board.nothing");
  return read;
}

/**
 * Its family: "ESP32", "ESP32-S3" …
 * @param {Facts} board
 */
export function chip(board) {
  const what = board.machine.includes(" with ") ? board.machine.split(" with ").at(-1) ?? "" : board.machine;
  const found = what.match(/^ESP32-?([A-Z]\d+)/);
  return found ? `ESP32-${found[1]}` : "ESP32";
}

/** @param {Facts} board */
export function hasPsram(board) {
  return board.heap >= NEEDED;
}

/**
 * Why no firmware of TapTill can run there; null when it can.
 * @param {Facts} board
 * @param {number} mpy       version of the compiled files
 * @param {string} oldest    MicroPython that serves, "1.25"
 * @returns {Why | null}
 */
export function refusal(board, mpy, oldest) {
  if (board.name !== "micropython") return { key: "board.not.micropython", values: { name: board.name || "?" } };
  if (board.platform !== "esp32") return { key: "board.not.esp32", values: { name: board.platform || "?" } };
  if (older(board.version, oldest.split(".").map(Number))) return { key: "board.not.new", values: { oldest } };
  if (board.mpy !== mpy) return { key: "board.not.mpy", values: { mpy, oldest } };
  if (!board.wifi) return { key: "board.not.wifi" };
  if (!hasPsram(board)) return { key: memory(board), values: { kb: Math.trunc(board.heap / 1024) } };
  return null;
}

/**
 * The folders whose wiring is for this chip and uses no pin that it has not.
 * @param {Facts} board
 * @param {Folder[]} folders
 */
export function fitting(board, folders) {
  return folders.filter((each) => each.chip === chip(board) && !each.gpios.some((gpio) => board.lacking.includes(gpio)));
}

/**
 * @param {number[]} version
 * @param {number[]} than
 */
function older(version, than) {
  for (const [at, part] of than.entries()) {
    const own = version[at] ?? 0;
    if (own !== part) return own < part;
  }
  return false;
}

/**
 * What to do about a heap that stays small: the image may leave PSRAM off, or there is none.
 * @param {Facts} board
 */
function memory(board) {
  if (chip(board) === "ESP32") return board.build.includes("SPIRAM") ? "board.not.psram.none" : "board.not.psram.esp32";
  if (chip(board) === "ESP32-S3") return board.build.includes("SPIRAM_OCT") ? "board.not.psram.quad" : "board.not.psram.octal";
  return "board.not.psram.none";
}
