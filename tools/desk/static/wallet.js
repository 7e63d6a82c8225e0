/* The wallet: test cards, phones, cards of one's own and recorded sessions; dragged or clicked onto the reader. */

import * as ui from "./ui.js";
import { makeCardDialog } from "./wallet_make.js";

const { el, svg, icon } = ui;
const DRAG_FROM_PX = 7;
const SESSION_LIMIT = 2000000;
const RECORDED = "recorded";    // what the bench calls every recorded session
const SCHEMES = ["visa", "mastercard", "unionpay"];

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

  const own = { sessions: [], lastSession: null };
  const desk = { bus, root, list, own, reader: document.getElementById("reader") };

  make.addEventListener("click", () => makeCardDialog(bus, make, (made) => (
    bus.send({ do: "card", made }).catch((error) => bus.toast(error.message, "error")))));
  load.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    if (file.files[0]) readSession(desk, file.files[0]);
    file.value = "";
  });

  list.addEventListener("keydown", (event) => moveFocus(list, event));
  for (const event of ["hello", "cards"]) bus.on(event, () => showCards(desk));
  bus.on("card", () => showReader(desk));
  bus.on("language", () => showCards(desk));
  showCards(desk);
}

/* ---- what is in the wallet ---- */

/* The face of a card: {name, label, scheme, phone?, pan?, pin?, balance?, script?}. */
function faces({ bus, own }) {
  return [...bus.state.cards, ...own.sessions];
}

function faceOnReader(desk) {
  const name = desk.bus.state.card;
  if (!name) return null;
  if (name === RECORDED && desk.own.lastSession) return desk.own.lastSession;
  const unknown = { name, label: name === RECORDED ? desk.bus.t("fact.session") : name, scheme: "" };
  return faces(desk).find((face) => face.name === name) || unknown;
}

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
    desk.list.querySelector(`[data-name="${face.name}"]`).focus();
  } catch (error) {
    bus.toast(bus.t("session.bad", { why: error.message }), "error");
  }
}

/* ---- how it is drawn ---- */

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

function schemeOf(face) {
  return SCHEMES.includes(face.scheme) ? face.scheme : "plain";
}

/* The name on the front; a card of one's own is called by its label. */
function nameOf(bus, face) {
  const key = `card.${face.name}`;
  const known = bus.t(key);
  return known === key ? String(face.label || face.name) : known;
}

function numberOf(face) {
  const digits = String(face.pan || "").replace(/\D/g, "");
  return digits.length >= 4 ? `•••• ${digits.slice(-4)}` : "";
}

/* What is worth knowing; `spoken` with a word before the balance, which on the front explains itself. */
function facts(bus, face, spoken) {
  if (face.script) return [bus.t("fact.session")];
  const words = [];
  if (Number.isInteger(face.balance)) {
    words.push(bus.t(spoken ? "fact.balance" : "fact.money", { amount: bus.money(face.balance) }));
  }
  if (face.pin) words.push(bus.t("fact.pin", { pin: face.pin }));
  return words;
}

function drawFace(bus, face) {
  const known = facts(bus, face, false);
  const shown = known.length ? known.join(" · ") : "";
  return [
    el("span", { class: "card-top" }, el("span", { class: "card-name", text: nameOf(bus, face) }),
      face.phone ? el("span", { class: "lens" }) : wordmark(face.scheme)),
    el("span", { class: "card-middle" }, el("span", { class: "chip" }), icon("waves")),
    el("span", { class: "card-number", text: numberOf(face) }),
    el("span", { class: "card-foot", text: shown || String(face.label || "") }),
  ];
}

function describe(bus, face, on) {
  const parts = [nameOf(bus, face), face.label === nameOf(bus, face) ? "" : face.label, numberOf(face).slice(5),
    ...facts(bus, face, true), bus.t(on ? "card.on" : "card.off")];
  return parts.filter(Boolean).join(", ");
}

function cardClass(face) {
  const kind = String(face.name).replace(/[^a-z0-9-]/g, "");
  return `card scheme-${schemeOf(face)}${face.phone ? " phone" : ""} kind-${kind}`;
}

function showCards(desk) {
  const { bus, list, own } = desk;
  const focused = document.activeElement?.closest?.(".cards .card")?.dataset.name;
  ui.clear(list);
  for (const face of faces(desk)) {
    const card = el("button", { type: "button", class: cardClass(face), tabindex: -1, data: { name: face.name } },
      ...drawFace(bus, face));
    const row = el("li", {}, card);
    if (face.script) {
      const away = el("button", { type: "button", class: "away", on: { click: () => {
        own.sessions = own.sessions.filter((other) => other !== face);
        showCards(desk);
        document.getElementById("make-card").focus();
      } } }, icon("trash"));
      away.setAttribute("aria-label", bus.t("card.forget", { name: nameOf(bus, face) }));
      row.append(away);
    }
    makeDraggable(desk, card, face);
    list.append(row);
  }
  const again = [...list.querySelectorAll(".card")].find((card) => card.dataset.name === focused);
  const first = again || list.querySelector(".card");
  if (first) first.tabIndex = 0;
  if (again) again.focus();
  showReader(desk);
}

function showReader(desk) {
  const { bus, list, reader } = desk;
  const face = faceOnReader(desk);
  for (const card of list.querySelectorAll(".card")) {
    const on = Boolean(face) && card.dataset.name === face.name;
    const shown = faces(desk).find((other) => other.name === card.dataset.name);
    card.setAttribute("aria-pressed", String(on));
    card.setAttribute("aria-label", describe(bus, shown, on));
  }
  reader.querySelector(".on-reader")?.remove();
  reader.classList.toggle("busy", Boolean(face));
  if (!face) return;
  const card = el("button", { type: "button", class: `${cardClass(face)} on-reader`, id: "card-on-reader" },
    ...drawFace(bus, face));
  card.setAttribute("aria-label", describe(bus, face, true));
  makeDraggable(desk, card, face);
  reader.append(card);
}

/* ---- putting on and taking off ---- */

async function putOn(desk, face) {
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
  } catch (error) {
    bus.toast(error.message, "error");
  }
}

async function takeOff(desk) {
  try {
    await desk.bus.send({ do: "card-off" });
    desk.bus.say(desk.bus.t("said.off"));
  } catch (error) {
    desk.bus.toast(error.message, "error");
  }
}

function isOn(desk, face) {
  return faceOnReader(desk)?.name === face.name;
}

function moveFocus(list, event) {
  const cards = [...list.querySelectorAll(".card")];
  const at = cards.indexOf(event.target);
  if (at < 0) return;
  const to = {
    ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: cards.length - 1,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = cards[Math.min(Math.max(to, 0), cards.length - 1)];
  cards[at].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/* A press that moves is a drag, one that does not is a click; both end in the same two functions. */
function makeDraggable(desk, card, face) {
  let from = null;
  let ghost = null;
  let dragged = false;

  const over = (event) => {
    const box = document.getElementById("terminal-body").getBoundingClientRect();
    // The reader and the upper half of the terminal take a card: a hand does not aim to the dot.
    return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top - 40
      && event.clientY <= box.top + box.height / 2;
  };
  const place = (event) => {
    ghost.style.left = `${event.clientX - from.dx}px`;
    ghost.style.top = `${event.clientY - from.dy}px`;
    desk.reader.classList.toggle("over", over(event));
  };
  const end = () => {
    ghost?.remove();
    ghost = null;
    from = null;
    card.classList.remove("lifted");
    desk.reader.classList.remove("over", "ready");
  };

  card.addEventListener("mousedown", (event) => event.preventDefault());    // the focus stays where it is
  card.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    from = { x: event.clientX, y: event.clientY };
    dragged = false;
  });
  card.addEventListener("pointermove", (event) => {
    if (!from) return;
    if (!ghost) {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) < DRAG_FROM_PX) return;
      dragged = true;
      card.setPointerCapture(event.pointerId);
      const box = card.getBoundingClientRect();
      ghost = el("div", { class: `${cardClass(face)} ghost`, "aria-hidden": "true" }, ...drawFace(desk.bus, face));
      document.body.append(ghost);
      const width = Math.max(box.width, 190);
      ghost.style.width = `${width}px`;
      from.dx = Math.min(from.x - box.left, width);
      from.dy = Math.min(from.y - box.top, width / 1.6);
      card.classList.add("lifted");
      desk.reader.classList.add("ready");
    }
    place(event);
  });
  card.addEventListener("pointerup", (event) => {
    if (ghost) {
      const target = over(event);
      if (target && !isOn(desk, face)) putOn(desk, face);
      else if (!target && isOn(desk, face)) takeOff(desk);
    }
    end();
  });
  card.addEventListener("pointercancel", end);
  card.addEventListener("click", () => {
    if (dragged) {
      dragged = false;
      return;
    }
    if (isOn(desk, face)) takeOff(desk);
    else putOn(desk, face);
  });
}
