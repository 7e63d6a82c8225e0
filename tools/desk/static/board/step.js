/* One step of the way, as a card: its number, its title, its state, what is to be done, and what went wrong. */

import * as ui from "../base/ui.js";
import { Trouble } from "./trouble.js";

const { el, icon } = ui;

/** @typedef {"todo" | "now" | "done" | "trouble"} State */

/** @typedef {ReturnType<typeof makeStep>} Step */

/**
 * @param {number} number
 * @param {string} name
 */
export function makeStep(number, name) {
  const state = el("span", { class: "board-state" });
  const title = el("h3", { id: `board-step-${name}` }, el("span", { t: `board.step.${name}` }));
  const problem = el("p", { class: "board-problem", role: "alert", hidden: true });
  const body = el("div", { class: "board-body" });
  const bar = el("progress", { class: "board-bar", max: 1, value: 0, tLabel: "board.progress.name" });
  const count = el("span", { class: "board-count" });
  const meter = el("div", { class: "board-meter", hidden: true }, bar, count);
  const node = el("section", { class: "board-step", "aria-labelledby": `board-step-${name}`, data: { step: name } },
    el("header", {}, el("span", { class: "board-number", "aria-hidden": "true", text: String(number) }), title, state),
    problem, body, meter);
  let began = 0;

  const step = {
    node, body,

    /** @param {State} wanted */
    set(wanted) {
      node.dataset.state = wanted;
      ui.say(state, `board.state.${wanted}`);
      body.hidden = wanted === "todo";
      if (wanted !== "trouble") problem.hidden = true;
      if (wanted === "todo") meter.hidden = true;
      return step;
    },

    /** @param {(Node | null)[]} content */
    show(...content) {
      ui.clear(body);
      for (const each of content) if (each) body.append(each);
    },

    /**
     * What went wrong, and what to do about it.
     * @param {unknown} error
     */
    trouble(error) {
      step.set("trouble");
      ui.clear(problem);
      const [key, values] = error instanceof Trouble ? [error.key, error.values] : ["board.other", { why: ui.messageOf(error) }];
      problem.append(icon("warn"), el("span", { t: key, values }));
      problem.hidden = false;
      meter.hidden = true;
    },

    /** It begins to be counted. */
    begin() {
      began = performance.now();
      meter.hidden = false;
      step.progress(0, 1);
    },

    /** Seconds since then. */
    get seconds() {
      return Math.round((performance.now() - began) / 100) / 10;
    },

    /**
     * @param {number} done    bytes
     * @param {number} all
     */
    progress(done, all) {
      bar.max = Math.max(all, 1);
      bar.value = done;
      ui.say(count, "board.progress", { done: Math.ceil(done / 1024), all: Math.ceil(all / 1024), s: step.seconds.toFixed(1) });
    },

    /** It is over. */
    end() {
      meter.hidden = true;
    },
  };
  return step.set("todo");
}

/**
 * A field for a file, in the page's own words.
 * @param {string} id
 * @param {string} labelKey
 * @param {string} accept
 */
export function makePick(id, labelKey, accept) {
  const input = el("input", { type: "file", id, accept, class: "unseen" });
  const name = el("span", { class: "board-name", t: "board.nofile" });
  input.addEventListener("change", () => {
    const chosen = input.files?.[0]?.name;
    if (chosen === undefined) ui.say(name, "board.nofile");
    else {
      name.removeAttribute("data-t-text");
      name.textContent = chosen;
    }
  });
  const row = el("div", { class: "board-pick" }, input,
    el("label", { for: id, class: "board-choose" }, icon("file"), el("span", { t: "board.choose" })), name);
  return { input, row, label: el("label", { for: id, t: labelKey }) };
}
