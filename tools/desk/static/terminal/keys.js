/* The keypad: under the pointer, a screen reader's click and the computer's keyboard. */

import * as ui from "../base/ui.js";

/** @typedef {import("../base/bus.js").Bus} Bus */
/** @typedef {import("./sound.js").Sound} Sound */
/** @typedef {ReturnType<typeof makePresser>} Presser */

const { el } = ui;
const KEYS = ["1", "2", "3", "A", "4", "5", "6", "B", "7", "8", "9", "C", "*", "0", "#", "D"];
/** @type {Record<string, string>} */
const NAMES = { A: "menu", B: "up", C: "down", D: "cancel", "*": "back", "#": "ok" };
/** @type {Record<string, string>} */
const COMPUTER_KEYS = { Enter: "#", Backspace: "*", Escape: "D", a: "A", b: "B", c: "C", d: "D", "#": "#", "*": "*" };
// The firmware tells a long press of A from a short one; a press must outlast its debouncing.
const HELD_KEYS = "A";
const SHORTEST_PRESS_MS = 90;

/**
 * Fills the keypad and follows the pointer.
 * @param {HTMLElement} keypad
 * @param {Bus} bus
 * @param {Sound} sound
 * @returns {Presser}
 */
export function makeKeys(keypad, bus, sound) {
  for (const key of KEYS) {
    const name = NAMES[key];
    const node = el("button", { type: "button", class: `key key-${name || "digit"}`, data: { key } },
      el("span", { class: "cap", text: key }), " ",
      name ? el("span", { class: "use", t: `key.${name}` }) : null);
    if (name) ui.label(node, `key.${name}.name`, { key });
    keypad.append(node);
  }
  const presser = makePresser(keypad, bus, sound);
  keypad.addEventListener("pointerdown", (event) => {
    const node = keyAt(event);
    const key = node?.dataset.key;
    if (!node || !key || event.button > 0) return;
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
    ui.byId("terminal-body").focus({ preventScroll: true });
  });
  keypad.addEventListener("click", (event) => {
    const key = keyAt(event)?.dataset.key;
    // Without a pointer (Enter or Space on the key, a screen reader's click) there was no pointerdown.
    if (key && event.detail === 0) presser.tap(key);
  });
  return presser;
}

/**
 * @param {Event} event
 * @returns {HTMLElement | null}
 */
function keyAt({ target }) {
  return target instanceof Element ? target.closest("button.key") : null;
}

/**
 * Keys that are down, until they are let go.
 * @param {HTMLElement} keypad
 * @param {Bus} bus
 * @param {Sound} sound
 */
function makePresser(keypad, bus, sound) {
  /** @type {Map<string, number>} */
  const since = new Map();
  /**
   * @param {string} key
   * @param {boolean} pressed
   */
  const look = (key, pressed) => ui.inside(keypad, `[data-key="${key}"]`).classList.toggle("down", pressed);
  /** @param {{do: string, key: string}} message */
  const send = (message) => bus.send(message).catch((error) => bus.toast(error.message, "error"));
  return {
    /** @param {string} key */
    down(key) {
      if (since.has(key)) return;
      since.set(key, performance.now());
      look(key, true);
      sound.click();
      bus.emit("key", { key });
      // A key of a terminal without power moves and clicks, and that is all.
      if (bus.state.power) send(HELD_KEYS.includes(key) ? { do: "key-down", key } : { do: "key", key });
    },
    /** @param {string} key */
    up(key) {
      const began = since.get(key);
      if (began === undefined) return;
      const left = SHORTEST_PRESS_MS - (performance.now() - began);
      since.delete(key);
      setTimeout(() => {
        look(key, since.has(key));
        if (HELD_KEYS.includes(key) && bus.state.power) send({ do: "key-up", key });
      }, Math.max(0, left));
    },
    /** @param {string} key */
    tap(key) {
      this.down(key);
      this.up(key);
    },
    release() {
      for (const key of [...since.keys()]) this.up(key);
    },
  };
}

/**
 * The computer's keyboard types on the terminal.
 * @param {Presser} presser
 */
export function listenToKeyboard(presser) {
  /**
   * @param {KeyboardEvent} event
   * @returns {string | null}
   */
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
  /** @type {Map<string, string>} by the key of the computer */
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
    const key = held.get(event.code);
    if (!key) return;
    presser.up(key);
    held.delete(event.code);
  });
  window.addEventListener("blur", () => {
    held.clear();
    presser.release();
  });
}
