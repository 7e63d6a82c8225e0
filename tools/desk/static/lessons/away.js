/* The bar at the foot of the page: what the running lesson wants, while its card is out of sight. */

import { byId, clear, el, icon } from "../base/ui.js";

/** @typedef {import("../state.js").Lesson} Lesson */

/**
 * @param {import("../base/bus.js").Bus} bus
 * @param {HTMLElement} card    of the running lesson
 */
export function makeAway(bus, card) {
  const bar = el("button", { type: "button", id: "lesson-away", class: "lesson-away", hidden: true, on: { click: () => {
    card.scrollIntoView({ block: "start" });
    card.focus({ preventScroll: true });
  } } });
  byId("work").append(bar);
  let seen = true;
  const show = () => {
    bar.hidden = seen || card.hidden;
  };
  // The head and the tabs cover the upper edge of the window.
  new IntersectionObserver((entries) => {
    seen = entries[entries.length - 1].isIntersecting;
    show();
  }, { rootMargin: "-120px 0px -40px 0px" }).observe(card);
  let told = "";
  return {
    /** @param {Lesson | null} lesson */
    tell(lesson) {
      show();
      if (!lesson) return;
      const finished = lesson.state === "finished";
      const place = bus.t(finished ? "lesson.finished" : lesson.step ? "lesson.step" : "lesson.ready", { n: lesson.step, m: lesson.of });
      const text = finished ? "" : bus.text(lesson.text).split("\n\n")[0];
      if (place + text === told) return;
      told = place + text;
      // A new node each time, so that its colour flashes anew.
      clear(bar).append(el("span", { class: "lesson-news" }, icon("cap"), el("strong", { text: place }),
        el("span", { class: "lesson-short", text })));
    },
  };
}
