/* The line between terminal and bank: what guards it, and somebody who has his hand on it. */

import * as ui from "../base/ui.js";

/** @typedef {import("../base/bus.js").Bus} Bus */
/** @typedef {import("../state.js").Line} Line */

/**
 * What the panel builds its items of.
 * @typedef {object} Parts
 * @property {(id: string, act: () => void) => HTMLButtonElement} toggle
 * @property {(id: string, control: HTMLElement, extra?: HTMLElement | null, state?: HTMLElement) => HTMLElement} item
 * @property {(bus: Bus, message: {do: string, [name: string]: unknown}) => Promise<unknown>} tell
 */

const { el } = ui;
export const HAND = "hand";    // in the list of faults
/** @type {{name: string, id: string, choices: {id: string, is: (line: Line) => boolean, set: Partial<Line>}[]}[]} */
const SET_UP = [
  { name: "line.guard", id: "line-guard", choices: [
    { id: "tls", is: (line) => line.tls, set: { tls: true } },
    { id: "plain", is: (line) => !line.tls, set: { tls: false } }] },
  { name: "line.mac", id: "line-mac", choices: [
    { id: "ecb", is: (line) => line.mac === "ecb", set: { mac: "ecb" } },
    { id: "retail", is: (line) => line.mac === "retail", set: { mac: "retail" } }] },
];

/**
 * @param {Bus} bus
 * @param {Parts} parts
 */
export function lineRows(bus, { toggle, item, tell }) {
  const armed = () => bus.state.faults.some((rule) => rule.fault === HAND);
  const state = el("p", { class: "fault-state" });
  const hand = toggle(HAND, () => tell(bus, { do: "hand", on: !armed() }));
  const handItem = item(HAND, hand, null, state);
  /** @type {{button: HTMLButtonElement, is: (line: Line) => boolean}[]} */
  const buttons = [];
  let busy = false;
  const groups = SET_UP.map(({ name, id, choices }) => {
    const group = el("div", { class: "segments", role: "group", "aria-labelledby": id });
    for (const choice of choices) {
      const button = el("button", { type: "button", id: `line-${choice.id}`, t: `line.${choice.id}`, on: { click: async () => {
        busy = true;
        show();
        await tell(bus, { do: "line", ...choice.set });
        busy = false;
        show();
      } } });
      buttons.push({ button, is: choice.is });
      group.append(button);
    }
    return el("div", { class: "choice" }, el("span", { id, t: name }), group);
  });
  const setUp = item("line", el("div", { class: "choices" }, ...groups));
  const show = () => {
    for (const { button, is } of buttons) {
      button.setAttribute("aria-pressed", String(is(bus.state.line)));
      button.disabled = busy;
    }
    setUp.classList.toggle("in-force", !bus.state.line.tls);
    hand.setAttribute("aria-pressed", String(armed()));
    handItem.classList.toggle("in-force", armed());
    state.textContent = armed() ? bus.t("fault.hand.on") : "";
  };
  bus.on(["hello", "faults", "line", "language"], show);
  show();
  return el("ul", { class: "faults" }, setUp, handItem);
}
