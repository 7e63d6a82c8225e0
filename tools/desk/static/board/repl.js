/* MicroPython's raw REPL, in raw-paste mode where the board has it.

Source: MicroPython documentation, "The MicroPython Interactive Interpreter Mode (aka REPL)", "Raw mode" and "Raw-paste mode".
*/

import { raised } from "./raised.js";
import { Trouble } from "./trouble.js";

/** @typedef {import("./line.js").Line} Line */

const INTERRUPT = 0x03, RAW = 0x01, NORMAL = 0x02, END = 0x04;
const GRANTED = 0x01;    // raw-paste: the board takes another window
const BANNER = bytes("raw REPL; CTRL-B to exit\r\n>");
const ENTER_MS = [400, 400, 800, 1500, 1500];    // what a board does when it is stopped may swallow what is asked
const ANSWER_MS = 3000;    // for what a board does at once
const RUN_MS = 20000;      // for what a program takes without a word
const PIECE = 256;         // raw mode has no flow control: slower than a board reads

export class Repl {
  /** @param {Line} line */
  constructor(line) {
    this._line = line;
    this._pastes = true;
  }

  /** Is the board still on its wire? */
  get there() {
    return this._line.open;
  }

  /** Stop what runs and come to the prompt of programs. */
  async enter() {
    const line = this._line;
    for (const [tries, ms] of ENTER_MS.entries()) {
      line.forget();
      await line.write(Uint8Array.of(0x0d, INTERRUPT, INTERRUPT));
      await line.write(Uint8Array.of(0x0d, RAW));
      try {
        await line.upTo(BANNER, ms);
        break;
      } catch (error) {
        if (tries === ENTER_MS.length - 1 || !line.open) throw error;
      }
    }
    while (line.waiting) {    // a board that was asked twice answers twice
      await new Promise((resolve) => setTimeout(resolve, 20));
      line.forget();
    }
  }

  /** Back to the prompt for people. */
  async leave() {
    await this._line.write(Uint8Array.of(0x0d, NORMAL));
  }

  /**
   * Run a program; what it printed.
   * @param {string} program
   * @param {number} [ms]    that it may take without a word
   */
  async run(program, ms = RUN_MS) {
    await this.begin(program);
    return this.end(ms);
  }

  /**
   * Have it run a program, and wait for nothing of it: it may restart the board, or change the speed of the line.
   * @param {string} program
   */
  async begin(program) {
    await this._give(bytes(program));
  }

  /**
   * The end of a program that was begun; what it printed.
   * @param {number} ms    that it may take without a word
   */
  async end(ms) {
    const said = await this._line.upTo(Uint8Array.of(END), ms);
    const wrong = text(await this._line.upTo(Uint8Array.of(END), ms)).slice(0, -1).trim();
    await this._prompt();
    if (wrong) throw raised(wrong);
    return text(said).slice(0, -1).replaceAll("\r\n", "\n");
  }

  async _prompt() {
    const [sign] = await this._line.read(1, ANSWER_MS);
    if (sign !== 0x3e) throw new Trouble("board.muddled");
  }

  /** @param {Uint8Array} program */
  async _give(program) {
    if (this._pastes && await this._paste(program)) return;
    for (let at = 0; at < program.length; at += PIECE) {
      await this._line.write(program.subarray(at, at + PIECE));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await this._line.write(Uint8Array.of(END));
    if (text(await this._line.read(2, ANSWER_MS)) !== "OK") throw new Trouble("board.muddled");
  }

  /**
   * @param {Uint8Array} program
   * @returns {Promise<boolean>} false when this board cannot, and waits for the program in raw mode
   */
  async _paste(program) {
    const line = this._line;
    await line.write(Uint8Array.of(0x05, 0x41, RAW));
    const [first, second] = await line.read(2, ANSWER_MS);
    if (first !== 0x52 || second !== 0x01) {
      this._pastes = false;
      if (first === 0x52 && second === 0x00) return false;    // it knows of it, and has it not
      await line.upTo(BANNER.subarray(2), ANSWER_MS);         // it knows nothing of it, and began raw mode anew
      return false;
    }
    const [low, high] = await line.read(2, ANSWER_MS);
    const window = low + 256 * high;
    let left = window;
    for (let at = 0; at < program.length;) {
      while (left === 0 || line.waiting) {
        const [sign] = await line.read(1, RUN_MS);
        if (sign === GRANTED) left += window;
        else if (sign === END) {    // it cannot take more: what it says about that follows
          await line.write(Uint8Array.of(END));
          return true;
        } else throw new Trouble("board.muddled");
      }
      const piece = program.subarray(at, at + left);
      await line.write(piece);
      left -= piece.length;
      at += piece.length;
    }
    await line.write(Uint8Array.of(END));
    for (;;) {
      const [sign] = await line.read(1, RUN_MS);
      if (sign === END) return true;
      if (sign !== GRANTED) throw new Trouble("board.muddled");
    }
  }
}

/** @param {string} words */
function bytes(words) {
  return new TextEncoder().encode(words);
}

/** @param {Uint8Array} data */
function text(data) {
  return new TextDecoder().decode(data);
}
