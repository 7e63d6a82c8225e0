/* The prompt at the speed of the loader: a board's UART is switched to it for as long as it is worked on, and back.

Source: MicroPython, ports/esp32/machine_uart.c: UART 0 takes another baud rate while the prompt is on it.  A board on its chip's
own USB has no such speed.  A browser's port has to be closed and opened for it, as esptool-js does it too.
*/

import * as programs from "./programs.js";
import { Trouble } from "./trouble.js";

/** @typedef {import("./line.js").Line} Line */
/** @typedef {import("./repl.js").Repl} Repl */

export const PROMPT_BAUD = 115200;
export const FAST_BAUD = 460800;
const ESPRESSIF = 0x303a;    // the maker of a chip that is on USB itself
const SAID = new TextEncoder().encode(`${programs.MARK} fast\r\n`);
const HEARD = new TextEncoder().encode("k");
const SAID_MS = 3000;
const SWITCHED_MS = 100;     // longer than the board waits before it switches
const ANSWER_MS = 500;
const TRIES = 3;             // together shorter than the board waits before it goes back
const BACK_MS = 10000;

/**
 * Go to the faster speed, if that works on this wire; its watchdog brings the board back when the page leaves it.
 * @param {Repl} repl
 * @param {Line} line
 */
export async function faster(repl, line) {
  if (line.port.getInfo?.().usbVendorId === ESPRESSIF) return;
  await repl.run(programs.PREPARE_SPEED);
  await repl.begin(`_faster(${FAST_BAUD}, ${PROMPT_BAUD})`);
  await line.upTo(SAID, SAID_MS);
  await line.at(FAST_BAUD);
  await new Promise((resolve) => setTimeout(resolve, SWITCHED_MS));
  for (let tries = 0; tries < TRIES; tries++) {
    line.forget();
    await line.write(HEARD);
    try {
      await repl.end(ANSWER_MS);
      return;
    } catch (error) {
      if (!(error instanceof Trouble) || !line.open) throw error;    // nothing, or what cannot be read
    }
  }
  await line.at(PROMPT_BAUD);
  line.forget();
  await repl.end(BACK_MS);
}

/**
 * Leave the board at the prompt's own speed, for whoever comes next.
 * @param {Repl} repl
 * @param {Line} line
 */
export async function slower(repl, line) {
  if (line.baud === PROMPT_BAUD || !line.open) return;
  await repl.begin(`_speed(${PROMPT_BAUD})`);
}
