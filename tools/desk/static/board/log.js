/* What the board says by itself, as lines. */

import * as ui from "../base/ui.js";

const { el, icon } = ui;
const KEPT = 500;
const SHOWN = 14;
const UNSEEN = /[^\P{Cc}\t\r\n]/gu;    // control characters: the prompt's, and those of a loader at another speed

/** @param {import("../base/bus.js").Bus} bus */
export function makeLog(bus) {
  /** @type {string[]} */
  let lines = [];
  const decoder = new TextDecoder();
  const text = el("pre", { class: "board-log", tabindex: "0", role: "log", tLabel: "board.step.log" });
  const copy = el("button", { type: "button", id: "board-log-copy", on: { click: async () => {
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
      bus.toast(bus.t("board.log.copied"));
    } catch {
      bus.toast(bus.t("board.log.nocopy"), "error");
    }
  } } }, icon("copy"), el("span", { t: "board.log.copy" }));
  const show = () => {
    const shown = lines.slice(-SHOWN).join("\n").trimEnd();
    text.textContent = shown || bus.t("board.log.none");
    copy.disabled = !shown;
  };
  bus.on("language", show);
  show();
  return {
    text, copy,

    /** @param {Uint8Array} data */
    hear(data) {
      const [first, ...more] = decoder.decode(data, { stream: true }).replace(UNSEEN, "").split(/\r\n|\n|\r/);
      lines = [...lines.slice(0, -1), (lines.at(-1) ?? "") + first, ...more].slice(-KEPT);
      show();
    },

    /** @param {string} line */
    note(line) {
      lines = [...lines, line].slice(-KEPT);
      show();
    },
  };
}
