/* The guide: what a newcomer sees first.  Three steps to a payment, each ticked off as the terminal shows it, then the way
to the lessons.  It is shown until it is closed, and not again in a browser that has made a payment; a running lesson
takes its place. */

import { el, icon, recall, remember, say } from "../base/ui.js";

/** @typedef {import("../base/bus.js").Bus} Bus */

const STEPS = 3;
const FIRST_LESSON = "sale";

/**
 * @param {HTMLElement} root    it may hold other things too
 * @param {Bus} bus
 */
export function mount(root, bus) {
  let gone = recall("guide") === "seen";
  let reached = 0;    // how many steps are done; STEPS + 1 when a payment has ended
  const end = () => {
    gone = true;
    remember("guide", "seen");
    show();
  };
  const items = Array.from({ length: STEPS }, (_, at) => el("li", {}, el("span", { class: "guide-number", "aria-hidden": "true" }),
    el("span", { t: `guide.${at + 1}` })));
  const list = el("ol", {}, ...items);
  const title = el("h2", { id: "guide-title", t: "guide.title" });
  const done = el("div", { class: "guide-done" },
    el("p", { t: "guide.done" }),
    el("button", { type: "button", class: "primary", id: "guide-lesson", on: { click: () => {
      end();
      bus.showTab("lessons");
      bus.emit("lesson-asked", { id: FIRST_LESSON });
    } } }, icon("cap"), el("span", { t: "guide.lesson" })));
  const card = el("section", { id: "guide", "aria-labelledby": "guide-title" },
    el("header", {}, title,
      el("button", { type: "button", class: "plain round", id: "guide-close", tLabel: "guide.close", on: { click: end } },
        icon("x"))),
    list, done);
  root.prepend(card);

  const show = () => {
    card.hidden = gone || bus.taught;
    const paid = reached > STEPS;
    list.hidden = paid;
    done.hidden = !paid;
    say(title, paid ? "guide.title.done" : "guide.title");
    items.forEach((item, at) => {
      item.classList.toggle("done", at < reached);
      if (at === reached) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
  };
  const look = () => {
    if (gone) return;
    const { power, screen, payment } = bus.state;
    if (reached > STEPS) return;
    if (payment?.kind === "sale" && payment.result) {
      reached = STEPS + 1;
      remember("guide", "seen");
    } else if (!power || screen.names.some((name) => name.startsWith("HINT_IDLE"))) reached = 0;
    else if (screen.names[0] === "ENTER_AMOUNT") reached = 1;
    else if (screen.names.includes("PRESENT_CARD")) reached = 2;
    else if (bus.state.card) reached = 3;
    show();
  };
  bus.on(["hello", "screen", "power", "card", "payment"], look);
  bus.on("lesson-shown", show);
  show();
}
