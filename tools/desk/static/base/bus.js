/* The bus: the connection, the state and the language, as every panel gets them.

  bus.send(message) -> Promise   sends {"do": …} with an id of its own; resolves to the {"ev": "ok", …} answer,
                                 rejects with an Error whose message can be shown (refused, not connected,
                                 no answer in 20 s)
  bus.on(event, fn) -> off()     fn(data) on every message of the server by its "ev" (data is the message), and on the
                                 page's own events; several at once in a list.  off() ends it.
  bus.emit(event, data)          an event of the page's own
  bus.state                      what is known now, see State in state.js; it is up to date BEFORE the listeners are called
  bus.get(path) -> Promise       JSON of GET path, such as "/api/ledger?terminal=1"; rejects with an Error
  bus.post(path, body) -> Promise the same of POST, with JSON
  bus.t(key, values?) -> string  text of i18n.js in the page's language; {name} in it is replaced by values.name
  bus.addTexts({key: [en, zh]})  a panel's own texts; call it first thing in mount
  bus.text({en, zh}) -> string   the page's language of a text that came as data; also takes a plain string
  bus.lang                       "en" | "zh"
  bus.money(minor) -> string     1250 -> "12.50", null -> ""
  bus.say(text, assertive?)      read out by a screen reader (a live region), not shown
  bus.toast(text, kind?)         a short note at the foot of the page; kind "info" (default) | "error"
  bus.showTab(name)              "wire" | "faults" | "ledger" | "lessons" | "board"
  bus.tab                        the tab that is shown
  bus.taught                     is a lesson's card on the page?

EVENTS OF THE PAGE, besides the messages of the server in state.js
  "connection" {connected}   the socket opened or was lost (it is opened again by itself; then comes a new hello)
  "language" {lang}          texts made with ui.say()/ui.el({t: key}) have changed already; a panel that writes texts
                             with bus.t() in some other way writes them again
  "tab" {name}               another tab is shown
  "key" {key}                a key of the terminal was pressed on this page
  "opened" {entry}           an entry of the wire was chosen
  "muted" {muted}            the sound was switched
  "lesson-shown" {shown}     the card of a lesson came or went
  "lesson-asked" {id}        a lesson is to begin
*/

import { TEXTS } from "./i18n.js";
import { initial, reduce } from "../state.js";
import { selectTab } from "./tabs.js";
import * as ui from "./ui.js";

/** @typedef {import("../state.js").Message} Message */
/** @typedef {import("../state.js").Text} Text */
/** @typedef {Extract<Message, {ev: "ok" | "error"}>} Answer */

/**
 * @typedef {object} PageEvents
 * @property {{connected: boolean}} connection
 * @property {{lang: string}} language
 * @property {{name: string}} tab
 * @property {{key: string}} key
 * @property {{entry: import("../state.js").Entry}} opened
 * @property {{muted: boolean}} muted
 * @property {{shown: boolean}} lesson-shown
 * @property {{id: string}} lesson-asked
 */

/** @typedef {{[K in Message["ev"]]: Extract<Message, {ev: K}>} & PageEvents} Events */

/** @typedef {(data: any) => void} Listener */

/** @typedef {ReturnType<typeof makeBus>} Bus */

/**
 * What a panel's module exports.  The root is an empty element that the panel fills and keeps.
 * @typedef {{mount: (root: HTMLElement, bus: Bus) => void | Promise<void>}} Panel
 */

const ANSWER_TIMEOUT_MS = 20000;

/* What the server says to a command that it does not carry out; `why` is its own line, which names the part that is wrong. */
export class Refused extends Error {
  /**
   * @param {string} message    in the page's language
   * @param {string} why
   */
  constructor(message, why) {
    super(message);
    this.why = why;
  }
}

/**
 * @param {string} lang
 * @param {number} number    of the terminal
 */
export function makeBus(lang, number) {
  /** @type {Map<keyof Events, Set<Listener>>} */
  const listeners = new Map();
  /** @type {Map<string | number, {resolve: (answer: Answer) => void, reject: (error: Error) => void, timer: number}>} */
  const waiting = new Map();
  /** @type {WebSocket | null} */
  let socket = null;
  let nextId = 1;
  let retry = 500;
  const page = Math.random().toString(36).slice(2, 8);

  const bus = {
    lang,
    tab: "wire",
    taught: false,
    /** @type {import("../state.js").State} */
    state: initial(number),

    /**
     * @template {keyof Events} K
     * @param {K | K[]} events
     * @param {(data: Events[K]) => void} fn
     * @returns {() => void}
     */
    on(events, fn) {
      const names = Array.isArray(events) ? events : [events];
      for (const name of names) {
        const heard = listeners.get(name) || new Set();
        listeners.set(name, heard.add(fn));
      }
      return () => {
        for (const name of names) listeners.get(name)?.delete(fn);
      };
    },

    /**
     * @template {keyof Events} K
     * @param {K} event
     * @param {Events[K]} data
     */
    emit(event, data) {
      for (const fn of [...(listeners.get(event) || [])]) {
        // One panel's mistake must not keep the others from hearing the event.
        try {
          fn(data);
        } catch (error) {
          reportError(error);
        }
      }
    },

    /**
     * @param {{do: string, [name: string]: unknown}} message
     * @returns {Promise<Answer>}
     */
    send(message) {
      return new Promise((resolve, reject) => {
        if (!socket || socket.readyState !== WebSocket.OPEN) {
          reject(new Error(bus.t("net.offline")));
          return;
        }
        const id = `${page}-${nextId++}`;
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(new Error(bus.t("net.noanswer")));
        }, ANSWER_TIMEOUT_MS);
        waiting.set(id, { resolve, reject, timer });
        socket.send(JSON.stringify({ ...message, id }));
      });
    },

    /**
     * @param {string} path
     * @returns {Promise<any>}
     */
    async get(path) {
      return ask(path, { headers: { Accept: "application/json" } });
    },

    /**
     * @param {string} path
     * @param {unknown} body
     * @returns {Promise<any>}
     */
    async post(path, body) {
      return ask(path, { method: "POST", body: JSON.stringify(body),
        headers: { Accept: "application/json", "Content-Type": "application/json" } });
    },

    /**
     * @param {string} key
     * @param {ui.Values} [values]
     */
    t(key, values) {
      return ui.translate(bus.lang, key, values);
    },

    /** @param {Record<string, string[]>} texts */
    addTexts(texts) {
      Object.assign(TEXTS, texts);
    },

    /**
     * @param {Partial<Text> | string | number | null | undefined} value
     * @returns {string}
     */
    text(value) {
      if (value === null || value === undefined) return "";
      if (typeof value !== "object") return String(value);
      return String((bus.lang === "zh" ? value.zh : value.en) ?? value.en ?? "");
    },

    /**
     * @param {number | string | null | undefined} minor
     * @returns {string}
     */
    money(minor) {
      if (minor === null || minor === undefined || minor === "") return "";
      const units = Math.abs(Math.trunc(Number(minor)));
      const whole = String(Math.trunc(units / 100)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
      return `${Number(minor) < 0 ? "\u2212" : ""}${whole}.${String(units % 100).padStart(2, "0")}`;
    },

    say: ui.announce,
    toast: ui.toast,

    /** @param {string} name */
    showTab(name) {
      selectTab(bus, name);
    },

    /** @param {string} wanted */
    setLanguage(wanted) {
      bus.lang = wanted;
      ui.setLanguage(wanted);
      ui.remember("lang", wanted);
      document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
      document.title = bus.t("page.title", { n: bus.state.terminal });
      bus.emit("language", { lang: wanted });
    },

    connect() {
      const scheme = location.protocol === "https:" ? "wss:" : "ws:";
      socket = new WebSocket(`${scheme}//${location.host}/ws/${bus.state.terminal}`);
      socket.addEventListener("open", () => {
        retry = 500;
        bus.state = { ...bus.state, connected: true };
        bus.emit("connection", { connected: true });
        bus.send({ do: "language", lang: bus.lang }).catch(() => undefined);   // the terminal follows when it is idle
      });
      socket.addEventListener("message", (event) => receive(event.data));
      socket.addEventListener("close", () => {
        for (const { reject, timer } of waiting.values()) {
          clearTimeout(timer);
          reject(new Error(bus.t("net.offline")));
        }
        waiting.clear();
        if (bus.state.connected) {
          bus.state = { ...bus.state, connected: false };
          bus.emit("connection", { connected: false });
        }
        setTimeout(() => bus.connect(), retry);
        retry = Math.min(retry * 1.6, 5000);
      });
    },
  };

  /** @param {string} text */
  function receive(text) {
    /** @type {Message} */
    let message;
    try {
      message = JSON.parse(text);
    } catch (error) {
      reportError(error);
      return;
    }
    if (message.ev === "ok" || message.ev === "error") {
      const waiter = message.id === undefined ? undefined : waiting.get(message.id);
      if (waiter) {
        waiting.delete(message.id ?? "");
        clearTimeout(waiter.timer);
        if (message.ev === "ok") waiter.resolve(message);
        else waiter.reject(new Refused(wrong(message), message.text ?? ""));
        return;
      }
    }
    if (message.ev === "error") bus.toast(wrong(message), "error");
    bus.state = reduce(bus.state, message);
    bus.emit(message.ev, message);
  }

  /**
   * @param {string} path
   * @param {RequestInit} options
   */
  async function ask(path, options) {
    const answer = await fetch(path, options).catch(() => null);    // why not, the browser says in its own words
    if (!answer) throw new Error(bus.t("net.offline"));
    return readAnswer(answer);
  }

  /**
   * @param {Response} answer
   * @returns {Promise<any>}
   */
  async function readAnswer(answer) {
    let body = null;
    try {
      body = await answer.json();
    } catch {
      body = null;    // a proxy's or a dying server's page; the status below tells
    }
    if (!answer.ok) {
      const said = body && (bus.text(body.texts) || body.error || body.text);
      throw new Error(said || bus.t("net.refused"));
    }
    return body;
  }

  /**
   * What the server says went wrong, in the page's language where it can say so.
   * @param {Extract<Message, {ev: "error"}>} message
   */
  function wrong(message) {
    return bus.text(message.texts) || message.text || bus.t("net.refused");
  }

  return bus;
}
