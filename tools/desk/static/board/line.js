/* One serial port: what comes is kept until somebody asks for it. */

import { Trouble } from "./trouble.js";

/**
 * What is used of the browser's Web Serial port.
 * @typedef {object} Port
 * @property {(options: {baudRate: number, bufferSize?: number}) => Promise<void>} open
 * @property {() => Promise<void>} close
 * @property {ReadableStream<Uint8Array> | null} readable
 * @property {WritableStream<Uint8Array> | null} writable
 * @property {() => {usbVendorId?: number}} [getInfo]
 * @property {(signals: {dataTerminalReady?: boolean, requestToSend?: boolean}) => Promise<void>} setSignals
 */

const BUFFER = 16384;    // bytes that the browser keeps until they are fetched; its own 255 are too few for a fast board

export class Line {
  /** @param {Port} port */
  constructor(port) {
    this.port = port;
    this.baud = 0;
    this.open = false;
    /** @type {((data: Uint8Array) => void) | null} */
    this._listener = null;
    this._got = new Uint8Array(0);
    /** @type {(() => void) | null} */
    this._wake = null;
    /** @type {ReadableStreamDefaultReader<Uint8Array> | null} */
    this._reader = null;
    /** @type {WritableStreamDefaultWriter<Uint8Array> | null} */
    this._writer = null;
    this._pump = Promise.resolve();
  }

  /** @param {number} baud */
  async begin(baud) {
    try {
      await this.port.open({ baudRate: baud, bufferSize: BUFFER });
    } catch {
      throw new Trouble("board.busy");    // another program has it
    }
    if (!this.port.readable || !this.port.writable) throw new Trouble("board.unplugged");
    this._reader = this.port.readable.getReader();
    this._writer = this.port.writable.getWriter();
    this.open = true;
    this.baud = baud;
    this._pump = this._listen(this._reader);
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
  async _listen(reader) {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        if (this._listener) {
          this._listener(value);
          continue;
        }
        const all = new Uint8Array(this._got.length + value.length);
        all.set(this._got);
        all.set(value, this._got.length);
        this._got = all;
        this._wake?.();
      }
    } catch {
      // Unplugged: those who wait are told below.
    }
    this.open = false;
    this._wake?.();
  }

  /**
   * Go on at another speed; what has come until now is kept.
   * @param {number} baud
   */
  async at(baud) {
    if (baud === this.baud) return;
    await this.end();
    await this.begin(baud);
  }

  /** Give the port back; nothing is an error when it has gone. */
  async end() {
    const reader = this._reader;
    this.open = false;
    this._reader = null;
    try {
      await reader?.cancel();
      await this._pump;
      reader?.releaseLock();
      this._writer?.releaseLock();
      await this.port.close();
    } catch {
      // It has gone with its board: there is nothing to give back.
    }
  }

  /** @param {Uint8Array} data */
  async write(data) {
    if (!this.open || !this._writer) throw new Trouble("board.unplugged");
    try {
      await this._writer.write(data);
    } catch {
      this.open = false;
      throw new Trouble("board.unplugged");
    }
  }

  /**
   * So many bytes.
   * @param {number} count
   * @param {number} ms
   */
  async read(count, ms) {
    await this._until(() => this._got.length >= count, ms);
    return this._take(count);
  }

  /**
   * Everything up to a mark, and the mark.
   * @param {Uint8Array} mark
   * @param {number} ms      without a byte more
   */
  async upTo(mark, ms) {
    let found = -1;
    await this._until(() => (found = find(this._got, mark)) >= 0, ms);
    return this._take(found + mark.length);
  }

  /**
   * What comes goes there from now on, unasked, with what has come until now; null: it is kept again.
   * @param {((data: Uint8Array) => void) | null} fn
   */
  listen(fn) {
    this._listener = fn;
    if (fn && this._got.length) fn(this._take(this._got.length));
  }

  /** How many bytes can be read without waiting. */
  get waiting() {
    return this._got.length;
  }

  /** What has come until now; nothing is waited for. */
  taken() {
    return this._take(this._got.length);
  }

  /** What has come and nobody asked for is of no interest. */
  forget() {
    this._got = new Uint8Array(0);
  }

  /** @param {number} count */
  _take(count) {
    const taken = this._got.slice(0, count);
    this._got = this._got.slice(count);
    return taken;
  }

  /**
   * @param {() => boolean} there
   * @param {number} ms       without a byte more
   */
  async _until(there, ms) {
    if (there()) return;
    while (!there()) {
      if (!this.open) throw new Trouble("board.unplugged");
      let late = false;
      await new Promise((resolve) => {
        const timer = setTimeout(() => { late = true; resolve(undefined); }, ms);
        this._wake = () => { clearTimeout(timer); resolve(undefined); };
      });
      this._wake = null;
      if (late && !there()) throw new Trouble("board.silent");
    }
  }
}

/**
 * @param {Uint8Array} data
 * @param {Uint8Array} mark
 */
function find(data, mark) {
  for (let at = data.indexOf(mark[0]); at >= 0 && at + mark.length <= data.length; at = data.indexOf(mark[0], at + 1)) {
    if (mark.every((byte, place) => data[at + place] === byte)) return at;
  }
  return -1;
}
