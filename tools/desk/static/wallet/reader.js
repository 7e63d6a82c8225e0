/* What is on the reader; putting on and taking off. */

import { nameOf } from "./faces.js";
import { messageOf } from "../base/ui.js";

/** @typedef {import("./faces.js").Face} Face */

/**
 * The wallet's own: its list, the sessions that were loaded, and which of them was on the reader last.
 * @typedef {object} Desk
 * @property {import("../base/bus.js").Bus} bus
 * @property {HTMLElement} list
 * @property {HTMLElement} reader
 * @property {{sessions: Face[], lastSession: Face | null}} own
 */

const RECORDED = "recorded";    // what the bench calls every recorded session

/**
 * @param {Desk} desk
 * @returns {Face[]}
 */
export function faces({ bus, own }) {
  return [...bus.state.cards, ...own.sessions];
}

/**
 * @param {Desk} desk
 * @returns {Face | null}
 */
export function faceOnReader(desk) {
  const name = desk.bus.state.card;
  if (!name) return null;
  if (name === RECORDED && desk.own.lastSession) return desk.own.lastSession;
  const unknown = { name, label: name === RECORDED ? desk.bus.t("fact.session") : name, scheme: "" };
  return faces(desk).find((face) => face.name === name) || unknown;
}

/**
 * @param {Desk} desk
 * @param {Face} face
 */
export async function putOn(desk, face) {
  const { bus, own } = desk;
  if (!bus.state.power) {
    bus.toast(bus.t("wallet.nopower"), "error");
    return;
  }
  if (face.script) own.lastSession = face;
  const message = face.script ? { do: "card", script: { exchanges: face.script.exchanges } }
    : { do: "card", card: face.name };
  try {
    await bus.send(message);
    bus.say(bus.t("said.on", { name: nameOf(bus, face) }));
    desk.reader.scrollIntoView({ block: "nearest" });    // on one column it may be above the window
  } catch (error) {
    bus.toast(messageOf(error), "error");
  }
}

/** @param {Desk} desk */
export async function takeOff(desk) {
  try {
    await desk.bus.send({ do: "card-off" });
    desk.bus.say(desk.bus.t("said.off"));
  } catch (error) {
    desk.bus.toast(messageOf(error), "error");
  }
}

/**
 * @param {Desk} desk
 * @param {Face} face
 */
export function isOn(desk, face) {
  return faceOnReader(desk)?.name === face.name;
}
