/* Settings and keys onto a board.  A key is in this page for as long as it takes to hand it on, and nowhere else. */

import * as programs from "./programs.js";
import { Trouble } from "./trouble.js";

/** @typedef {import("./repl.js").Repl} Repl */

/**
 * A rule of core/settings.py, or of the profiles named; of no profile: it is all profiles'.
 * @typedef {{name: string, kind: string, default: any, low: any, high: number, profiles: string[]}} Rule
 */

const HEX_KEY = /^[0-9A-Fa-f]{32}$/;

/**
 * What a person typed, as the setting's value.  Raises Trouble.
 * @param {Rule} rule
 * @param {string | boolean} typed
 */
export function value(rule, typed) {
  const wrong = (/** @type {string} */ key) => new Trouble(key, { low: rule.low, high: rule.high });
  if (rule.kind === "switch") return typed === true;
  const text = String(typed);
  if (rule.kind === "choice") return text;
  if (rule.kind === "number") {
    const number = Number(text);
    if (!/^-?[0-9]{1,12}$/.test(text.trim()) || number < rule.low || number > rule.high) throw wrong("board.bad.number");
    return number;
  }
  const size = [...text].length;
  if (rule.kind === "hex") {
    if (!/^([0-9A-Fa-f]{2})*$/.test(text) || text.length !== 2 * rule.high) {
      throw new Trouble("board.bad.hex", { high: 2 * rule.high });
    }
  } else if (rule.kind === "moment") {
    if (!/^(20|21)[0-9]{6}([0-9]{6})?$/.test(text)) throw wrong("board.bad.moment");
  } else if (size < rule.low || size > rule.high) throw wrong(rule.low === rule.high ? "board.bad.exact" : "board.bad.text");
  if (rule.kind === "digits" && !/^[0-9]*$/.test(text)) throw wrong("board.bad.digits");
  if (rule.kind === "ascii" && !/^[ -~]*$/.test(text)) throw wrong("board.bad.ascii");
  return text;
}

/**
 * One key of one or two components, which are added bit by bit.  Raises Trouble.
 * @param {string[]} components    32 hexadecimal digits each
 */
export function key(components) {
  const parts = components.map((each) => each.replace(/\s/g, ""));
  if (parts.some((each) => !HEX_KEY.test(each))) throw new Trouble("board.bad.key");
  const digits = Array.from({ length: 32 }, (_, at) => parts.reduce((sum, each) => sum ^ Number.parseInt(each[at], 16), 0));
  if (digits.every((digit) => digit === 0)) throw new Trouble("board.bad.same");
  return digits.map((digit) => digit.toString(16)).join("").toUpperCase();
}

/**
 * Let the board check and take them; its check value of the key, 8 hexadecimal digits.
 *
 * With `kcv` nothing is written unless the check value begins so.  Raises Trouble.
 * @param {Repl} repl
 * @param {{settings: Record<string, unknown>, tmk: string, ca: string, kcv?: string}} given    `ca`: DER in base64, or ""
 */
export async function provision(repl, given) {
  await repl.run(programs.PREPARE);
  await repl.run(programs.PREPARE_PROVISION);
  const tmk = programs.quoted(given.tmk);
  const [[what, found]] = programs.told(await repl.run(`_check_value(${tmk})`));
  if (what !== "kcv" || !/^[0-9A-F]{8}$/.test(found)) throw new Trouble("board.muddled");
  const wanted = (given.kcv ?? "").replace(/\s/g, "").toUpperCase();
  if (wanted && !found.startsWith(wanted)) throw new Trouble("board.bad.kcv", { found, wanted });
  const config = programs.quoted(JSON.stringify(given.settings));
  const said = programs.told(await repl.run(`_provision(${config}, ${tmk}, ${programs.quoted(given.ca)})`, 60000));
  if (said.at(-1)?.[0] !== "provisioned") throw new Trouble("board.muddled");
  return found;
}
