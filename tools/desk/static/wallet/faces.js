/* How a card looks, and how it is described to who does not see it. */

import { el, icon, svg } from "../base/ui.js";

/** @typedef {import("../base/bus.js").Bus} Bus */

/**
 * A card of the wallet, or a recorded session, which has a script.
 * @typedef {import("../state.js").Card & {script?: {exchanges: unknown[]}}} Face
 */

const SCHEMES = ["visa", "mastercard", "unionpay"];

/** @param {string} scheme */
function wordmark(scheme) {
  if (scheme === "visa") return el("span", { class: "mark visa", text: "VISA" });
  if (scheme === "unionpay") return el("span", { class: "mark unionpay" }, el("b", { text: "UnionPay" }));
  if (scheme === "mastercard") {
    return el("span", { class: "mark mastercard" },
      svg("svg", { viewBox: "0 0 46 28", "aria-hidden": "true", focusable: "false" },
        svg("circle", { cx: 15, cy: 14, r: 13, fill: "#eb001b" }),
        svg("circle", { cx: 31, cy: 14, r: 13, fill: "#f79e1b" }),
        svg("path", { d: "M23 3.800a13 13 0 0 1 0 20.400a13 13 0 0 1 0-20.400z", fill: "#ff5f00" })));
  }
  return el("span", { class: "mark" });
}

/** @param {Face} face */
function schemeOf(face) {
  return SCHEMES.includes(face.scheme) ? face.scheme : "plain";
}

/**
 * The name on the front; a card of one's own is called by its label.
 * @param {Bus} bus
 * @param {Face} face
 * @returns {string}
 */
export function nameOf(bus, face) {
  const key = `card.${face.name}`;
  const known = bus.t(key);
  return known === key ? String(face.label || face.name) : known;
}

/** @param {Face} face */
function numberOf(face) {
  const digits = String(face.pan || "").replace(/\D/g, "");
  return digits.length >= 4 ? `•••• ${digits.slice(-4)}` : "";
}

/**
 * What is worth knowing; `spoken` with a word before the balance, which on the front explains itself.
 * @param {Bus} bus
 * @param {Face} face
 * @param {boolean} spoken
 */
function facts(bus, face, spoken) {
  if (face.script) return [bus.t("fact.session")];
  const words = [];
  if (typeof face.balance === "number" && Number.isInteger(face.balance)) {
    words.push(bus.t(spoken ? "fact.balance" : "fact.money", { amount: bus.money(face.balance) }));
  }
  if (face.pin) words.push(bus.t("fact.pin", { pin: face.pin }));
  return words;
}

/**
 * What is seen of it; a screen reader gets describe() instead.
 * @param {Bus} bus
 * @param {Face} face
 */
export function drawFace(bus, face) {
  const known = facts(bus, face, false);
  const shown = known.length ? known.join(" · ") : "";
  return [
    el("span", { class: "card-top", "aria-hidden": "true" }, el("span", { class: "card-name", text: nameOf(bus, face) }),
      face.phone ? el("span", { class: "lens" }) : wordmark(face.scheme)),
    el("span", { class: "card-middle" }, el("span", { class: "chip" }), icon("waves")),
    el("span", { class: "card-number", "aria-hidden": "true", text: numberOf(face) }),
    el("span", { class: "card-foot", "aria-hidden": "true", text: shown || String(face.label || "") }),
  ];
}

/**
 * @param {Bus} bus
 * @param {Face} face
 * @param {boolean} on
 */
export function describe(bus, face, on) {
  const parts = [nameOf(bus, face), face.label === nameOf(bus, face) ? "" : face.label, numberOf(face).slice(5),
    ...facts(bus, face, true), bus.t(on ? "card.on" : "card.off")];
  return parts.filter(Boolean).join(", ");
}

/** @param {Face} face */
export function cardClass(face) {
  const kind = String(face.name).replace(/[^a-z0-9-]/g, "");
  return `card scheme-${schemeOf(face)}${face.phone ? " phone" : ""} kind-${kind}`;
}
