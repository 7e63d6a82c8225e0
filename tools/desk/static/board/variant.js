/* Which image a board needs, and which an image file is: the same rule as tools/till/board_image.py (`wanted`), with which
host_tests/test_page_logic.py compares it.

Sources: MicroPython, ports/esp32: boards/ESP32_GENERIC*, mpconfigvariant_*.cmake (which has PSRAM switched on); py/modsys.c (the
name of the build stands in the program); datasheet of the ESP32-WROVER-E (GPIO 16 and 17 lead to its PSRAM).
*/

import { Trouble } from "./trouble.js";

/** @typedef {import("./facts.js").Folder} Folder */

/**
 * What a chip says of itself: `psram` MB within it (0: none that it knows of), `flash` MB (0: not known).
 * @typedef {{chip: string, psram: number, flash: number}} Chip
 */

export const OWN = "TapTill on ESP32 without PSRAM";    // boards/esp32_devkitc/mpconfigboard.h
const PSRAM_PINS = [16, 17];
const S3 = "ESP32_GENERIC_S3";
const GENERIC = /\0(ESP32_GENERIC[A-Z0-9_]*(?:-[A-Z0-9_]+)?)\0/g;

/**
 * The builds that stand in an image's program.
 * @param {Uint8Array} program
 * @returns {string[]}
 */
export function builds(program) {
  const text = new TextDecoder("latin1").decode(program);
  const found = new Set([...text.matchAll(GENERIC)].map(([, name]) => name));
  if (text.includes(OWN)) found.add(OWN);
  return [...found].sort();
}

/**
 * The builds that can be right for a board of this folder, whatever its chip will say of itself.
 * @param {Folder} folder
 * @returns {string[]}
 */
export function possible(folder) {
  if (folder.chip === "ESP32-S3") return [S3, `${S3}-FLASH_4M`, `${S3}-SPIRAM_OCT`];
  return [wired(folder) ? OWN : "ESP32_GENERIC-SPIRAM"];
}

/**
 * The build that is right for this very chip.  Raises Trouble when none is.
 * @param {Chip} found
 * @param {Folder} folder
 */
export function wanted(found, folder) {
  if (found.chip !== folder.chip) throw new Trouble("board.image.folder.chip", { folder: folder.folder, wired: folder.chip, chip: found.chip });
  if (found.chip === "ESP32") return found.psram ? "ESP32_GENERIC-SPIRAM" : possible(folder)[0];
  if (!found.psram) throw new Trouble("board.image.psram");
  if (found.psram >= 8) return `${S3}-SPIRAM_OCT`;
  return found.flash === 4 ? `${S3}-FLASH_4M` : S3;
}

/**
 * Raises Trouble when an image is none of these builds.
 * @param {string[]} found
 * @param {string[]} right
 */
export function check(found, right) {
  if (found.some((build) => right.includes(build))) return;
  throw new Trouble("board.image.variant", { image: found.join(", ") || "?", wanted: right.join(" / ") });
}

/**
 * Does it use the pins that PSRAM beside a chip would need?
 * @param {Folder} folder
 */
function wired(folder) {
  return folder.gpios.some((gpio) => PSRAM_PINS.includes(gpio));
}
