/* The terminal: reader, OLED, keys, LED and buzzer, and the controls below it. */

import { languageControl, tools } from "./controls.js";
import { listenToKeyboard, makeKeys } from "./keys.js";
import { HEIGHT, WIDTH, makeOled } from "./oled.js";
import { makeSound } from "./sound.js";
import { el, icon } from "../base/ui.js";

/** @typedef {import("../base/bus.js").Bus} Bus */

const QUIET_MS = 350;

/**
 * @param {HTMLElement} root
 * @param {Bus} bus
 */
export function mount(root, bus) {
  const lamp = el("span", { class: "lamp", "aria-hidden": "true" });
  const canvas = el("canvas", { class: "oled", width: WIDTH, height: HEIGHT, "aria-hidden": "true" });
  const words = el("p", { class: "unseen", id: "screen-text", role: "img" });
  const reader = el("div", { id: "reader", class: "reader" },
    el("div", { class: "reader-mark" }, icon("waves"), el("span", { t: "reader.here" })));
  const keypad = el("div", { class: "keypad", role: "group", tLabel: "keypad.name" });
  const sound = makeSound(bus);

  root.append(
    el("div", { class: "body", id: "terminal-body", tabindex: "-1", role: "group", tLabel: "terminal.body" },
      reader,
      el("div", { class: "face" },
        el("div", { class: "bezel" }, canvas, words),
        el("div", { class: "plate" }, el("span", { class: "maker", text: "TapTill" }), languageControl(bus), lamp),
        keypad)),
    tools(bus, sound));

  const oled = makeOled(canvas);
  const presser = makeKeys(keypad, bus, sound);
  listenToKeyboard(presser);
  const speak = makeSpeaker(words, bus);

  const show = () => {
    const { power, led, screen } = bus.state;
    root.classList.toggle("off", !power);
    lamp.classList.toggle("lit", Boolean(power && led !== false));
    oled.show(power ? screen.bits : "");
    speak();
  };
  bus.on(["hello", "screen", "power", "led"], show);
  bus.on("connection", ({ connected }) => root.classList.toggle("stale", !connected));
  bus.on("buzzer", ({ hz, ms }) => sound.tone(hz, ms));
  bus.on("language", speak);
  show();
}

/**
 * The OLED in words: as the picture's name, and read out when its words (not its count-down) change.
 * @param {HTMLElement} words
 * @param {Bus} bus
 */
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
