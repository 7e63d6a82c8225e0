/* The wallet: test cards, phones, cards of one's own and recorded sessions; dragged or clicked onto the reader. */

import * as ui from "../base/ui.js";
import { makeDraggable } from "./drag.js";
import { cardClass, describe, drawFace, nameOf } from "./faces.js";
import { makeCardDialog } from "./make.js";
import { faceOnReader, faces } from "./reader.js";

/** @typedef {import("../base/bus.js").Bus} Bus */
/** @typedef {import("./reader.js").Desk} Desk */

const { el, icon } = ui;
const SESSION_LIMIT = 2000000;

/**
 * @param {HTMLElement} root
 * @param {Bus} bus
 */
export function mount(root, bus) {
  const list = el("ul", { class: "cards", tLabel: "wallet.list" });
  const file = el("input", { type: "file", accept: ".json,.jsonl,.txt,application/json", hidden: true,
    id: "session-file", "aria-hidden": "true", tabindex: "-1" });
  const make = el("button", { type: "button", id: "make-card" }, icon("plus"), el("span", { t: "wallet.make" }));
  const load = el("button", { type: "button", id: "load-session" }, icon("file"), el("span", { t: "wallet.load" }));
  root.append(
    el("div", { class: "wallet-head" }, el("h2", { t: "wallet.name" }),
      el("p", { class: "hint", t: "wallet.hint" })),
    list,
    el("div", { class: "wallet-foot" }, make, load, file));

  /** @type {Desk} */
  const desk = { bus, list, reader: ui.byId("reader"), own: { sessions: [], lastSession: null } };

  make.addEventListener("click", () => makeCardDialog(bus, make, (made) => bus.send({ do: "card", made })));
  load.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    if (file.files?.[0]) readSession(desk, file.files[0]);
    file.value = "";
  });

  list.addEventListener("keydown", (event) => moveFocus(list, event));
  bus.on(["hello", "cards", "language"], () => showCards(desk));
  bus.on("card", () => showReader(desk));
  showCards(desk);
}

/**
 * @param {Desk} desk
 * @param {File} file
 */
async function readSession(desk, file) {
  const { bus, own } = desk;
  try {
    if (file.size > SESSION_LIMIT) throw new Error(bus.t("session.big"));
    const script = JSON.parse(await file.text());
    if (!Array.isArray(script?.exchanges)) throw new Error(bus.t("session.shape"));
    const label = String(script.label || script.name || file.name).slice(0, 40);
    const face = { name: `session-${own.sessions.length + 1}`, label, scheme: "", script };
    own.sessions.push(face);
    showCards(desk);
    bus.toast(bus.t("session.loaded", { name: label }));
    ui.inside(desk.list, `[data-name="${face.name}"]`).focus();
  } catch (error) {
    bus.toast(bus.t("session.bad", { why: ui.messageOf(error) }), "error");
  }
}

/**
 * @param {HTMLElement} list
 * @returns {HTMLElement[]}
 */
function cardsOf(list) {
  return [...list.querySelectorAll("button")].filter((node) => node.classList.contains("card"));
}

/** @param {Desk} desk */
function showCards(desk) {
  const { bus, list, own } = desk;
  const focused = cardsOf(list).find((card) => card === document.activeElement)?.dataset.name;
  ui.clear(list);
  list.style.setProperty("--count", String(faces(desk).length));
  for (const face of faces(desk)) {
    const card = el("button", { type: "button", class: cardClass(face), tabindex: -1, data: { name: face.name } },
      ...drawFace(bus, face), el("span", { class: "unseen" }));
    const row = el("li", {}, card);
    if (face.script) {
      const away = el("button", { type: "button", class: "away", on: { click: () => {
        own.sessions = own.sessions.filter((other) => other !== face);
        showCards(desk);
        ui.byId("make-card").focus();
      } } }, icon("trash"));
      away.setAttribute("aria-label", bus.t("card.forget", { name: nameOf(bus, face) }));
      row.append(away);
    }
    makeDraggable(desk, card, face);
    list.append(row);
  }
  const cards = cardsOf(list);
  const again = cards.find((card) => card.dataset.name === focused);
  const first = again || cards[0];
  if (first) first.tabIndex = 0;
  if (again) again.focus();
  showReader(desk);
}

/** @param {Desk} desk */
function showReader(desk) {
  const { bus, list, reader } = desk;
  const face = faceOnReader(desk);
  for (const card of cardsOf(list)) {
    const on = card.dataset.name === face?.name;
    const shown = faces(desk).find((other) => other.name === card.dataset.name);
    card.setAttribute("aria-pressed", String(on));
    if (shown) ui.inside(card, ".unseen").textContent = describe(bus, shown, on);
  }
  reader.querySelector(".on-reader")?.remove();
  reader.classList.toggle("busy", Boolean(face));
  if (!face) return;
  const card = el("button", { type: "button", class: `${cardClass(face)} on-reader`, id: "card-on-reader" },
    ...drawFace(bus, face), el("span", { class: "unseen", text: describe(bus, face, true) }));
  makeDraggable(desk, card, face);
  reader.append(card);
}

/**
 * @param {HTMLElement} list
 * @param {KeyboardEvent} event
 */
function moveFocus(list, event) {
  const cards = cardsOf(list);
  const at = cards.findIndex((card) => card === event.target);
  if (at < 0) return;
  /** @type {Record<string, number>} */
  const places = {
    ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: cards.length - 1,
  };
  const to = places[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = cards[Math.min(Math.max(to, 0), cards.length - 1)];
  cards[at].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
