/* Lessons: the list with its progress in the tab, and the running lesson as a card below the tabs, whole; while it is
scrolled out of sight a bar at the foot says the step and leads back.  The server checks the steps; here they are only shown.

The panel tells the server what the student looks at: {"do": "opened"} with the id of an entry of the wire (the page's
event "opened" {entry}, and clicks or Enter on elements with data-entry-id) or with the name of a tab. */

import { makeAway } from "./away.js";
import { paragraphs, predictionBox, questionBox, spoken } from "./card.js";
import { TEXTS } from "./texts.js";
import { byId, clear, el, icon, messageOf, recall, remember } from "../base/ui.js";

/** @typedef {import("../state.js").Lesson} Lesson */
/** @typedef {import("../state.js").Text} Text */

/**
 * A lesson of the list.
 * @typedef {{id: string, title: Text, about: Text, minutes: number, steps: number}} Head
 */

/**
 * How far one came, as the browser remembers it.
 * @typedef {Record<string, {step?: number, done?: boolean}>} Progress
 */

/**
 * @param {HTMLElement} root
 * @param {import("../base/bus.js").Bus} bus
 */
export async function mount(root, bus) {
  bus.addTexts(TEXTS);

  /** @type {Head[]} */
  let lessons = [];
  /** @type {string[]} */
  let errors = [];
  /** @type {Lesson | null} what is shown */
  let now = null;
  /** @type {Text[]} texts of the steps so far, for "step before" */
  let seen = [];
  let back = 0;             // how many steps back one reads
  let told = "";
  let wanted = "";          // the lesson that was asked for here, until its card is shown
  /** @type {Progress} */
  const progress = recall("lessons") || {};

  const list = el("ul", { class: "lesson-list" });
  const broken = el("div", { class: "lesson-broken", role: "alert", hidden: true });
  const none = el("p", { class: "empty", t: "lesson.none", hidden: true });
  root.append(
    el("header", { class: "panel-head" }, el("h2", { t: "lesson.list" }), el("p", { t: "lesson.list.hint" })),
    broken, none, list);

  const card = el("section", { id: "lesson", class: "lesson", hidden: true, tLabel: "lesson.running", tabindex: "-1" });
  byId("lead").append(card);
  const away = makeAway(bus, card);

  /** @param {{do: string, [name: string]: unknown}} message */
  const send = (message) => bus.send(message).catch((error) => bus.toast(error.message, "error"));
  /** @param {string} id */
  const start = (id) => {
    seen = [];
    back = 0;
    wanted = id;
    send({ do: "lesson-start", lesson: id });
  };

  /* ---- the list ---- */

  /** @param {Head} lesson */
  function mark(lesson) {
    const known = progress[lesson.id] || {};
    if (known.done) {
      return el("p", { class: "lesson-mark lesson-good" }, icon("cap"), el("span", { t: "lesson.done" }));
    }
    if (known.step) {
      return el("p", { class: "lesson-mark" }, el("span", { t: "lesson.begun", values: { n: known.step } }));
    }
    return null;
  }

  function drawList() {
    clear(list);
    lessons.forEach((lesson, at) => {
      const known = progress[lesson.id] || {};
      const title = bus.text(lesson.title);
      const running = now?.state === "running" && now.id === lesson.id;
      list.append(el("li", { class: running ? "lesson-row running" : "lesson-row" },
        el("span", { class: "lesson-number", "aria-hidden": "true", text: String(at + 1) }),
        el("div", { class: "lesson-about" },
          el("h3", { text: title }),
          el("p", { text: bus.text(lesson.about) }),
          el("p", { class: "lesson-size" }, el("span", { t: "lesson.minutes", values: { n: lesson.minutes } }), " · ",
            el("span", { t: "lesson.steps", values: { n: lesson.steps } }))),
        el("div", { class: "lesson-go" }, mark(lesson),
          el("button", { type: "button", class: known.done ? "" : "primary", t: known.done ? "lesson.again" : "lesson.start",
            tLabel: "lesson.start.of", values: { title }, data: { lesson: lesson.id },
            on: { click: () => start(lesson.id) } }))));
    });
    none.hidden = lessons.length > 0;
    broken.hidden = errors.length === 0;
    clear(broken);
    if (errors.length) {
      broken.append(el("p", { t: "lesson.broken" }), el("ul", {}, ...errors.map((text) => el("li", { text }))));
    }
  }

  /* ---- the running lesson ---- */

  function drawCard() {
    const active = document.activeElement;
    const focused = active instanceof HTMLElement && card.contains(active) ? active.dataset.part : undefined;
    clear(card);
    const lesson = now?.state === "stopped" ? null : now;
    card.hidden = !lesson;
    if (bus.taught === card.hidden) {
      bus.taught = !card.hidden;
      bus.emit("lesson-shown", { shown: bus.taught });
    }
    away.tell(lesson);
    if (!lesson) return;
    const finished = lesson.state === "finished";
    const stop = el("button", { type: "button", class: "plain lesson-stop", data: { part: "stop" },
      on: { click: () => send({ do: "lesson-stop" }) } },
      icon("x"), el("span", { t: finished ? "lesson.close" : "lesson.stop" }));
    const place = finished ? el("span", { t: "lesson.finished" })
      : lesson.step ? el("span", { t: "lesson.step", values: { n: lesson.step, m: lesson.of } }) : el("span", { t: "lesson.ready" });
    card.append(
      el("header", { class: "lesson-head" }, icon("cap"),
        el("div", {}, el("h2", { text: bus.text(lesson.title) }), el("p", { class: "lesson-place" }, place)), stop),
      el("progress", { class: "lesson-bar", max: lesson.of, value: finished ? lesson.of : Math.max(0, lesson.step - 1),
        "aria-label": bus.t("lesson.step", { n: lesson.step, m: lesson.of }) }));
    const body = el("div", { class: "lesson-body" });
    card.append(body);
    if (finished) {
      body.append(el("p", { t: "lesson.finished.text" }));
      const at = lessons.findIndex((each) => each.id === lesson.id);
      const next = at >= 0 ? lessons[at + 1] : null;
      if (next) {
        body.append(el("div", { class: "lesson-acts" }, el("button", { type: "button", class: "primary",
          text: bus.t("lesson.next", { title: bus.text(next.title) }), data: { part: "next" },
          on: { click: () => start(next.id) } })));
      }
    } else if (back > 0) {
      body.append(el("div", { class: "lesson-text lesson-old" }, ...paragraphs(bus.text(seen[seen.length - 1 - back]))));
      body.append(el("div", { class: "lesson-acts" }, before(), el("button", { type: "button", class: "primary",
        t: "lesson.now", data: { part: "now" }, on: { click: () => { back = 0; drawCard(); } } })));
    } else {
      drawStep(body, lesson);
    }
    const again = focused && card.querySelector(`[data-part="${focused}"]`);
    if (focused) (again instanceof HTMLElement ? again : card).focus({ preventScroll: true });
    if (wanted === lesson.id && !finished) {
      wanted = "";
      card.scrollIntoView({ block: "start" });
      card.focus({ preventScroll: true });
    }
  }

  function before() {
    if (seen.length - 1 - back < 1) return null;
    return el("button", { type: "button", class: "plain", t: "lesson.before", data: { part: "before" },
      on: { click: () => { back += 1; drawCard(); } } });
  }

  /**
   * @param {HTMLElement} body
   * @param {Lesson} lesson
   */
  function drawStep(body, lesson) {
    const prediction = predictionBox(bus, lesson);
    if (prediction) body.append(prediction);
    body.append(el("div", { class: "lesson-text" }, ...paragraphs(bus.text(lesson.text))));
    if (lesson.hint) {
      body.append(el("p", { class: "lesson-hint" }, el("strong", { t: "lesson.hint.head" }), " ", bus.text(lesson.hint)));
    }
    const question = questionBox(bus, lesson, (choice) => send({ do: "answer", choice }));
    if (question) body.append(question);
    const acts = el("div", { class: "lesson-acts" });
    if (lesson.offers.continue) {
      acts.append(el("button", { type: "button", class: "primary", t: "lesson.continue", data: { part: "continue" },
        on: { click: () => send({ do: "pressed", what: "continue" }) } }));
    }
    if (lesson.offers.hint) {
      acts.append(el("button", { type: "button", t: "lesson.hint", data: { part: "hint" },
        on: { click: () => send({ do: "lesson-hint" }) } }));
    }
    const older = before();
    if (older) acts.append(older);
    if (lesson.wants === "act") acts.append(el("p", { class: "hint", t: "lesson.act" }));
    body.append(acts);
  }

  /* ---- what comes ---- */

  /** @param {Lesson} lesson */
  function keep(lesson) {
    const known = progress[lesson.id] || {};
    const better = lesson.done || (lesson.state === "running" && lesson.step > (known.step || 0));
    if (!better) return;
    progress[lesson.id] = { step: Math.max(lesson.step, known.step || 0), done: Boolean(known.done || lesson.done) };
    remember("lessons", progress);
  }

  /**
   * @param {Lesson} event
   * @param {boolean} fresh    told just now, not found after a reload
   */
  function take(event, fresh) {
    const other = !now || now.id !== event.id || now.state !== event.state;
    if (!now || now.id !== event.id || event.step < now.step) seen = [];
    if (event.state === "running" && seen.at(-1)?.en !== event.text?.en) {
      seen.push(event.text);
      back = 0;
    }
    now = event;
    keep(event);
    drawCard();
    if (other) drawList();
    if (fresh && event.show && event.show !== bus.tab) bus.showTab(event.show);
    const text = spoken(bus, event);
    if (fresh && text && text !== told) bus.say(text);
    told = text;
  }

  /** @param {{what?: string, entry?: number}} message */
  const look = (message) => {
    if (now?.state === "running") bus.send({ do: "opened", ...message }).catch(() => undefined);   // the step just waits on
  };
  bus.on("lesson", (event) => take(event, true));
  bus.on("hello", (event) => {
    if (event.lesson) take(event.lesson, false);
    else if (now) {
      now = null;
      drawCard();
      drawList();
    }
  });
  bus.on("lesson-asked", ({ id }) => start(id));
  bus.on("tab", ({ name }) => look({ what: name }));
  bus.on("opened", ({ entry }) => { if (Number.isInteger(entry?.id)) look({ entry: entry.id }); });
  bus.on("language", () => {
    drawList();
    drawCard();
  });

  try {
    ({ lessons, errors } = await bus.get("/lessons.json"));
  } catch (error) {
    errors = [messageOf(error)];
  }
  drawList();
}
