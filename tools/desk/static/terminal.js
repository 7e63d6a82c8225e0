/* The terminal: reader, OLED dot by dot, keys, LED, buzzer, power switch and clock. */

import * as ui from "./ui.js";

const { el, icon } = ui;
const WIDTH = 128;
const HEIGHT = 64;
const LIT = "#e3f4ff";
const UNLIT = "#05090c";
const KEYS = ["1", "2", "3", "A", "4", "5", "6", "B", "7", "8", "9", "C", "*", "0", "#", "D"];
const NAMES = { A: "menu", B: "up", C: "down", D: "cancel", "*": "back", "#": "ok" };
const COMPUTER_KEYS = { Enter: "#", Backspace: "*", Escape: "D", a: "A", b: "B", c: "C", d: "D", "#": "#", "*": "*" };
const SPEEDS = [1, 10, 60];
// The firmware tells a long press of A from a short one; a press must outlast its debouncing.
const HELD_KEYS = "A";
const SHORTEST_PRESS_MS = 90;
const QUIET_MS = 350;

export function mount(root, bus) {
  const lamp = el("span", { class: "lamp", "aria-hidden": "true" });
  const canvas = el("canvas", { class: "oled", width: WIDTH, height: HEIGHT, "aria-hidden": "true" });
  const words = el("p", { class: "unseen", id: "screen-text", role: "img" });
  const reader = el("div", { id: "reader", class: "reader" },
    el("div", { class: "reader-mark" }, icon("waves"), el("span", { t: "reader.here" })));
  const keypad = el("div", { class: "keypad", role: "group", tLabel: "keypad.name" });
  const sound = makeSound(bus);

  root.append(
    el("div", { class: "body", id: "terminal-body", tabindex: "0", role: "group", tLabel: "terminal.body" },
      reader,
      el("div", { class: "face" },
        el("div", { class: "bezel" }, canvas, words),
        el("div", { class: "plate" }, el("span", { class: "maker", text: "TapTill" }), languageControl(bus), lamp),
        keypad)),
    tools(bus, sound));

  const oled = makeOled(canvas);
  makeKeys(keypad, bus, sound);
  listenToKeyboard(keypad, bus);
  const speak = makeSpeaker(words, bus);

  const show = () => {
    const { power, led, screen } = bus.state;
    root.classList.toggle("off", !power);
    lamp.classList.toggle("lit", Boolean(power && led !== false));
    oled.show(power ? screen.bits : "");
    speak();
  };
  for (const event of ["hello", "screen", "power", "led"]) bus.on(event, show);
  bus.on("connection", ({ connected }) => root.classList.toggle("stale", !connected));
  bus.on("buzzer", ({ hz, ms }) => sound.tone(hz, ms));
  bus.on("language", speak);
  show();
}

/* ---- OLED ---- */

/* 1024 bytes, each eight dots of a column with the lowest bit on top, drawn in whole device pixels. */
function makeOled(canvas) {
  let shown = "";
  let cell = 0;
  const paint = canvas.getContext("2d", { alpha: false });

  function draw() {
    paint.fillStyle = UNLIT;
    paint.fillRect(0, 0, canvas.width, canvas.height);
    if (!shown) return;
    let bytes;
    try {
      bytes = atob(shown);
    } catch (error) {
      reportError(error);
      return;
    }
    // Neighbouring dots of a real panel are told apart by a dark line; it needs three pixels to look like one.
    const dot = cell >= 3 ? cell - 1 : cell;
    if (dot < cell) {
      paint.fillStyle = "#bccdd8";
      each(bytes, (x, y) => paint.fillRect(x * cell, y * cell, cell, cell));
    }
    paint.fillStyle = LIT;
    each(bytes, (x, y) => paint.fillRect(x * cell, y * cell, dot, dot));
  }

  function each(bytes, fn) {
    const count = Math.min(bytes.length, (WIDTH * HEIGHT) / 8);
    for (let at = 0; at < count; at++) {
      let byte = bytes.charCodeAt(at);
      for (let bit = 0; byte; bit++, byte >>= 1) {
        if (byte & 1) fn(at % WIDTH, Math.floor(at / WIDTH) * 8 + bit);
      }
    }
  }

  function fit() {
    const room = canvas.parentElement.clientWidth - 2 * 12;
    const ratio = window.devicePixelRatio || 1;
    const wanted = Math.max(1, Math.floor((room * ratio) / WIDTH));
    if (wanted === cell) return;
    cell = wanted;
    canvas.width = WIDTH * cell;
    canvas.height = HEIGHT * cell;
    canvas.style.width = `${(WIDTH * cell) / ratio}px`;
    canvas.style.height = `${(HEIGHT * cell) / ratio}px`;
    draw();
  }

  new ResizeObserver(fit).observe(canvas.parentElement);
  fit();
  return {
    show(bits) {
      if (bits === shown) return;
      shown = bits;
      draw();
    },
  };
}

/* The OLED in words: as the picture's name, and read out when its words (not its count-down) change. */
function makeSpeaker(words, bus) {
  let said = "";
  let timer = 0;
  return () => {
    const { power, screen } = bus.state;
    const lines = power ? (screen.text || []).filter(Boolean) : [];
    const text = power ? lines.join(". ") : bus.t("screen.off");
    words.dataset.names = power ? (screen.names || []).join(" ") : "";
    words.setAttribute("aria-label", bus.t("screen.is", { text: text || bus.t("screen.empty") }));
    const meaning = text.replace(/\d+\s*(s\b|秒)/g, "").replace(/[·●▪.]{2,}/g, "");
    if (meaning === said) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      said = meaning;
      bus.say(text);
    }, QUIET_MS);
  };
}

/* ---- keys ---- */

function makeKeys(keypad, bus, sound) {
  for (const key of KEYS) {
    const name = NAMES[key];
    const node = el("button", { type: "button", class: `key key-${name || "digit"}`, data: { key } },
      el("span", { class: "cap", text: key }),
      name ? el("span", { class: "use", t: `key.${name}` }) : null);
    if (name) ui.label(node, `key.${name}.name`, { key });
    keypad.append(node);
  }
  const presser = makePresser(keypad, bus, sound);
  keypad.addEventListener("pointerdown", (event) => {
    const node = event.target.closest("button.key");
    if (!node || event.button > 0) return;
    const key = node.dataset.key;
    if (HELD_KEYS.includes(key)) node.setPointerCapture(event.pointerId);
    presser.down(key);
    const up = () => {
      for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) node.removeEventListener(type, up);
      document.removeEventListener("pointerup", up);
      presser.up(key);
    };
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) node.addEventListener(type, up);
    document.addEventListener("pointerup", up);
  });
  // The focus stays on the terminal, so that Enter on the computer's keyboard is "#" and not the last clicked key.
  keypad.addEventListener("mousedown", (event) => {
    event.preventDefault();
    document.getElementById("terminal-body").focus({ preventScroll: true });
  });
  keypad.addEventListener("click", (event) => {
    const node = event.target.closest("button.key");
    // Without a pointer (Enter or Space on the key, a screen reader's click) there was no pointerdown.
    if (node && event.detail === 0) presser.tap(node.dataset.key);
  });
  keypad.presser = presser;
}

function makePresser(keypad, bus, sound) {
  const since = new Map();
  const look = (key, pressed) => {
    const node = [...keypad.children].find((child) => child.dataset.key === key);
    node.classList.toggle("down", pressed);
  };
  const send = (message) => bus.send(message).catch((error) => bus.toast(error.message, "error"));
  return {
    down(key) {
      if (since.has(key)) return;
      since.set(key, performance.now());
      look(key, true);
      sound.click();
      bus.emit("key", { key });
      // A key of a terminal without power moves and clicks, and that is all.
      if (bus.state.power) send(HELD_KEYS.includes(key) ? { do: "key-down", key } : { do: "key", key });
    },
    up(key) {
      if (!since.has(key)) return;
      const left = SHORTEST_PRESS_MS - (performance.now() - since.get(key));
      since.delete(key);
      setTimeout(() => {
        look(key, since.has(key));
        if (HELD_KEYS.includes(key) && bus.state.power) send({ do: "key-up", key });
      }, Math.max(0, left));
    },
    tap(key) {
      this.down(key);
      this.up(key);
    },
    release() {
      for (const key of [...since.keys()]) this.up(key);
    },
  };
}

function listenToKeyboard(keypad, bus) {
  const presser = keypad.presser;
  const terminalKey = (event) => {
    if (ui.recall("typing") === false || event.ctrlKey || event.metaKey || event.altKey) return null;
    if (document.querySelector("dialog[open]")) return null;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest("input, textarea, select, [contenteditable]")) return null;
    // Enter belongs to the button, link or tab that has the focus.
    if (event.key === "Enter" && target.closest("button, a, summary, [role=button], [role=tab], [role=option]")) {
      return null;
    }
    if (/^[0-9]$/.test(event.key)) return event.key;
    return COMPUTER_KEYS[event.key] || COMPUTER_KEYS[event.key.toLowerCase()] || null;
  };
  const held = new Map();
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    const key = terminalKey(event);
    if (!key) return;
    event.preventDefault();
    if (event.repeat) return;
    held.set(event.code, key);
    presser.down(key);
  });
  document.addEventListener("keyup", (event) => {
    if (!held.has(event.code)) return;
    presser.up(held.get(event.code));
    held.delete(event.code);
  });
  window.addEventListener("blur", () => {
    held.clear();
    presser.release();
  });
}

/* ---- sound ---- */

function makeSound(bus) {
  let context = null;
  let muted = ui.recall("muted") === true;

  // A browser lets a page sound only after a gesture.
  const wake = () => {
    if (!context && window.AudioContext) context = new AudioContext();
    if (context && context.state === "suspended") context.resume().catch(reportError);
  };
  for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, wake, { capture: true });
  let free = 0;

  function play(hz, seconds, type, loudness) {
    if (muted || !context || context.state !== "running") return;
    const start = Math.max(context.currentTime, free);
    if (start > context.currentTime + 2) return;    // a flood of sounds would play on long after its cause
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.type = type;
    tone.frequency.value = hz;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(loudness, start + 0.002);
    gain.gain.setValueAtTime(loudness, start + Math.max(0.002, seconds - 0.004));
    gain.gain.linearRampToValueAtTime(0, start + seconds);
    tone.connect(gain).connect(context.destination);
    tone.start(start);
    tone.stop(start + seconds + 0.01);
    if (type === "square") free = start + seconds;
  }

  return {
    tone(hz, ms) {
      if (hz > 0 && ms > 0) play(Math.min(hz, 12000), Math.min(ms, 3000) / 1000, "square", 0.05);
    },
    click() {
      play(1700, 0.012, "triangle", 0.12);
    },
    get muted() {
      return muted;
    },
    set muted(value) {
      muted = value;
      ui.remember("muted", value);
      if (!value) wake();
      bus.emit("muted", { muted });
    },
  };
}

/* ---- power, sound, keyboard, clock ---- */

function tools(bus, sound) {
  const power = el("button", { type: "button", class: "power", id: "power", on: { click: () => {
    bus.send({ do: "power", on: !bus.state.power }).catch((error) => bus.toast(error.message, "error"));
  } } }, icon("power"), el("span", { t: "power.name" }), el("span", { class: "rocker", "aria-hidden": "true" }));

  const mute = el("button", { type: "button", class: "plain round", id: "mute", on: { click: () => {
    sound.muted = !sound.muted;
    showMute();
  } } });
  const showMute = () => {
    ui.clear(mute).append(icon(sound.muted ? "mute" : "sound"));
    mute.setAttribute("aria-pressed", String(!sound.muted));
    ui.label(mute, "sound.name");
    mute.title = bus.t(sound.muted ? "sound.off" : "sound.on");
  };

  const typing = el("button", { type: "button", class: "plain round", id: "typing", on: { click: () => {
    ui.remember("typing", ui.recall("typing") === false);
    showTyping();
  } } }, icon("keyboard"));
  const showTyping = () => {
    const used = ui.recall("typing") !== false;
    typing.setAttribute("aria-pressed", String(used));
    ui.label(typing, "typing.name");
    typing.title = bus.t(used ? "typing.on" : "typing.off");
  };

  const wifi = el("span", { class: "sign", role: "img" });
  const host = el("span", { class: "sign", role: "img" });
  const show = () => {
    power.setAttribute("aria-pressed", String(bus.state.power));
    ui.clear(wifi).append(icon(bus.state.wifi ? "wifi" : "wifi-off"));
    wifi.classList.toggle("bad", !bus.state.wifi);
    ui.label(wifi, bus.state.wifi ? "wifi.up" : "wifi.down");
    wifi.title = bus.t(bus.state.wifi ? "wifi.up" : "wifi.down");
    ui.clear(host).append(icon("host"));
    host.classList.toggle("bad", bus.state.host !== "up");
    ui.label(host, bus.state.host === "up" ? "host.up" : "host.down");
    host.title = bus.t(bus.state.host === "up" ? "host.up" : "host.down");
  };
  for (const event of ["hello", "power", "wifi", "host", "language"]) bus.on(event, show);
  bus.on("language", () => { showMute(); showTyping(); });
  show();
  showMute();
  showTyping();
  return el("div", { class: "tools" },
    el("div", { class: "tools-row" }, power, wifi, host, mute, typing),
    clockControl(bus, "clock-here"));
}

/* What the terminal itself speaks.  It follows the page's language; here, or by a long press on A, a person chooses otherwise. */
function languageControl(bus) {
  const group = el("div", { class: "speaks", role: "group", tLabel: "speaks.name" });
  for (const [lang, sign] of [["en", "EN"], ["zh", "中"]]) {
    const node = el("button", { type: "button", data: { lang }, text: sign, on: { click: () => {
      bus.send({ do: "language", lang, chosen: "terminal" }).catch((error) => bus.toast(error.message, "error"));
      if (bus.state.language !== lang) bus.say(bus.t("speaks.soon"));
    } } });
    group.append(node);
  }
  const show = () => {
    for (const node of group.children) {
      node.setAttribute("aria-pressed", String(node.dataset.lang === bus.state.language));
      node.title = bus.t(`speaks.${node.dataset.lang}`);
    }
  };
  for (const event of ["hello", "speaks", "language"]) bus.on(event, show);
  show();
  return group;
}

/* The fast-forward control; the faults show it once more, beside the answer that is late. */
export function clockControl(bus, id) {
  const group = el("div", { class: "segments speed", role: "group", "aria-labelledby": id });
  for (const factor of SPEEDS) {
    const node = el("button", { type: "button", data: { factor }, on: { click: () => {
      bus.send({ do: "speed", factor }).catch((error) => bus.toast(error.message, "error"));
    } } }, factor > 1 ? icon("forward") : null, el("span", { text: `${factor}×` }));
    ui.label(node, factor > 1 ? "clock.fast" : "clock.real", { factor });
    group.append(node);
  }
  const show = () => {
    for (const node of group.children) {
      node.setAttribute("aria-pressed", String(Number(node.dataset.factor) === bus.state.speed));
    }
  };
  for (const event of ["hello", "speed"]) bus.on(event, show);
  show();
  return el("div", { class: "tools-row clock" },
    el("span", { class: "clock-name", id }, icon("clock"), el("span", { t: "clock.name" })), group);
}
