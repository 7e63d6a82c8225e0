/* The items of the time line's list, a button for every row.  What was drawn of a row before stays while it looks the same: a
payment has a hundred rows, and they come one by one. */

import { el } from "../base/ui.js";
import { picture } from "./svg.js";

/** @typedef {import("./draw.js").Row} Row */

export class Items {
  /**
   * @param {HTMLElement} list
   * @param {(at: number) => void} choose    is told which row was clicked
   */
  constructor(list, choose) {
    this.list = list;
    this.choose = choose;
    /** @type {Map<string, {looks: string, node: HTMLElement}>} by the keys of the rows */
    this.drawn = new Map();
  }

  buttons() {
    return [...this.list.querySelectorAll("button")];
  }

  /**
   * @param {Row[]} rows
   * @param {string[]} keys    of the rows
   * @param {number} width
   * @param {boolean} news    rows that were not there before are shown as new
   */
  draw(rows, keys, width, news) {
    const items = rows.map((row, at) => {
      const looks = JSON.stringify([width, row.height, row.label, row.shapes]);
      const old = this.drawn.get(keys[at]);
      this.drawn.delete(keys[at]);
      old?.node.classList.remove("wire-new");
      return old?.looks === looks ? old : { looks, node: this.item(row, keys[at], width, news && !old) };
    });
    this.drawn = new Map(items.map((item, at) => [keys[at], item]));
    items.forEach(({ node }, at) => {
      if (this.list.children[at] !== node) this.list.insertBefore(node, this.list.children[at] ?? null);
    });
    while (this.list.children.length > rows.length) this.list.lastElementChild?.remove();
  }

  /**
   * @param {Row} row
   * @param {string} key
   * @param {number} width
   * @param {boolean} isNew
   */
  item(row, key, width, isNew) {
    const button = el("button", { type: "button", tabindex: "-1", data: { entry: key },
      on: { click: () => this.choose(this.buttons().indexOf(button)) } },
    picture(row.shapes, width, row.height), el("span", { class: "unseen", text: row.label }));
    return el("li", { class: isNew ? "wire-new" : null }, button);
  }
}
