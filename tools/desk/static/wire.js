/* The wire: one payment as a time line in four lanes, live, with every entry explained.

A payment of the bus becomes a list of rows (wire_draw.js); each is a button in an ordered list, so that mouse, keyboard
and screen reader meet the same thing.  The list itself is no live region: it would never stop talking.  What a payment
came to is announced when it ends.
*/

import { el, clear, icon } from "./ui.js";
import { loadExplain } from "./explain.js";
import { HEAD, geometry, heads, laneShapes, rows } from "./wire_draw.js";
import { headOf, isSale, nameOf, resultOf } from "./wire_names.js";
import { printPaper } from "./wire_paper.js";
import { download, picture, pngFile, sheet, svgFile } from "./wire_svg.js";
import { BadFile, fileOf, readFile } from "./wire_file.js";
import { explained } from "./wire_detail.js";
import { TEXTS } from "./wire_texts.js";

const FILTERS = ["key", "screen", "card", "host", "flash", "net"];
const FILTER_OF = { key: "key", screen: "screen", sound: "screen", apdu: "card", card: "card", message: "host",
  flash: "flash", net: "net" };      // power and faults are always shown
const MOST_PAYMENTS = 60;

export async function mount(root, bus) {
  bus.addTexts(TEXTS);
  document.head.append(el("link", { rel: "stylesheet", href: new URL("wire.css", import.meta.url).pathname }));
  const explain = await loadExplain(() => bus.lang);
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
  constructor(root, bus, words) {
    Object.assign(this, { root, bus, words });
    this.payments = new Map();      // id -> {payment, entries}, in order of their beginning
    this.opened = null;             // {payment, entries, name} of a file
    this.shown = "live";            // "live", an id or "file"
    this.filters = new Set(FILTERS);
    this.chosen = null;             // the entry in the pane
    this.rows = [];
    this.width = 0;
    this.pending = 0;
    this.announced = null;
  }

  start() {
    this.build();
    const { bus } = this;
    bus.on("hello", () => this.greet());
    bus.on("payment", ({ payment }) => this.note(payment));
    bus.on("entry", ({ payment, entry }) => this.take(payment, entry));
    bus.on("language", () => this.write());
    if (bus.state.payment) this.greet();
    else this.fetchEarlier();
    new ResizeObserver(() => {
      const width = this.line.clientWidth;
      if (width && width !== this.width) this.redraw();
    }).observe(this.line);
    this.redraw();
  }

  /* ---- what the bus tells ---- */

  greet() {
    const { payment } = this.bus.state;
    if (this.shown !== "file") this.payments.clear();
    if (payment) this.payments.set(payment.id, { payment: headOf(payment), entries: [...payment.entries] });
    this.fetchEarlier();
    this.soon();
  }

  async fetchEarlier() {
    let list;
    try {
      list = await this.bus.get(`/api/terminals/${this.bus.state.terminal}/payments`);
    } catch {
      return;      // the newest payment is there all the same
    }
    for (const payment of list.payments || []) {
      const known = this.payments.get(payment.id);
      const head = { ...headOf(payment), ...known?.payment };
      this.payments.set(payment.id, { payment: head, entries: known?.entries || null });
    }
    this.payments = new Map([...this.payments].sort(([a], [b]) => a - b));
    this.soon();
  }

  note(payment) {
    if (!payment) return;
    const known = this.payments.get(payment.id);
    const head = { ...known?.payment, ...headOf(payment) };
    this.payments.set(payment.id, { payment: head, entries: known?.entries || [] });
    while (this.payments.size > MOST_PAYMENTS) this.payments.delete(this.payments.keys().next().value);
    if (payment.ended_at && payment.kind !== "start" && this.announced !== payment.id && payment.result) {
      this.announced = payment.id;
      const count = this.payments.get(payment.id).entries?.length || 0;
      this.bus.say(this.bus.t("wire.said", { result: resultOf(this.bus, payment), n: count }));
    }
    this.soon();
  }

  take(id, entry) {
    if (!this.payments.has(id)) this.payments.set(id, { payment: { id }, entries: [] });
    const one = this.payments.get(id);
    one.entries = one.entries || [];
    const at = one.entries.findIndex((known) => known.id === entry.id);
    if (at >= 0) one.entries[at] = entry;
    else one.entries.push(entry);
    this.soon();
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
    if (this.shown === "file") return this.opened;
    if (this.shown !== "live") return this.payments.get(this.shown) || null;
    const all = [...this.payments.values()];
    // What comes after a sale, such as a menu or a start, is shown while it lasts or when there was no sale yet.
    const last = all.at(-1);
    if (!last || !last.payment.ended_at || isSale(last.payment)) return last || null;
    return all.findLast((one) => isSale(one.payment)) || last;
  }

  entries() {
    const one = this.current();
    return (one?.entries || []).filter((entry) => {
      const filter = FILTER_OF[entry.kind];
      return !filter || this.filters.has(filter);
    });
  }

  nameOf(payment) {
    return nameOf(this.bus, payment, payment === this.opened?.payment);
  }

  /* ---- the page ---- */

  build() {
    const button = (key, tip, fn, name) => el("button", { type: "button", t: key, tTitle: tip, tLabel: tip,
      data: { tool: name }, on: { click: fn } });
    this.select = el("select", { on: { change: () => this.show(this.select.value) } });
    this.input = el("input", { type: "file", accept: ".json,application/json", hidden: true,
      on: { change: () => this.openFile() } });
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
    this.note_ = el("p", { class: "empty", hidden: true });
    this.line = el("div", { class: "wire-line" }, this.head,
      el("div", { class: "wire-area" }, this.lanes, this.list, this.note_));
    this.detail = el("section", { class: "wire-detail", tLabel: "wire.detail", tabindex: "0" });
    this.empty = el("div", { class: "wire-empty" },
      el("h3", { t: "wire.empty.title" }),
      el("ol", {}, ...[1, 2, 3].map((n) => el("li", {}, el("span", { t: `wire.empty.${n}` })))),
      el("button", { type: "button", on: { click: () => this.input.click() } }, icon("file"),
        el("span", { t: "wire.empty.open" })));
    this.body = el("div", { class: "wire-body" }, this.line, this.detail);
    clear(this.root).append(el("div", { class: "wire" }, el("h2", { class: "unseen", t: "wire.title" }), bar,
      this.chips, this.empty, this.body));
  }

  write() {
    this.redraw(true);
    this.explain();
  }

  redraw() {
    const one = this.current();
    const all = one?.entries || [];
    this.writeSelect();
    this.empty.hidden = all.length > 0;
    this.body.hidden = this.chips.hidden = all.length === 0;
    for (const tool of this.save) tool.disabled = all.length === 0;
    if (!all.length) return;
    const follow = this.line.scrollTop + this.line.clientHeight >= this.line.scrollHeight - 60;
    const geo = geometry(this.line.clientWidth || 720);
    this.width = this.line.clientWidth;
    const before = this.drawn?.one === one ? this.drawn : null;
    const had = new Set(before ? before.ids : []);
    const focused = document.activeElement?.closest?.(".wire-rows button")?.dataset.entry;
    this.rows = rows(this.entries(), geo, this.words);
    const height = this.rows.length ? this.rows.at(-1).y + this.rows.at(-1).height : 0;
    clear(this.head).append(picture(heads(geo, this.words), geo.width, HEAD));
    clear(this.lanes).append(picture(laneShapes(geo, height + 20), geo.width, height + 20));
    clear(this.list).append(...this.rows.map((row, at) => {
      const key = this.keyOf(row.entry, at);
      return el("li", { class: before && !had.has(key) ? "wire-new" : null },
        el("button", { type: "button", tabindex: "-1", "aria-label": row.label, data: { entry: key },
          on: { click: () => this.choose(row.entry, true) } }, picture(row.shapes, geo.width, row.height)));
    }));
    this.drawn = { one, ids: this.rows.map((row, at) => this.keyOf(row.entry, at)) };
    this.note_.hidden = this.rows.length > 0 && !one.payment.left_out;
    this.note_.textContent = this.rows.length ? this.bus.t("wire.left-out", { n: one.payment.left_out || 0 })
      : this.bus.t("wire.hidden");
    if (!all.includes(this.chosen)) this.chosen = null;
    this.mark();
    if (!before || !this.chosen) this.explain();
    if (focused !== undefined) {
      this.buttons().find((node) => node.dataset.entry === focused)?.focus({ preventScroll: true });
    }
    const running = this.shown === "live" && !one.payment.ended_at;
    if (running && (!before || follow)) this.line.scrollTop = this.line.scrollHeight;
    else if (!before) this.line.scrollTop = 0;
  }

  keyOf(entry, at) {
    return String(entry.id ?? `at${at}`);
  }

  writeSelect() {
    const newest = this.shown === "live" ? this.current() : null;
    const live = newest ? `${this.bus.t("wire.live")}: ${this.nameOf(newest.payment)}` : this.bus.t("wire.live");
    const options = [el("option", { value: "live", text: live })];
    if (this.opened) {
      const name = `${this.bus.t("wire.kind.file")}: ${this.opened.name.slice(0, 40)}`;
      options.push(el("option", { value: "file", text: `${name} · ${this.nameOf(this.opened.payment)}` }));
    }
    for (const [id, { payment, entries }] of [...this.payments].reverse()) {
      if (entries && !entries.length) continue;
      options.push(el("option", { value: String(id), text: this.nameOf(payment) }));
    }
    clear(this.select).append(...options);
    this.select.value = String(this.shown);
  }

  /* ---- choosing ---- */

  async show(value) {
    this.shown = value === "live" || value === "file" ? value : Number(value);
    this.chosen = null;
    const one = this.payments.get(this.shown);
    if (one && !one.entries) {
      try {
        const answer = await this.bus.get(`/api/terminals/${this.bus.state.terminal}/payments/${this.shown}`);
        one.entries = answer.entries || [];
      } catch (error) {
        this.bus.toast(error.message, "error");
        one.entries = [];
      }
    }
    this.redraw();
  }

  toggle(name, button) {
    if (this.filters.has(name)) this.filters.delete(name);
    else this.filters.add(name);
    button.setAttribute("aria-pressed", String(this.filters.has(name)));
    this.redraw();
  }

  choose(entry, reveal = false) {
    this.chosen = entry;
    if (this.shown !== "file") this.bus.emit("opened", { entry });   // a lesson may wait for it
    this.mark();
    this.explain();
    this.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    if (reveal) this.detail.scrollIntoView({ block: "nearest" });
  }

  buttons() {
    return [...this.list.querySelectorAll("button")];
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
  }

  move(event) {
    const buttons = this.buttons();
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0,
      End: buttons.length - 1, PageDown: Math.min(at + 8, buttons.length - 1), PageUp: Math.max(at - 8, 0) }[event.key];
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
    if (this.chosen) this.detail.append(...explained(this.chosen, this.words));
    else this.detail.append(el("p", { class: "hint", text: this.bus.t("wire.choose") }));
    this.detail.scrollTop = 0;
  }

  /* ---- files, pictures, paper ---- */

  fileName(ending) {
    const { payment } = this.current();
    const when = String(payment.started_at || "").replace(/[^0-9]/g, "").slice(0, 14);
    return ["taptill", "payment", payment.number || "", when].filter(Boolean).join("-") + ending;
  }

  give(blob, ending) {
    const name = this.fileName(ending);
    download(blob, name);
    this.bus.toast(this.bus.t("wire.saved", { name }));
  }

  drawing() {
    const { payment } = this.current();
    return sheet(`TapTill · ${this.nameOf(payment)}`, String(payment.started_at || "").replace("T", " ").slice(0, 19),
      this.entries(), this.words);
  }

  saveFile() {
    const { payment, entries } = this.current();
    this.give(fileOf(payment, entries), ".json");
  }

  saveSvg() {
    this.give(svgFile(this.drawing()), ".svg");
  }

  async savePng() {
    try {
      this.give(await pngFile(this.drawing()), ".png");
    } catch (error) {
      this.bus.toast(error.message, "error");
    }
  }

  async openFile() {
    const [file] = this.input.files;
    this.input.value = "";
    if (!file) return;
    try {
      this.opened = { ...(await readFile(file)), name: file.name };
    } catch (error) {
      if (!(error instanceof BadFile)) throw error;
      const text = this.bus.t(error.key, error.values);
      this.bus.toast(text, "error");
      this.bus.say(text, true);
      return;
    }
    this.show("file");
    this.bus.toast(this.bus.t("wire.opened", { name: file.name.slice(0, 60), n: this.opened.entries.length }));
  }

  print() {
    const title = `${this.bus.t("wire.printed")}: ${this.nameOf(this.current().payment)}`;
    printPaper(title, this.drawing(), this.entries(), this.words);
  }
}
