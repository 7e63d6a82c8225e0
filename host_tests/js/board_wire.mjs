/* A board for the tests in node, behind a port as a browser has it: host_tests/board_repl.py (the real MicroPython on a
pseudo-terminal), or host_tests/rom_board.py (a chip in its loader). */

import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const HELPERS = new URL("..", import.meta.url).pathname;
const BITS = 10;    // of a byte on the wire: start, eight, stop
export const ROOT = new URL("../..", import.meta.url).pathname;
export const PYTHON = process.env.TAPTILL_PYTHON ?? join(ROOT, ".venv/bin/python");

export class Board {
  /**
   * @param {object} says    what differs from an ESP32-S3 with PSRAM
   * @param {string} helper
   */
  constructor(says = {}, helper = "board_repl.py") {
    this.folder = mkdtempSync(join(tmpdir(), "till-board-"));
    this.files = join(this.folder, "files");
    this.nvs = join(this.folder, "nvs");
    this.cutAfter = Infinity;    // writes until the plug is pulled
    this.writes = 0;
    this.wire = { seconds: 0, bytes: 0, turns: 0 };    // of what went over it, each at its speed; turns: when the page had to wait
    this._waited = false;
    this.carries = Infinity;    // the highest speed at which the wire is fit
    this.usb = { usbVendorId: 0x10c4, usbProductId: 0xea60 };    // a bridge, as on most boards
    this._process = spawn(PYTHON, [join(HELPERS, helper), this.folder, JSON.stringify(says)], { stdio: ["pipe", "pipe", "inherit"] });
    this._hear = () => undefined;
    this._asked = [];
    createInterface({ input: this._process.stdout }).on("line", (line) => {
      const [word, hex] = line.split(" ");
      if (word === "read") this._hear(new Uint8Array(Buffer.from(hex, "hex")));
      else this._asked.shift()(line.slice(word.length + 1));
    });
    this.ready = this.start();    // on a busy computer later than a loader is waited for
  }

  async start() {
    await this.ask("start");
  }

  async cut() {
    await this.ask("cut");
  }

  /**
   * Have the helper do something that it answers; its answer.
   * @param {string} line
   */
  async ask(line) {
    const answer = new Promise((resolve) => { this._asked.push(resolve); });
    this._say(line);
    return answer;
  }

  /** Plugged in anew: a port. */
  port() {
    const board = this;
    let toPage, baud = 0;
    const port = {
      readable: null,
      writable: null,
      async open({ baudRate }) {
        baud = baudRate;
        board._say(`opened ${baudRate <= board.carries ? baudRate : 1}`);
        port.readable = new ReadableStream({ start(controller) { toPage = controller; } });
        port.writable = new WritableStream({
          async write(data) {
            if (++board.writes > board.cutAfter) {
              await board.cut();
              toPage.error(new Error("The device has been lost."));
              port.readable = port.writable = null;
              throw new Error("The device has been lost.");
            }
            board._count(data.length, baud, true);
            board._say(`write ${Buffer.from(data).toString("hex")}`);
          },
        });
        board._hear = (data) => {
          board._count(data.length, baud, false);
          try { toPage.enqueue(data); } catch { /* closed */ }
        };
      },
      async close() { board._hear = () => undefined; port.readable = port.writable = null; },
      async setSignals(lines) { board._say(`signals ${JSON.stringify(lines)}`); },
      getInfo() { return board.usb; },
    };
    return port;
  }

  _count(bytes, baud, out) {
    this.wire.bytes += bytes;
    this.wire.seconds += bytes * BITS / baud;
    if (out && this._waited) this.wire.turns++;
    this._waited = !out;
  }

  end() {
    this._process.stdin.end();
    return new Promise((resolve) => this._process.on("close", resolve));
  }

  _say(line) {
    this._process.stdin.write(line + "\n");
  }
}
