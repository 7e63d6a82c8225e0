/* May what runs on a board be stopped now?  Asked over the cable as tools/till/board_port.py does; the terminal's side of it is
adapters/console.py of the firmware.

Ctrl-C stops a terminal at any moment, in the middle of a payment too.  So it is asked first: one that is busy is waited for, and
what says nothing is stopped by a person's word alone.  That may be no terminal, or one of before its word for being busy.
*/

import { Trouble } from "./trouble.js";

/** @typedef {import("./line.js").Line} Line */

/** @typedef {"stop" | "leave"} Decision    of a person */

const ASK_MS = 1000;
const PATIENCE_MS = 3000;    // before a person is told what is being waited for
const LOOK_MS = 20;
const KEPT = 4096;           // characters: the answer may come in two pieces

/* Ctrl-B leaves raw mode, and the line end is what a terminal takes for the question; neither does anything else. */
const QUESTION = Uint8Array.of(0x02, 0x0d);
/* A paste that nobody ended takes whatever is typed for its text, and says \x01 whenever it has room for more of it. */
const PUSH = new Uint8Array(512).fill(0x0d);
const TAKEN = "\x01";
const STOP = Uint8Array.of(0x03);

const PROMPT = ">>> ";
const IDLE = ["taptill: idle", "taptill: out of service", PROMPT];
const OPEN = "taptill: reversal open";
const TERMINAL = "taptill: ";    // whatever it is at
/* Of the chip's own loader (ESP-IDF, "Boot Mode Selection"): there is no program, or it was told to wait for one. */
const EMPTY = ["invalid header: 0x", "waiting for download"];

/**
 * Wait for the terminal's word that it is idle, or for the prompt of a board on which none runs.
 *
 * False: a person would rather leave it.  Raises Trouble: its reversal is open, it has no program, it is gone.
 * @param {Line} line
 * @param {(busy: boolean) => Promise<Decision>} late    begun when no answer comes, and when it is that it is busy, which only
 *     leaving it ends; it is asked on until somebody decides
 * @param {number} [patience]               ms before that
 * @returns {Promise<boolean>}
 */
export async function mayBeStopped(line, late, patience = PATIENCE_MS) {
  const begun = performance.now();
  /** @type {Decision | undefined} */
  let decision;
  let told = false, lives = false, heard = "";
  for (;;) {
    if (!told && performance.now() - begun > patience) {
      told = true;
      await line.write(PUSH);
      void late(false).then((decided) => { decision = decided; });
    }
    await line.write(QUESTION);
    heard = (heard + await hear(line, () => decision !== undefined)).slice(-KEPT);
    if (heard.includes(OPEN)) throw new Trouble("board.owes");
    if (IDLE.some((word) => heard.includes(word))) return true;
    if (!lives && heard.includes(TERMINAL)) {
      told = lives = true;
      void late(true).then((decided) => { decision = decided; });
    }
    if (!lives && EMPTY.some((word) => heard.includes(word))) throw new Trouble("board.silent");
    if (heard.includes(TAKEN)) {
      await line.write(STOP);
      heard = "";
    }
    if (decision === "leave") return false;
    if (decision === "stop" && !lives) return true;
    decision = undefined;    // it has said meanwhile that it is busy
  }
}

/**
 * What the board says until it has said something that is known, until it is enough, or for a while.
 * @param {Line} line
 * @param {() => boolean} enough
 */
async function hear(line, enough) {
  const end = performance.now() + ASK_MS;
  for (let heard = ""; ; await new Promise((resolve) => setTimeout(resolve, LOOK_MS))) {
    if (!line.open) throw new Trouble("board.unplugged");
    heard += String.fromCharCode(...line.taken());
    const known = [...IDLE, OPEN, ...EMPTY, TAKEN].some((word) => heard.includes(word));
    if (known || enough() || performance.now() >= end) return heard;
  }
}
