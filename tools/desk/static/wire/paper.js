/* The printed page: the time line as a picture, then every entry with its explanation. */

import { el } from "../base/ui.js";
import { explained } from "./detail.js";
import { svgElement } from "./svg.js";

/**
 * @param {string} title
 * @param {import("./svg.js").Drawing} drawing
 * @param {import("../state.js").Entry[]} entries
 * @param {import("./captions.js").Words} words
 */
export function printPaper(title, drawing, entries, words) {
  document.querySelector(".wire-print")?.remove();
  const paper = el("div", { class: "wire-print" }, svgElement(drawing), el("h2", { text: title }),
    ...entries.map((entry) => el("section", {}, ...explained(entry, words, true))));
  const page = document.documentElement;
  document.body.append(paper);
  page.classList.add("wire-printing");
  window.addEventListener("afterprint", () => {
    page.classList.remove("wire-printing");
    paper.remove();
  }, { once: true });
  window.print();
}
