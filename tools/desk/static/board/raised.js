/* What a program on the board ended with, in words: MicroPython and the firmware say it in English, to people who program. */

import { Trouble } from "./trouble.js";

/** The board's own words are in `said`. */
export class Raised extends Trouble {
  /**
   * @param {string} key
   * @param {Record<string, string>} values
   * @param {string} said
   */
  constructor(key, values, said) {
    super(key, values);
    this.said = said;
  }
}

/* The last line of what was raised -> key; the first that fits.  What stands in its groups goes into the text. */
const KNOWN = /** @type {[RegExp, string][]} */ ([
  [/^ConfigError: config: a reversal is open and belongs to (?<host>.*); until it is settled (?<names>.*) cannot change$/,
    "board.raised.owed"],
  [/^ConfigError: config: (unknown setting )?(?<name>\w+)/, "board.raised.setting"],
  [/^KeyError_: TMK: another one cannot be taken/, "board.raised.other.key"],
  [/^KeyError_: /, "board.raised.key"],
  [/^StoreError: .*flash is full$|^OSError: .*\b28\b/, "board.raised.full"],
  [/^StoreError: (device key|given: the device has no key)/, "board.raised.device"],
  [/^ValueError: flash holds something else/, "board.raised.compare"],
  [/^(StoreError|PendingDamaged|OSError): /, "board.raised.flash"],
  [/^MemoryError/, "board.raised.memory"],
  [/^(ImportError|AttributeError|NameError): /, "board.raised.files"],
]);

/**
 * @param {string} wrong    a traceback
 * @returns {Raised}
 */
export function raised(wrong) {
  const said = wrong.split(/\r?\n/).at(-1) ?? wrong;
  for (const [pattern, key] of KNOWN) {
    const found = said.match(pattern);
    if (found) return new Raised(key, { ...found.groups }, said);
  }
  return new Raised("board.raised", { why: said }, said);
}
