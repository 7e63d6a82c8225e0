/* The payments that the wire can show: those of the terminal, as the bus tells them and the server keeps them, and one of
a file. */

import { messageOf } from "../base/ui.js";
import { headOf, isSale, resultOf } from "./names.js";

/** @typedef {import("../base/bus.js").Bus} Bus */
/** @typedef {import("../state.js").Entry} Entry */
/** @typedef {import("../state.js").PaymentHead} PaymentHead */

/**
 * A payment; its entries are null until they are fetched.
 * @typedef {{payment: PaymentHead, entries: Entry[] | null}} Kept
 */

/** @typedef {{payment: import("./file.js").FileHead, entries: Entry[], name: string}} Opened    one of a file */

const MOST_PAYMENTS = 60;

export class Payments {
  /**
   * @param {Bus} bus
   * @param {() => void} changed
   */
  constructor(bus, changed) {
    this.bus = bus;
    this.changed = changed;
    /** @type {Map<number, Kept>} by the id, in order of their beginning */
    this.kept = new Map();
    /** @type {Opened | null} */
    this.opened = null;
    /** @type {"live" | "file" | number} the newest, the one of a file, or an id */
    this.shown = "live";
    /** @type {Set<number>} those whose entries are on their way */
    this.asked = new Set();
    /** @type {number | null} the last whose end was read out */
    this.announced = null;
  }

  listen() {
    const { bus } = this;
    bus.on("hello", () => this.greet());
    bus.on("payment", ({ payment }) => this.note(payment));
    bus.on("entry", ({ payment, entry }) => this.take(payment, entry));
    if (bus.state.payment) this.greet();
    else this.fetchEarlier();
  }

  /* ---- what the bus tells ---- */

  greet() {
    const { payment } = this.bus.state;
    if (this.shown !== "file") this.kept.clear();
    if (payment) this.kept.set(payment.id, { payment: headOf(payment), entries: [...payment.entries] });
    this.fetchEarlier();
    this.changed();
  }

  async fetchEarlier() {
    /** @type {{payments?: PaymentHead[]}} */
    let list;
    try {
      list = await this.bus.get(`/api/terminals/${this.bus.state.terminal}/payments`);
    } catch {
      return;      // the newest payment is there all the same
    }
    for (const payment of list.payments || []) {
      const known = this.kept.get(payment.id);
      const head = { ...headOf(payment), ...known?.payment };
      this.kept.set(payment.id, { payment: head, entries: known?.entries || null });
    }
    this.kept = new Map([...this.kept].sort(([a], [b]) => a - b));
    this.changed();
  }

  /** @param {PaymentHead | null} payment */
  note(payment) {
    if (!payment) return;
    const known = this.kept.get(payment.id);
    const entries = known?.entries || [];
    this.kept.set(payment.id, { payment: { ...known?.payment, ...headOf(payment) }, entries });
    for (const id of [...this.kept.keys()].slice(0, -MOST_PAYMENTS)) this.kept.delete(id);
    if (payment.ended_at && payment.kind !== "start" && this.announced !== payment.id && payment.result) {
      this.announced = payment.id;
      this.bus.say(this.bus.t("wire.said", { result: resultOf(this.bus, payment), n: entries.length }));
    }
    this.changed();
  }

  /**
   * @param {number} id
   * @param {Entry} entry
   */
  take(id, entry) {
    const one = this.kept.get(id) || { payment: { id }, entries: null };
    const entries = one.entries || [];
    const at = entries.findIndex((known) => known.id === entry.id);
    entries[at < 0 ? entries.length : at] = entry;
    one.entries = entries;
    this.kept.set(id, one);
    this.changed();
  }

  /* ---- the payment that is shown ---- */

  /** @param {string} value    of the list to choose from */
  async show(value) {
    this.shown = value === "live" || value === "file" ? value : Number(value);
    await this.fetch(typeof this.shown === "number" ? this.kept.get(this.shown) : null);
  }

  /**
   * The entries of a payment of which only the head is known.
   * @param {Kept | null | undefined} one
   */
  async fetch(one) {
    if (!one || one.entries || this.asked.has(one.payment.id)) return;
    this.asked.add(one.payment.id);
    try {
      const answer = await this.bus.get(`/api/terminals/${this.bus.state.terminal}/payments/${one.payment.id}`);
      one.entries ||= answer.entries || [];
    } catch (error) {
      this.bus.toast(messageOf(error), "error");
      one.entries = [];
    }
    this.asked.delete(one.payment.id);
    this.changed();
  }

  /** @returns {Kept | Opened | null} */
  current() {
    if (this.shown === "file") return this.opened;
    if (this.shown !== "live") return this.kept.get(this.shown) || null;
    const all = [...this.kept.values()];
    // What comes after a sale, such as a menu or a start, is shown while it lasts or when there was no sale yet.
    const last = all.at(-1);
    if (!last || !last.payment.ended_at || isSale(last.payment)) return last || null;
    return all.findLast((one) => isSale(one.payment)) || last;
  }
}
