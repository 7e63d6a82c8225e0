/* What stands below the terminal's keys and beside its name: power, sound, keyboard, language, clock. */

import * as ui from "../base/ui.js";

/** @typedef {import("../base/bus.js").Bus} Bus */

const { el, icon } = ui;
const SPEEDS = [1, 10, 60];

/**
 * @param {Bus} bus
 * @param {import("./sound.js").Sound} sound
 */
export function tools(bus, sound) {
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
  bus.on(["hello", "power", "wifi", "host", "language"], show);
  bus.on("language", () => { showMute(); showTyping(); });
  show();
  showMute();
  showTyping();
  return el("div", { class: "tools" },
    el("div", { class: "tools-row" }, power, wifi, host, mute, typing),
    clockControl(bus, "clock-here"));
}

/**
 * What the terminal itself speaks.  It follows the page's language; here, or by a long press on A, a person chooses
 * otherwise.
 * @param {Bus} bus
 */
export function languageControl(bus) {
  const group = el("div", { class: "speaks", role: "group", tLabel: "speaks.name" });
  for (const [lang, sign] of [["en", "EN"], ["zh", "中"]]) {
    const node = el("button", { type: "button", data: { lang }, text: sign, on: { click: () => {
      bus.send({ do: "language", lang, chosen: "terminal" }).catch((error) => bus.toast(error.message, "error"));
      if (bus.state.language !== lang) bus.say(bus.t("speaks.soon"));
    } } });
    group.append(node);
  }
  const show = () => {
    for (const node of group.querySelectorAll("button")) {
      node.setAttribute("aria-pressed", String(node.dataset.lang === bus.state.language));
      node.title = bus.t(`speaks.${node.dataset.lang}`);
    }
  };
  bus.on(["hello", "speaks", "language"], show);
  show();
  return group;
}

/**
 * The fast-forward control; the faults show it once more, beside the answer that is late.
 * @param {Bus} bus
 * @param {string} id    of its name
 */
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
    for (const node of group.querySelectorAll("button")) {
      node.setAttribute("aria-pressed", String(Number(node.dataset.factor) === bus.state.speed));
    }
  };
  bus.on(["hello", "speed"], show);
  show();
  return el("div", { class: "tools-row clock" },
    el("span", { class: "clock-name", id }, icon("clock"), el("span", { t: "clock.name" })), group);
}
