/* The time line as plain shapes, so that the page, the SVG file and the PNG file draw the very same thing. */

import { captions, seconds, wayOf } from "./captions.js";
import { LANES, SMALL, measure, shapesOf } from "./shapes.js";

/** @typedef {import("../state.js").Entry} Entry */
/** @typedef {import("./captions.js").Words} Words */
/** @typedef {import("./shapes.js").Shape} Shape */
/** @typedef {import("./shapes.js").Geometry} Geometry */

/**
 * An entry as it is drawn; y counts from the first row, `gap` is the empty height before it.
 * @typedef {{entry: Entry, y: number, height: number, gap: number, shapes: Shape[], label: string}} Row
 */

export const HEAD = 44;    // the height of the lane names
const WAIT_MS = 2000;      // waits longer than this are cut short, and marked
const GAP_HEIGHT = 34;

/**
 * @param {Geometry} geo
 * @param {number} wait    milliseconds
 * @param {Words} words
 * @returns {Shape[]}
 */
function gapShapes(geo, wait, words) {
  /** @type {Shape[]} */
  const zigzag = [];
  for (const lane of LANES) {
    const x = geo.x[lane];
    zigzag.push({ rect: [x - 8, 8, 16, 18], fill: "paper" });
    for (const y of [10, 18]) {
      zigzag.push({ line: [x - 7, y + 4, x, y - 1], stroke: "soft", width: 1.5 });
      zigzag.push({ line: [x, y - 1, x + 7, y + 4], stroke: "soft", width: 1.5 });
    }
  }
  return [...zigzag, {
    text: words.t("wire.later", { time: seconds(wait, words.lang) }), x: Math.round((geo.x.terminal + geo.x.card) / 2),
    y: 23, fill: "soft", size: SMALL, anchor: "middle", halo: true, italic: true,
  }];
}

/**
 * @param {Entry[]} entries
 * @param {Geometry} geo
 * @param {Words} words
 * @returns {Row[]}
 */
export function rows(entries, geo, words) {
  /** @type {Row[]} */
  const list = [];
  let y = 0;
  /** @type {number | null} */
  let before = null;
  for (const entry of entries) {
    const wait = before === null ? 0 : Math.max(0, entry.t - before);
    const gap = wait >= WAIT_MS ? GAP_HEIGHT : Math.round(Math.min(18, wait / 60));
    const [height, own] = shapesOf(entry, geo, words);
    const shapes = wait >= WAIT_MS ? gapShapes(geo, wait, words) : [];
    for (const shape of own) shapes.push(moved(shape, 0, gap));
    shapes.push({
      text: seconds(entry.t, words.lang), x: geo.axis - 8, y: gap + Math.min(25, height / 2 + 6), fill: "soft", size: SMALL,
      anchor: "end", mono: true,
    });
    const [name, note] = captions(entry, words);
    list.push({
      entry, y, height: height + gap, gap, shapes,
      label: [seconds(entry.t, words.lang), wayOf(entry, words), name, note].filter(Boolean).join(", "),
    });
    y += height + gap;
    before = entry.t;
  }
  return list;
}

/**
 * @param {Shape} shape
 * @param {number} dx
 * @param {number} dy
 * @returns {Shape}
 */
export function moved(shape, dx, dy) {
  const copy = { ...shape };
  if (shape.line) copy.line = shape.line.map((value, at) => value + (at % 2 ? dy : dx));
  if (shape.poly) copy.poly = shape.poly.map((value, at) => value + (at % 2 ? dy : dx));
  if (shape.rect) copy.rect = [shape.rect[0] + dx, shape.rect[1] + dy, shape.rect[2], shape.rect[3]];
  if (shape.at) copy.at = [shape.at[0] + dx, shape.at[1] + dy, shape.at[2]];
  if (shape.text !== undefined) {
    copy.x = (shape.x ?? 0) + dx;
    copy.y = (shape.y ?? 0) + dy;
  }
  return copy;
}

/**
 * The names of the lanes.
 * @param {Geometry} geo
 * @param {Words} words
 * @returns {Shape[]}
 */
export function heads(geo, words) {
  return LANES.flatMap((lane) => {
    const name = words.t(`wire.lane.${lane}`);
    const size = geo.width < 440 ? 13 : 17;
    const width = measure(name, size) + (geo.width < 440 ? 14 : 26);
    const x = Math.min(geo.x[lane] - width / 2, geo.width - width - 2);
    return [
      { rect: [x, 6, width, 32], fill: lane, r: 16 },
      { text: name, x: x + width / 2, y: 22 + size / 3, fill: "paper", size, bold: true, anchor: "middle" },
    ];
  });
}

/**
 * The lines of the lanes behind the rows.
 * @param {Geometry} geo
 * @param {number} height
 * @returns {Shape[]}
 */
export function laneShapes(geo, height) {
  return LANES.map((lane) => ({ line: [geo.x[lane], 0, geo.x[lane], height], stroke: "line", width: 2 }));
}
