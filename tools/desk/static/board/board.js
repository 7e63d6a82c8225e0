/* Put it on a board: from an empty board to a terminal, over the browser's Web Serial.

Each step begins when the one before is done.  Whatever ends a step in trouble, connecting again is the way on: what has come
is found there and stays.
*/

import * as ui from "../base/ui.js";
import { mayBeStopped } from "./ask.js";
import { chip, facts, fitting, hasPsram, refusal } from "./facts.js";
import * as files from "./files.js";
import { flash } from "./flasher.js";
import { makeForm } from "./form.js";
import { folderChoice, makeImageForm } from "./image_form.js";
import { provision } from "./keys.js";
import { Line } from "./line.js";
import { makeLog } from "./log.js";
import { RESET } from "./programs.js";
import { Raised } from "./raised.js";
import { Repl } from "./repl.js";
import { PROMPT_BAUD, faster, slower } from "./speed.js";
import { makeStep } from "./step.js";
import { TEXTS } from "./texts.js";
import { Trouble } from "./trouble.js";
import { used } from "./used.js";

/** @typedef {import("../base/bus.js").Bus} Bus */
/** @typedef {import("./form.js").Setup} Setup */
/** @typedef {import("./line.js").Port} Port */

const { el, icon } = ui;
const FEED_MS = 20000;  // the watchdog of a terminal that was stopped bites after 60 s
const STEPS = ["connect", "image", "files", "keys", "log"];

/** @returns {{requestPort: () => Promise<Port>} | undefined} what this browser has of Web Serial */
function serial() {
  return /** @type {any} */ (navigator).serial;
}

/**
 * @param {HTMLElement} root
 * @param {Bus} bus
 */
export function mount(root, bus) {
  bus.addTexts(TEXTS);
  root.append(el("div", { class: "panel-head" }, el("h2", { t: "board.title" }), el("p", { t: "board.intro" })));
  if (!serial()) {
    root.append(el("p", { class: "board-lacking" }, icon("warn"), el("span", { t: "board.lacking" })));
    return;
  }
  const way = new Way(bus);
  root.append(el("div", { class: "board-steps" }, ...Object.values(way.steps).map((step) => step.node)));
}

class Way {
  /** @param {Bus} bus */
  constructor(bus) {
    this._bus = bus;
    this._log = makeLog(bus);
    this.steps = Object.fromEntries(STEPS.map((name, at) => [name, makeStep(at + 1, name)]));
    /** @type {Setup | null} */
    this._setup = null;
    /** @type {Port | null} */
    this._port = null;
    /** @type {Line | null} */
    this._line = null;
    this._busy = false;
    /** @type {Repl | null} at the prompt of programs; null while the terminal runs */
    this._repl = null;
    this._fed = Promise.resolve();
    setInterval(() => this._feed(), FEED_MS);
    this._toConnect();
    this.steps.log.show(el("p", { class: "hint", t: "board.log.hint" }), this._log.text,
      el("div", { class: "board-acts" }, this._log.copy, this._button("board.restart", "", () => this._restart())));
  }

  // the steps ----------------------------------------------------------------------------

  /** @param {string} [text]    what is to be said beside the button */
  _toConnect(text) {
    this._offer(text);
    for (const name of ["image", "files", "keys"]) this.steps[name].set("todo");
  }

  _offer(text = "board.connect.hint") {
    this.steps.connect.set("now").show(el("p", { class: "hint", t: text }),
      el("div", { class: "board-acts" },
        this._button(this._port ? "board.connect.again" : "board.connect", "primary", () => this._connect(!this._port), "board-connect"),
        this._port ? this._button("board.connect", "", () => this._connect(true)) : null));
  }

  /** @param {boolean} choose    another port */
  async _connect(choose) {
    const { connect } = this.steps;
    await this._act(connect, async () => {
      await this._hangUp();
      if (choose || !this._port) {
        const port = await serial()?.requestPort().catch(() => null);    // nobody chose one
        if (!port) return;
        this._port = port;
      }
      this._setup ??= /** @type {Setup} */ (await this._bus.get("/api/board"));
      this._toConnect();
      connect.show(el("p", { class: "hint", t: "board.connecting" }));
      const line = await this._open();
      const repl = new Repl(line);
      try {
        if (!await this._mayStop(connect, line)) {
          await this._hangUp();
          this._offer();
          return;
        }
        await repl.enter();
        this._repl = repl;
      } catch (error) {
        if (error instanceof Trouble && error.key === "board.silent") this._toImage(true);
        throw error;
      }
      await this._judge(repl, this._setup);
    }, () => this._offer());
  }

  /**
   * Wait until what runs there may be stopped, which a person may decide; false when it is left alone.
   * @param {import("./step.js").Step} step
   * @param {Line} line
   */
  async _mayStop(step, line) {
    const choice = el("div", {});
    try {
      return await mayBeStopped(line, (busy) => new Promise((resolve) => {
        ui.clear(choice);
        choice.append(el("p", { class: "hint", t: busy ? "board.waiting.busy" : "board.waiting" }), el("div", { class: "board-acts" },
          busy ? "" : this._button("board.waiting.stop", "", () => resolve("stop"), "board-stop"),
          this._button("board.waiting.leave", "plain", () => resolve("leave"), "board-leave")));
        step.body.append(choice);
      }));
    } finally {
      choice.remove();
    }
  }

  /**
   * What is it, and may it be written on?
   * @param {Repl} repl
   * @param {Setup} setup
   */
  async _judge(repl, setup) {
    const board = facts(await repl.run(setup.questions, 60000));
    const able = fitting(board, setup.boards);
    const tree = await this._bus.get(`/api/board/tree/${(able[0] ?? setup.boards[0]).folder}`);
    const why = refusal(board, tree.mpy, setup.oldest);
    if (!why && this._line) await faster(repl, this._line);
    const state = await used(repl, (able[0] ?? setup.boards[0]).data, why ? [] : tree.files);
    this._shows(board, state);
    if (state === "open" || state === "unknown") {
      await this._start(repl);
      throw new Trouble(`board.${state}`);
    }
    if (why) {
      this._toImage(true);
      throw new Trouble(why.key, why.values);
    }
    this.steps.connect.set("done");
    this._toImage(false);
    if (!able.length) throw new Trouble("board.folder.none", { chip: chip(board) });
    this._chooseFolder(repl, able);
    await this._toFiles(repl, tree.files);
  }

  /**
   * @param {import("./facts.js").Facts} board
   * @param {string} state
   */
  _shows(board, state) {
    const fact = (/** @type {string} */ name, /** @type {HTMLElement} */ value) =>
      el("div", {}, el("dt", { t: `board.fact.${name}` }), value);
    const psram = hasPsram(board) ? el("dd", { t: "board.fact.psram.yes", values: { mb: (board.heap / 1048576).toFixed(1) } })
      : el("dd", { t: "board.fact.psram.no", values: { kb: Math.trunc(board.heap / 1024) } });
    this.steps.connect.show(el("dl", { class: "board-facts" },
      fact("chip", el("dd", { text: chip(board) })), fact("psram", psram),
      fact("micropython", el("dd", { text: `${board.version.join(".")} ${board.build}` })),
      fact("used", el("dd", { t: `board.used.${state}` }))),
    el("div", { class: "board-acts" }, this._button("board.connect.again", "", () => this._connect(false)),
      this._button("board.disconnect", "plain", () => this._act(this.steps.connect, async () => {
        if (this._repl) await this._start(this._repl);    // a terminal that was stopped goes on
        this.steps.log.set("todo");
        await this._hangUp();
        this._toConnect();
      }))));
  }

  /**
   * @param {Repl} repl
   * @param {import("./facts.js").Folder[]} able
   */
  _chooseFolder(repl, able) {
    const choice = folderChoice("board-folder", able);
    choice.setAttribute("aria-describedby", "board-folder-hint");
    choice.addEventListener("change", () => this._act(this.steps.files, async () => {
      await this._toFiles(repl, (await this._bus.get(`/api/board/tree/${choice.value}`)).files);
    }));
    this.steps.connect.body.insertBefore(el("div", { class: "field" }, el("label", { for: "board-folder", t: "board.folder" }), choice,
      el("p", { class: "hint", id: "board-folder-hint", t: "board.folder.hint" })), this.steps.connect.body.lastChild);
  }

  /** @param {boolean} wanted    it is missing, or another is needed */
  _toImage(wanted) {
    const { image } = this.steps;
    if (wanted && this._setup) {
      image.set("now").show(...makeImageForm(this._setup, (work) => {
        image.set("now");
        void this._act(image, work);
      }, (...chosen) => this._flash(...chosen)));
    } else image.set("done").show(el("p", { t: "board.image.there" }));
  }

  /**
   * @param {import("./image.js").Image} found
   * @param {import("./facts.js").Folder} folder
   * @param {boolean} sure
   */
  async _flash(found, folder, sure) {
    const { image } = this.steps;
    await this._hangUp();
    if (!this._port) throw new Trouble("board.unplugged");
    image.begin();
    const look = (/** @type {number} */ size, /** @type {object[]} */ blocks) => this._bus.post("/api/board/look", { size, blocks });
    const made = async (/** @type {number} */ size) => (await this._bus.post("/api/board/files", { board: folder.folder, size })).parts;
    await flash(this._port, found, { folder, look, sure, files: made }, (done, all) => image.progress(done, all), (line) => this._log.note(line));
    image.end();
    this._toConnect("board.image.done");
  }

  /**
   * @param {Repl} repl
   * @param {files.File[]} tree
   */
  async _toFiles(repl, tree) {
    const step = this.steps.files;
    this.steps.keys.set("todo");
    const plan = await files.plan(repl, tree);
    if (!plan.write.length && !plan.remove.length) {
      step.set("done").show(el("p", { t: "board.files.same", values: { all: tree.length } }));
      this._toKeys(repl);
      return;
    }
    step.set("now").show(
      el("p", { t: "board.files.plan", values: { changed: plan.write.length, all: tree.length, kb: Math.ceil(plan.bytes / 1024) } }),
      el("p", { class: "hint", t: "board.files.hint" }),
      el("div", { class: "board-acts" }, this._button("board.files.put", "primary", () => this._act(step, async () => {
        step.begin();
        await files.put(repl, plan, (done, all) => step.progress(done, all));
        step.set("done").show(el("p", { class: "board-fine" }, icon("check"), el("span", { t: "board.files.done",
          values: { changed: plan.write.length, s: step.seconds.toFixed(1) } })));
        step.end();
        this._toKeys(repl);
      }), "board-files-put")));
  }

  /** @param {Repl} repl */
  _toKeys(repl) {
    const { keys } = this.steps;
    if (!this._setup) return;
    const form = makeForm(this._bus, this._setup, (given) => this._act(keys, async () => {
      const kcv = await provision(repl, given);
      keys.set("done").show(el("p", { class: "board-fine" }, icon("check"), el("span", { t: "board.keys.done", values: { kcv } })));
      await this._start(repl);
    }));
    form.addEventListener("refused", (event) => keys.trouble(/** @type {CustomEvent} */ (event).detail));
    keys.set("now").show(form, this._button("board.keys.skip", "plain", () => this._act(keys, async () => {
      keys.set("done").show(el("p", { t: "board.keys.kept" }));
      await this._start(repl);
    }), "board-keys-skip"));
  }

  /** @param {Repl} repl */
  async _start(repl) {
    this._repl = null;
    await repl.begin(RESET);
    await this._line?.at(PROMPT_BAUD);
    this.steps.log.set("now");
    this._line?.listen((data) => this._log.hear(data));
  }

  async _restart() {
    await this._act(this.steps.log, async () => {
      if (!this._port) throw new Trouble("board.unplugged");
      if (!this._line?.open) await this._open();
      const line = /** @type {Line} */ (this._line);
      line.listen(null);
      const repl = new Repl(line);
      if (this._repl?.there || await this._mayStop(this.steps.log, line)) {
        await repl.enter();
        await this._start(repl);
      } else line.listen((data) => this._log.hear(data));
    });
  }

  // the port -----------------------------------------------------------------------------

  async _open() {
    if (!this._port) throw new Trouble("board.unplugged");
    const line = new Line(this._port);
    await line.begin(PROMPT_BAUD);
    this._line = line;
    return line;
  }

  async _hangUp() {
    const line = this._line, repl = this._repl;
    this._line = this._repl = null;
    if (line && repl?.there) await slower(repl, line).catch(() => undefined);    // a board that does not hear it has a watchdog
    if (line) await line.end();
  }

  /**
   * One thing at a time; what goes wrong is told in its step.
   * @param {import("./step.js").Step} step
   * @param {() => Promise<void>} work
   * @param {() => void} [before]    what puts the step's own controls back when it went wrong
   */
  async _act(step, work, before) {
    if (this._busy) return;
    this._busy = true;
    try {
      await this._fed;
      await work();
    } catch (error) {
      if (error instanceof Raised) this._log.note(error.said);
      if (before && !(step.node.querySelector("dl, button"))) before();
      step.trouble(error);
      if (!this._line?.open) this._reconnect(step);
    } finally {
      this._busy = false;
    }
  }

  /** While a person thinks, the board must not be restarted by its watchdog. */
  _feed() {
    const repl = this._repl;
    if (this._busy || !repl?.there) return;
    this._fed = repl.run("_fed()").then(() => undefined, () => undefined);    // what is wrong with it, the next step tells
  }

  /**
   * The board went in the middle of a step.
   * @param {import("./step.js").Step} step
   */
  _reconnect(step) {
    const { connect } = this.steps;
    if (step === connect || step.node.querySelector("#board-again")) return;
    step.body.append(el("div", { class: "board-acts" },
      this._button("board.connect.again", "primary", () => this._connect(false), "board-again")));
  }

  /**
   * @param {string} key
   * @param {string} kind
   * @param {() => unknown} act
   * @param {string} [id]
   */
  _button(key, kind, act, id) {
    return el("button", { type: "button", class: kind || null, id: id ?? null, on: { click: act } }, el("span", { t: key }));
  }
}
