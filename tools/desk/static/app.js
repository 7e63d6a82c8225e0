/* The page: connection, state, language, layout.  Everything else is a panel.

A PANEL is an ES module that exports  mount(root, bus)  (it may return a promise).  `root` is an empty element that the
panel fills and keeps; `bus` is the object below.  terminal.js, wallet.js, faults.js, ledger.js, wire.js and lessons.js
are all mounted in this way; the tabs are loaded with import() when the page starts, one that fails says so in its tab.

THE BUS
  bus.send(message) -> Promise   sends {"do": …} with an id of its own; resolves to the {"ev": "ok", …} answer,
                                 rejects with an Error whose message can be shown (refused, not connected,
                                 no answer in 20 s)
  bus.on(event, fn) -> off()     fn(data) on every message of the server by its "ev" (data is the message), and on the
                                 page's own events; "*" hears all, as fn(data, event).  off() ends it.
  bus.emit(event, data)          an event of the page's own
  bus.state                      what is known now, see State in state.js; it is up to date BEFORE the listeners are called
  bus.get(path) -> Promise       JSON of GET path, such as "/api/ledger?terminal=1"; rejects with an Error
  bus.post(path, body) -> Promise
  bus.t(key, values?) -> string  text of i18n.js in the page's language; {name} in it is replaced by values.name
  bus.addTexts({key: [en, zh]})  a panel's own texts; call it first thing in mount
  bus.text({en, zh}) -> string   the page's language of a text that came as data; also takes a plain string
  bus.lang                       "en" | "zh"
  bus.money(minor) -> string     1250 -> "12.50", null -> ""
  bus.say(text, assertive?)      read out by a screen reader (a live region), not shown
  bus.toast(text, kind?)         a short note at the foot of the page; kind "info" (default) | "error"
  bus.showTab(name)              "wire" | "faults" | "ledger" | "lessons"
  bus.tab                        the tab that is shown

EVENTS OF THE PAGE  (besides hello, screen, power, buzzer, led, card, cards, wifi, faults, host, speed, entry, payment,
ledger, lesson of the server)
  "connection" {connected}   the socket opened or was lost (it is opened again by itself; then comes a new hello)
  "language" {lang}          texts made with ui.say()/ui.el({t: key}) have changed already; a panel that writes texts
                             with bus.t() in some other way writes them again
  "tab" {name}               another tab is shown
  "key" {key}                a key of the terminal was pressed on this page
HELPERS  ui.js: el(), say(), icon(), dialog(), clear(); see there.  Only textContent and createElement make DOM.
*/

import { TEXTS } from "./i18n.js";
import { initial, reduce } from "./state.js";
import * as ui from "./ui.js";
import * as terminal from "./terminal.js";
import * as wallet from "./wallet.js";

const TABS = ["wire", "faults", "ledger", "lessons"];
const ANSWER_TIMEOUT_MS = 20000;

function makeBus(lang, number) {
  const listeners = new Map();
  const waiting = new Map();
  let socket = null;
  let nextId = 1;
  let retry = 500;
  const page = Math.random().toString(36).slice(2, 8);

  const bus = {
    lang,
    tab: "wire",
    state: initial(number),

    on(event, fn) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event).add(fn);
      return () => listeners.get(event).delete(fn);
    },

    emit(event, data = {}) {
      for (const name of [event, "*"]) {
        for (const fn of [...(listeners.get(name) || [])]) {
          // One panel's mistake must not keep the others from hearing the event.
          try {
            fn(data, event);
          } catch (error) {
            reportError(error);
          }
        }
      }
    },

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

    async get(path) {
      return readAnswer(await fetch(path, { headers: { Accept: "application/json" } }));
    },

    async post(path, body) {
      return readAnswer(await fetch(path, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      }));
    },

    t(key, values) {
      return ui.translate(bus.lang, key, values);
    },

    addTexts(texts) {
      Object.assign(TEXTS, texts);
    },

    text(value) {
      if (value === null || value === undefined) return "";
      if (typeof value !== "object") return String(value);
      return String(value[bus.lang] ?? value.en ?? "");
    },

    money(minor) {
      if (minor === null || minor === undefined || minor === "") return "";
      const units = Math.abs(Math.trunc(Number(minor)));
      const whole = String(Math.trunc(units / 100)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
      return `${Number(minor) < 0 ? "\u2212" : ""}${whole}.${String(units % 100).padStart(2, "0")}`;
    },

    say: ui.announce,
    toast: ui.toast,

    showTab(name) {
      selectTab(bus, name);
    },

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

  function receive(text) {
    let message;
    try {
      message = JSON.parse(text);
    } catch (error) {
      reportError(error);
      return;
    }
    if ((message.ev === "ok" || message.ev === "error") && waiting.has(message.id)) {
      const { resolve, reject, timer } = waiting.get(message.id);
      waiting.delete(message.id);
      clearTimeout(timer);
      if (message.ev === "ok") resolve(message);
      else reject(new Error(wrong(message)));
      return;
    }
    if (message.ev === "error") bus.toast(wrong(message), "error");
    bus.state = reduce(bus.state, message);
    bus.emit(message.ev, message);
  }

  async function readAnswer(answer) {
    let body = null;
    try {
      body = await answer.json();
    } catch {
      body = null;    // a proxy's or a dying server's page; the status below tells
    }
    if (!answer.ok) {
      const said = body && (bus.text(body.texts) || body.error || body.text);
      throw new Error(said || `${answer.status} ${answer.statusText}`);
    }
    return body;
  }

  /* What the server says went wrong, in the page's language where it can say so. */
  function wrong(message) {
    return bus.text(message.texts) || message.text || bus.t("net.refused");
  }

  return bus;
}

/* ---- tabs ---- */

function selectTab(bus, name, focus = false) {
  if (!TABS.includes(name)) return;
  for (const tab of TABS) {
    const button = document.getElementById(`tab-${tab}`);
    const chosen = tab === name;
    button.setAttribute("aria-selected", String(chosen));
    button.tabIndex = chosen ? 0 : -1;
    document.getElementById(`panel-${tab}`).hidden = !chosen;
    if (chosen && focus) button.focus();
  }
  bus.tab = name;
  ui.remember("tab", name);
  bus.emit("tab", { name });
}

function startTabs(bus) {
  const list = document.getElementById("tabs");
  for (const name of TABS) {
    document.getElementById(`tab-${name}`).addEventListener("click", () => selectTab(bus, name));
  }
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    let at = TABS.indexOf(bus.tab);
    if (step) at = (at + step + TABS.length) % TABS.length;
    else if (event.key === "Home") at = 0;
    else if (event.key === "End") at = TABS.length - 1;
    else return;
    event.preventDefault();
    selectTab(bus, TABS[at], true);
  });
  const wanted = new URLSearchParams(location.search).get("tab") || ui.recall("tab");
  selectTab(bus, TABS.includes(wanted) ? wanted : "wire");
}

async function mountTab(bus, name) {
  const root = document.getElementById(`panel-${name}`);
  try {
    const panel = await import(`./${name}.js`);
    await panel.mount(root, bus);
  } catch (error) {
    reportError(error);
    ui.clear(root);
    root.append(ui.el("p", { class: "empty", t: "tab.failed" }));
  }
}

/* ---- head of the page ---- */

function startHead(bus) {
  for (const lang of ["en", "zh"]) {
    document.getElementById(`lang-${lang}`).addEventListener("click", () => {
      bus.setLanguage(lang);
      bus.send({ do: "language", lang, chosen: "page" }).catch(() => undefined);   // the terminal follows when it is idle
    });
  }
  const showLanguage = () => {
    for (const lang of ["en", "zh"]) {
      document.getElementById(`lang-${lang}`).setAttribute("aria-pressed", String(bus.lang === lang));
    }
  };
  const choose = document.getElementById("terminal-number");
  choose.addEventListener("change", () => {
    const url = new URL(location.href);
    url.searchParams.delete("token");
    url.pathname = `/${choose.value}`;
    location.assign(url);
  });
  const showTerminals = () => {
    document.getElementById("terminal-choice").hidden = bus.state.terminals < 2;
    if (choose.options.length !== bus.state.terminals) {
      ui.clear(choose);
      for (let n = 1; n <= bus.state.terminals; n++) choose.append(ui.el("option", { value: n, text: String(n) }));
    }
    choose.value = String(bus.state.terminal);
    document.title = bus.t("page.title", { n: bus.state.terminal });
  };
  const link = document.getElementById("link");
  const showLink = () => {
    link.dataset.state = bus.state.connected ? "up" : "down";
    ui.say(document.getElementById("link-text"), bus.state.connected ? "net.up" : "net.down");
  };
  bus.on("language", showLanguage);
  bus.on("hello", showTerminals);
  bus.on("connection", showLink);
  showLanguage();
  showLink();
}

function firstLanguage() {
  const asked = new URLSearchParams(location.search).get("lang") || ui.recall("lang") || navigator.language || "en";
  return asked.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function terminalNumber() {
  const asked = location.pathname.match(/^\/(\d+)$/)?.[1];
  const number = Number.parseInt(asked || "1", 10);
  return number >= 1 && number <= 999 ? number : 1;
}

async function start() {
  const bus = makeBus(firstLanguage(), terminalNumber());
  ui.setLanguage(bus.lang);
  document.documentElement.lang = bus.lang === "zh" ? "zh-CN" : "en";
  startHead(bus);
  startTabs(bus);
  await terminal.mount(document.getElementById("terminal"), bus);
  await wallet.mount(document.getElementById("wallet"), bus);
  await Promise.all(TABS.map((name) => mountTab(bus, name)));
  bus.setLanguage(bus.lang);
  bus.connect();
}

start();
