/* Parts of the running lesson's card, and how a step is read out. */

import { el } from "../base/ui.js";

/** @typedef {import("../base/bus.js").Bus} Bus */
/** @typedef {import("../state.js").Lesson} Lesson */

/**
 * The paragraphs and lists of a text.
 * @param {string} text
 * @returns {HTMLElement[]}
 */
export function paragraphs(text) {
  /** @type {HTMLElement[]} */
  const nodes = [];
  for (const part of text.split("\n\n")) {
    const lines = part.split("\n");
    const plain = lines.filter((line) => !line.startsWith("- "));
    const items = lines.filter((line) => line.startsWith("- "));
    if (plain.length) nodes.push(el("p", { text: plain.join(" ") }));
    if (items.length) nodes.push(el("ul", { class: "lesson-items" }, ...items.map((line) => el("li", { text: line.slice(2) }))));
  }
  return nodes;
}

/**
 * @param {Bus} bus
 * @param {Lesson} lesson
 * @param {(choice: number) => void} answer
 */
export function questionBox(bus, { question, offers }, answer) {
  if (!question) return null;
  const box = el("div", { class: "lesson-question", role: "group", "aria-label": bus.text(question.text) });
  if (question.prediction) box.append(el("p", { class: "lesson-kicker", t: "lesson.predict" }));
  box.append(el("p", { class: "lesson-ask", text: bus.text(question.text) }));
  const choices = el("div", { class: "lesson-choices" });
  question.choices.forEach((choice, number) => {
    const state = choice.right === true ? "right" : choice.right === false ? "wrong" : choice.chosen ? "chosen" : "";
    const button = el("button", { type: "button", class: `lesson-choice ${state}`, text: bus.text(choice.text),
      disabled: !offers.choices.includes(number), "aria-pressed": String(choice.chosen), data: { choice: number },
      on: { click: () => answer(number) } });
    choices.append(button);
    if (choice.because) {
      choices.append(el("p", { class: `lesson-because ${state}` },
        el("strong", { t: choice.right ? "lesson.right" : "lesson.wrong" }), " ", bus.text(choice.because)));
    }
  });
  box.append(choices);
  return box;
}

/**
 * What was predicted, against what was seen.
 * @param {Bus} bus
 * @param {Lesson} lesson
 */
export function predictionBox(bus, { prediction }) {
  if (!prediction) return null;
  const right = prediction.right;
  return el("div", { class: `lesson-because ${right ? "right" : "wrong"}` },
    el("p", {}, el("strong", { t: "lesson.said" }), " ", bus.text(prediction.said), " ",
      el("strong", { t: right ? "lesson.right" : "lesson.wrong" })),
    right ? null : el("p", {}, el("strong", { t: "lesson.so" }), " ", bus.text(prediction.answer)),
    el("p", { text: bus.text(prediction.because) }));
}

/**
 * A step as it is read out.
 * @param {Bus} bus
 * @param {Lesson} lesson
 */
export function spoken(bus, lesson) {
  if (lesson.state === "finished") return `${bus.t("lesson.finished")}. ${bus.t("lesson.finished.text")}`;
  if (lesson.state !== "running") return "";
  const said = [lesson.step ? bus.t("lesson.step", { n: lesson.step, m: lesson.of }) : bus.t("lesson.ready")];
  if (lesson.prediction) said.push(bus.text(lesson.prediction.because));
  said.push(bus.text(lesson.text));
  if (lesson.hint) said.push(`${bus.t("lesson.hint.head")} ${bus.text(lesson.hint)}`);
  if (lesson.question) {
    said.push(bus.text(lesson.question.text));
    const last = lesson.question.choices.filter((choice) => choice.because).at(-1);
    if (last) said.push(`${bus.t(last.right ? "lesson.right" : "lesson.wrong")} ${bus.text(last.because)}`);
  }
  return said.join(" ");
}
