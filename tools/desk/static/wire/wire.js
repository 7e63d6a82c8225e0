/* The wire: one payment as a time line in four lanes, live, with every entry explained.

A payment of the bus becomes a list of rows (draw.js); each is a button in an ordered list, so that mouse, keyboard
and screen reader meet the same thing.  The list itself is no live region: it would never stop talking.  What a payment
came to is announced when it ends.
*/

import { clear, el, icon, messageOf } from "../base/ui.js";
import { loadExplain } from "../explain/explain.js";
import { HEAD, heads, laneShapes, rows } from "./draw.js";
import { Items } from "./items.js";
import { nameOf } from "./names.js";
import { printPaper } from "./paper.js";
import { Payments } from "./payments.js";
import { geometry } from "./shapes.js";
import { download, picture, pngFile, sheet, svgFile } from "./svg.js";
import { BadFile, fileOf, readFile } from "./file.js";
import { explained } from "./detail.js";
import { TEXTS } from "./texts.js";

/** @typedef {import("../base/bus.js").Bus} Bus */
/** @typedef {import("../state.js").Entry} Entry */
/** @typedef {import("./captions.js").Words} Words */
/** @typedef {ReturnType<Payments["current"]>} Shown */

const BESIDE_PX = 780;
const LOW = 0.55;
const WIDE = matchMedia("(min-width: 960px)");
const FILTERS = ["key", "screen", "card", "host", "flash", "net"];
/** @type {Record<string, string>} by the kind of an entry */
const FILTER_OF = { key: "key", screen: "screen", sound: "screen", apdu: "card", card: "card", message: "host",
  flash: "flash", net: "net" };      // power and faults are always shown

/**
 * @param {HTMLElement} root
 * @param {Bus} bus
 */
export async function mount(root, bus) {
  bus.addTexts(TEXTS);
  const explain = await loadExplain(() => bus.lang);
  /** @type {Words} */
  const words = {
    explain,
    t: (key, values) => bus.t(key, values),
    text: (value) => bus.text(value),
    money: (minor) => bus.money(minor),
    get lang() { return bus.lang; },
  };
  new Wire(root, bus, words).start();
}

class Wire {
  /**
   * @param {HTMLElement} root
   * @param {Bus} bus
   * @param {Words} words
   */
  constructor(root, bus, words) {
    this.bus = bus;
    this.words = words;
    this.payments = new Payments(bus, () => this.soon());
    this.filters = new Set(FILTERS);
    /** @type {Entry | null} the entry in the pane */
    this.chosen = null;
    /** @type {import("./draw.js").Row[]} */
    this.rows = [];
    /** @type {Shown | null} what was drawn last */
    this.drawn = null;
    this.width = 0;                        // of the time line in pixels, 0 while it cannot be seen
    this.beside = false;                   // there is room for the explanation beside it
    this.pending = 0;

    /**
     * @param {string} key
     * @param {string} tip
     * @param {() => void} fn
     * @param {string} name
     */
    const button = (key, tip, fn, name) => el("button", { type: "button", t: key, tTitle: tip, tLabel: tip,
      data: { tool: name }, on: { click: fn } });
    this.select = el("select", { on: { change: () => this.show(this.select.value) } });
    this.input = el("input", { type: "file", accept: ".json,application/json", hidden: true,
      on: { change: () => this.openFile() } });
    /**
     * @param {string} text
     * @param {string} tip
     * @param {() => void} fn
     */
    const fixed = (text, tip, fn) => el("button", { type: "button", text, tTitle: tip, tLabel: tip,
      on: { click: fn } });
    this.save = [
      button("wire.save", "wire.save.long", () => this.saveFile(), "save"),
      fixed("SVG", "wire.svg.long", () => this.saveSvg()),
      fixed("PNG", "wire.png.long", () => this.savePng()),
      button("wire.print", "wire.print.long", () => this.print(), "print"),
    ];
    const bar = el("div", { class: "wire-bar" },
      el("label", {}, el("span", { class: "unseen", t: "wire.payment" }), this.select),
      el("div", { class: "wire-tools", role: "group", tLabel: "wire.tools" },
        button("wire.open", "wire.open.long", () => this.input.click(), "open"), ...this.save, this.input));
    this.chips = el("div", { class: "wire-chips", role: "group", tLabel: "wire.filters" }, ...FILTERS.map((name) =>
      el("button", { type: "button", t: `wire.filter.${name}`, "aria-pressed": "true", data: { filter: name },
        on: { click: (event) => this.toggle(name, event.currentTarget) } })));
    this.head = el("div", { class: "wire-head", "aria-hidden": "true" });
    this.lanes = el("div", { class: "wire-lanes", "aria-hidden": "true" });
    this.list = el("ol", { class: "wire-rows", role: "list", tLabel: "wire.list", "aria-live": "off",
      on: { keydown: (event) => this.move(event) } });
    this.items = new Items(this.list, (at) => this.choose(this.rows[at].entry, true));
    this.remark = el("p", { class: "empty", hidden: true });
    this.line = el("div", { class: "wire-line" }, this.head,
      el("div", { class: "wire-area" }, this.lanes, this.list, this.remark));
    this.detail = el("section", { class: "wire-detail", tLabel: "wire.detail" });
    this.empty = el("div", { class: "wire-empty" }, el("h3", { t: "wire.empty.title" }), el("p", { t: "wire.empty.text" }),
      el("button", { type: "button", on: { click: () => this.input.click() } }, icon("file"),
        el("span", { t: "wire.empty.open" })));
    this.body = el("div", { class: "wire-body" }, this.line, this.detail);
    clear(root).append(el("div", { class: "wire" }, el("h2", { class: "unseen", t: "wire.title" }), bar,
      this.chips, this.empty, this.body));
  }

  start() {
    this.payments.listen();
    this.bus.on("language", () => {
      this.redraw();
      this.explain();
    });
    // Sizes are asked for here, where they are known anyway: anywhere else the browser would have to lay out the page for it.
    new ResizeObserver(() => {
      const width = this.line.clientWidth;
      if (width === this.width) return;
      this.width = width;
      this.redraw();
    }).observe(this.line);
    new ResizeObserver(() => {
      const beside = this.body.clientWidth >= BESIDE_PX;
      if (!this.body.clientWidth || beside === this.beside) return;
      this.beside = beside;
      this.place();
      this.explain();
    }).observe(this.body);
    this.redraw();
  }

  /* Entries come in bursts; the page draws once for all of them. */
  soon() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      this.redraw();
    });
  }

  /* ---- the payment that is shown ---- */

  current() {
    return this.payments.current();
  }

  entries() {
    return (this.current()?.entries || []).filter((entry) => {
      const filter = FILTER_OF[entry.kind];
      return !filter || this.filters.has(filter);
    });
  }

  /** @param {import("./file.js").FileHead} payment */
  nameOf(payment) {
    return nameOf(this.bus, payment, payment === this.payments.opened?.payment);
  }

  /* ---- the page ---- */

  redraw() {
    const one = this.current();
    const all = one?.entries || [];
    this.writeSelect();
    this.empty.hidden = all.length > 0;
    this.body.hidden = this.chips.hidden = all.length === 0;
    for (const tool of this.save) tool.disabled = all.length === 0;
    if (one && !one.entries && this.payments.shown !== "file") {
      this.payments.fetch(/** @type {import("./payments.js").Kept} */ (one));    // after a reload only its head is known
    }
    if (!one || !all.length || !this.width) return;      // drawn when it can be seen
    const before = this.drawn === one;
    const running = this.payments.shown === "live" && !one.payment.ended_at;
    // A page that shows the end of a running payment stays there; one on which a lesson or the terminal is read does not move.
    const page = document.documentElement;
    const follow = running && before && WIDE.matches && !this.bus.taught && this.bus.tab === "wire"
      && page.scrollTop + page.clientHeight >= page.scrollHeight - 60;
    const geo = geometry(this.width);
    const focused = this.buttons().find((node) => node === document.activeElement)?.dataset.entry;
    this.rows = rows(this.entries(), geo, this.words);
    const last = this.rows.at(-1);
    const height = last ? last.y + last.height : 0;
    clear(this.head).append(picture(heads(geo, this.words), geo.width, HEAD));
    clear(this.lanes).append(picture(laneShapes(geo, height + 20), geo.width, height + 20));
    this.items.draw(this.rows, this.rows.map((row, at) => this.keyOf(row.entry, at)), geo.width, before);
    this.drawn = one;
    this.remark.hidden = this.rows.length > 0 && !one.payment.left_out;
    this.remark.textContent = this.rows.length ? this.bus.t("wire.left-out", { n: one.payment.left_out || 0 })
      : this.bus.t("wire.hidden");
    if (this.chosen && !all.includes(this.chosen)) this.chosen = null;
    this.mark();
    if (!before || !this.chosen) this.explain();
    if (focused !== undefined) {
      this.buttons().find((node) => node.dataset.entry === focused)?.focus({ preventScroll: true });
    }
    if (follow) page.scrollTop = page.scrollHeight;
  }

  /**
   * @param {Entry} entry
   * @param {number} at
   */
  keyOf(entry, at) {
    return String(entry.id ?? `at${at}`);
  }

  writeSelect() {
    const { kept, opened, shown } = this.payments;
    const newest = shown === "live" ? this.current() : null;
    const live = newest ? `${this.bus.t("wire.live")}: ${this.nameOf(newest.payment)}` : this.bus.t("wire.live");
    const options = [el("option", { value: "live", text: live })];
    if (opened) {
      const name = `${this.bus.t("wire.kind.file")}: ${opened.name.slice(0, 40)}`;
      options.push(el("option", { value: "file", text: `${name} · ${this.nameOf(opened.payment)}` }));
    }
    for (const [id, { payment, entries }] of [...kept].reverse()) {
      if (entries && !entries.length) continue;
      options.push(el("option", { value: String(id), text: this.nameOf(payment) }));
    }
    clear(this.select).append(...options);
    this.select.value = String(shown);
  }

  /* ---- choosing ---- */

  /** @param {string} value */
  async show(value) {
    this.chosen = null;
    await this.payments.show(value);
    this.redraw();
  }

  /**
   * @param {string} name
   * @param {Element} button
   */
  toggle(name, button) {
    if (this.filters.has(name)) this.filters.delete(name);
    else this.filters.add(name);
    button.setAttribute("aria-pressed", String(this.filters.has(name)));
    this.redraw();
  }

  /**
   * @param {Entry} entry
   * @param {boolean} [reveal]
   */
  choose(entry, reveal = false) {
    this.chosen = entry;
    if (this.payments.shown !== "file") this.bus.emit("opened", { entry });   // a lesson may wait for it
    this.mark();
    this.explain();
    // An entry near the foot of the window would have its explanation below it.
    const row = this.list.querySelector("[aria-current]");
    const low = reveal && row && row.getBoundingClientRect().bottom > innerHeight * LOW;
    row?.scrollIntoView({ block: low ? "start" : "nearest" });
  }

  buttons() {
    return this.items.buttons();
  }

  mark() {
    this.body.classList.toggle("wire-has-choice", Boolean(this.chosen));
    const buttons = this.buttons();
    let stop = buttons.at(-1);
    this.rows.forEach((row, at) => {
      const chosen = row.entry === this.chosen;
      if (chosen) {
        buttons[at].setAttribute("aria-current", "true");
        stop = buttons[at];
      } else buttons[at].removeAttribute("aria-current");
      buttons[at].tabIndex = -1;
    });
    if (stop) stop.tabIndex = 0;
    this.place();
  }

  /* The explanation stands below its entry, or beside it where there is room; either way it scrolls with it. */
  place() {
    const at = this.rows.findIndex((row) => row.entry === this.chosen);
    const beside = this.beside;
    this.body.classList.toggle("wire-beside", beside);
    const home = beside || at < 0 ? this.body : this.list.children[at];
    if (this.detail.parentElement !== home) home.append(this.detail);
    this.detail.style.marginTop = beside && at >= 0 ? `${HEAD + this.rows[at].y}px` : "";
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const buttons = this.buttons();
    const at = buttons.findIndex((node) => node === document.activeElement);
    /** @type {Record<string, number>} */
    const places = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0,
      End: buttons.length - 1, PageDown: Math.min(at + 8, buttons.length - 1), PageUp: Math.max(at - 8, 0) };
    const to = places[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const target = buttons[to];
    if (!target) return;
    this.choose(this.rows[to].entry);
    target.focus({ preventScroll: true });
  }

  explain() {
    clear(this.detail);
    this.detail.hidden = !this.chosen && !this.body.classList.contains("wire-beside");
    if (this.chosen) this.detail.append(...explained(this.chosen, this.words));
    else this.detail.append(el("p", { class: "hint", text: this.bus.t("wire.choose") }));
  }

  /* ---- files, pictures, paper ---- */

  /**
   * @param {import("./file.js").FileHead} payment
   * @param {string} ending
   */
  fileName(payment, ending) {
    const when = String(payment.started_at || "").replace(/[^0-9]/g, "").slice(0, 14);
    return ["taptill", "payment", payment.number || "", when].filter(Boolean).join("-") + ending;
  }

  /**
   * @param {import("./file.js").FileHead} payment
   * @param {Blob} blob
   * @param {string} ending
   */
  give(payment, blob, ending) {
    const name = this.fileName(payment, ending);
    download(blob, name);
    this.bus.toast(this.bus.t("wire.saved", { name }));
  }

  /** @param {import("./file.js").FileHead} payment */
  drawing(payment) {
    return sheet(`TapTill · ${this.nameOf(payment)}`, String(payment.started_at || "").replace("T", " ").slice(0, 19),
      this.entries(), this.words);
  }

  saveFile() {
    const one = this.current();
    if (one) this.give(one.payment, fileOf(one.payment, one.entries || []), ".json");
  }

  saveSvg() {
    const one = this.current();
    if (one) this.give(one.payment, svgFile(this.drawing(one.payment)), ".svg");
  }

  async savePng() {
    const one = this.current();
    if (!one) return;
    try {
      this.give(one.payment, await pngFile(this.drawing(one.payment)), ".png");
    } catch (error) {
      this.bus.toast(messageOf(error), "error");
    }
  }

  async openFile() {
    const file = this.input.files?.[0];
    this.input.value = "";
    if (!file) return;
    /** @type {import("./payments.js").Opened} */
    let opened;
    try {
      opened = { ...(await readFile(file)), name: file.name };
    } catch (error) {
      if (!(error instanceof BadFile)) throw error;
      const text = this.bus.t(error.key, error.values);
      this.bus.toast(text, "error");
      this.bus.say(text, true);
      return;
    }
    this.payments.opened = opened;
    this.show("file");
    this.bus.toast(this.bus.t("wire.opened", { name: file.name.slice(0, 60), n: opened.entries.length }));
  }

  print() {
    const one = this.current();
    if (!one) return;
    const title = `${this.bus.t("wire.printed")}: ${this.nameOf(one.payment)}`;
    printPaper(title, this.drawing(one.payment), this.entries(), this.words);
  }
}
