/* The shapes of one entry.  Colours are names: the page, the SVG file and the PNG file each have their own for them. */

import { captions } from "./captions.js";

/** @typedef {import("../state.js").Entry} Entry */
/** @typedef {import("./captions.js").Words} Words */

/**
 * What is drawn: a line [x1, y1, x2, y2], a rectangle [x, y, width, height], a polygon [x, y, …], a path at
 * [x, y, scale], or a text.
 * @typedef {object} Shape
 * @property {number[]} [line]
 * @property {number[]} [rect]
 * @property {number[]} [poly]
 * @property {string} [path]
 * @property {number[]} [at]
 * @property {string} [text]
 * @property {number} [x]
 * @property {number} [y]
 * @property {number} [size]
 * @property {boolean} [bold]
 * @property {boolean} [italic]
 * @property {boolean} [mono]
 * @property {boolean} [halo]
 * @property {string} [anchor]
 * @property {string} [fill]
 * @property {string} [stroke]
 * @property {number} [width]
 * @property {string | null} [dash]
 * @property {number} [r]
 */

/**
 * `axis` is where the time's column ends.
 * @typedef {object} Geometry
 * @property {number} width
 * @property {number} axis
 * @property {Record<string, number> & {person: number, terminal: number, card: number, host: number}} x
 */

export const LANES = ["person", "terminal", "card", "host"];
const AXIS = 76;
const AXIS_OF_A_PHONE = 60;
const NARROW = 440;
const LEAST = 290;
export const SMALL = 15;
const SIZE = 16;
const LATIN = 0.56;

/**
 * Where the lanes are.
 * @param {number} width
 * @returns {Geometry}
 */
export function geometry(width) {
  const whole = Math.max(width, LEAST);
  const axis = whole < NARROW ? AXIS_OF_A_PHONE : AXIS;
  const space = whole - axis;
  const at = (/** @type {number} */ fraction) => Math.round(axis + space * fraction);
  const x = { person: at(0.09), terminal: at(0.33), card: at(0.65), host: at(0.93) };
  return { width: whole, axis, x };
}

/**
 * @param {string} text
 * @param {number} size
 */
export function measure(text, size) {
  let width = 0;
  for (const sign of text) width += (sign.codePointAt(0) ?? 0) > 0x2e7f ? size : size * LATIN;
  return width;
}

/**
 * @param {string} text
 * @param {number} room
 * @param {number} size
 */
function clip(text, room, size) {
  if (measure(text, size) <= room) return text;
  let kept = "";
  for (const sign of text) {
    if (measure(kept + sign, size) > room - size) break;
    kept += sign;
  }
  return `${kept.trimEnd()}…`;
}

/**
 * A line of text that begins at x, or ends there when there is no room to the right; what is longer begins further left.
 * @param {Geometry} geo
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} fill
 * @param {number} [size]
 * @param {boolean} [bold]
 * @returns {Shape}
 */
function label(geo, x, y, text, fill, size = SIZE, bold = false) {
  const right = geo.width - x - 14;
  const toLeft = right < measure(text, size) && x > geo.width * 0.75;
  const wanted = toLeft ? x - 12 : Math.max(geo.axis, Math.min(x + 14, geo.width - 4 - measure(text, size)));
  const room = toLeft ? wanted - geo.axis : geo.width - wanted;
  return { text: clip(text, room, size), x: wanted, y, fill, size, bold, anchor: toLeft ? "end" : "start", halo: true };
}

/**
 * A second line, broken at its dots into as many lines as it needs; at most three.
 * @param {Geometry} geo
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} fill
 * @returns {Shape[]}
 */
function notes(geo, x, y, text, fill) {
  const room = geo.width - (geo.width < NARROW ? geo.axis + 4 : x + 14);
  /** @type {string[]} */
  const lines = [];
  for (const part of text ? text.split(" · ") : []) {
    const longer = lines.length ? `${lines.at(-1)} · ${part}` : part;
    if (lines.length && (measure(longer, SMALL) <= room || lines.length === 3)) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines.map((line, at) => label(geo, x, y + at * 20, line, fill, SMALL));
}

/**
 * @param {Geometry} geo
 * @param {string} from    a lane
 * @param {string} to      a lane
 * @param {number} y
 * @param {string} colour
 * @param {{width?: number, dash?: string | null}} [style]
 * @returns {Shape[]}
 */
function arrow(geo, from, to, y, colour, { width = 2, dash = null } = {}) {
  const x1 = geo.x[from];
  const x2 = geo.x[to];
  const way = x2 > x1 ? 1 : -1;
  return [
    { line: [x1, y, x2 - way * 9, y], stroke: colour, width, dash },
    { poly: [x2 - way * 1, y, x2 - way * 11, y - 5, x2 - way * 11, y + 5], fill: colour },
    { rect: [x1 - 3, y - 3, 6, 6], fill: colour, r: 3 },
  ];
}

/**
 * Bits of the display (MONO_VLSB, base64) as one path of horizontal runs; null when they are not a screen.
 * @param {string} bits
 * @returns {string | null}
 */
export function screenPath(bits) {
  let raw;
  try {
    raw = atob(bits);
  } catch {
    return null;
  }
  if (raw.length !== 1024) return null;
  let path = "";
  for (let y = 0; y < 64; y++) {
    const page = (y >> 3) * 128;
    for (let x = 0; x < 128; x++) {
      const first = x;
      while (x < 128 && (raw.charCodeAt(page + x) >> (y & 7)) & 1) x++;
      if (x > first) path += `M${first} ${y}h${x - first}v1h${first - x}z`;
    }
  }
  return path;
}

/**
 * @param {Geometry} geo
 * @param {import("../state.js").Detail} detail
 */
function screenShapes(geo, detail) {
  const left = geo.x.terminal - 64;
  /** @type {Shape[]} */
  const shapes = [{ rect: [left - 5, 4, 138, 74], fill: "oled", stroke: "line", r: 6 }];
  const path = typeof detail.bits === "string" ? screenPath(detail.bits) : null;
  if (path !== null) {
    shapes.push({ path, at: [left, 9, 1], fill: "oledpx" });
    return shapes;
  }
  const lines = Array.isArray(detail.text) ? detail.text.slice(0, 4) : [];
  lines.forEach((line, index) => shapes.push({
    text: clip(String(line), 126, 13), x: left + 2, y: 22 + 16 * index, fill: "oledpx", size: 13, anchor: "start",
  }));
  return shapes;
}

/**
 * The height of an entry and what is drawn of it.
 * @param {Entry} entry
 * @param {Geometry} geo
 * @param {Words} words
 * @returns {[number, Shape[]]}
 */
export function shapesOf(entry, geo, words) {
  const detail = entry.detail || {};
  const [name, note] = captions(entry, words);
  const x = geo.x;
  const own = x[entry.lane];
  const to = entry.to && entry.to !== entry.lane ? entry.to : null;
  const left = to ? Math.min(own, x[to]) : own;
  switch (entry.kind) {
    case "key": {
      const middle = Math.round((x.person + x.terminal) / 2);
      const sign = String(detail.key ?? entry.summary ?? "");
      return [38, [
        ...arrow(geo, "person", "terminal", 19, "person"),
        { rect: [middle - 15, 5, 30, 28], fill: "paper", stroke: "person", r: 6 },
        { text: clip(sign, 26, 17), x: middle, y: 25, fill: "ink", size: 17, bold: true, anchor: "middle" },
        ...(detail.long ? [label(geo, x.terminal, 25, name, "soft", SMALL)] : []),
      ]];
    }
    case "screen":
      return [84, screenShapes(geo, detail)];
    case "apdu": {
      const lines = notes(geo, left, 62, note, "soft");
      return [50 + 20 * lines.length, [
        label(geo, left, 19, name, "ink", SIZE, true),
        ...arrow(geo, "terminal", "card", 28, "card"),
        ...arrow(geo, "card", "terminal", 42, detail.error || (detail.sw && !/^(9000|61)/.test(detail.sw))
          ? "bad" : "card", { width: 1.5, dash: "5 4" }),
        ...lines,
      ]];
    }
    case "message": {
      const lines = notes(geo, left, 51, note, detail.mac_ok === false ? "bad" : "soft");
      return [42 + 20 * lines.length, [
        label(geo, left, 19, name, "ink", SIZE, true),
        ...arrow(geo, entry.lane, to || "host", 29,
          detail.mac_ok === false || detail.error || detail.late ? "bad" : "host",
          detail.late ? { width: 2, dash: "5 4" } : { width: 3 }),
        ...lines,
      ]];
    }
    case "flash":
      return [56, [
        { rect: [own - 13, 8, 26, 26], fill: "flash", r: 5 },
        ...[14, 21, 28].map((y) => ({ line: [own - 7, y, own + 7, y], stroke: "paper", width: 2.5 })),
        label(geo, own + 6, 22, name, "ink", SIZE, true),
        label(geo, own + 6, 43, note, "soft", SMALL),
      ]];
    case "net":
      return [note ? 56 : 38, [
        label(geo, left, 17, name, "soft", SMALL),
        ...arrow(geo, entry.lane, to || "host", 26, "soft", { width: 1.5, dash: "2 5" }),
        ...(note ? [label(geo, left, 47, note, "soft", SMALL)] : []),
      ]];
    case "card": {
      const away = detail.card === null;
      return [note ? 60 : 46, [
        label(geo, left, 17, name, "ink", SIZE),
        ...(to ? (away ? arrow(geo, to, entry.lane, 29, "person") : arrow(geo, entry.lane, to, 29, "person")) : []),
        { rect: [own + 16, 20, 28, 18], fill: "card", r: 3 },
        { rect: [own + 20, 26, 7, 6], fill: "paper", r: 1 },
        ...(note ? [label(geo, left, 54, note, "soft", SMALL)] : []),
      ]];
    }
    case "power": {
      const colour = detail.on === false ? "bad" : "ok";
      return [44, [
        { line: [geo.axis - 6, 32, geo.width - 6, 32], stroke: colour, width: 3 },
        { rect: [x.terminal - 8, 24, 16, 16], fill: colour, r: 8 },
        label(geo, x.terminal, 20, note ? `${name} (${note})` : name, colour, SIZE, true),
      ]];
    }
    case "sound":
      return [26, [
        { poly: [own + 12, 10, own + 16, 10, own + 22, 5, own + 22, 21, own + 16, 16, own + 12, 16], fill: "terminal" },
        { line: [own + 27, 9, own + 27, 17], stroke: "terminal", width: 2 },
        ...(detail.hz ? [label(geo, own + 22, 18, `${detail.hz} Hz`, "soft", SMALL)] : []),
      ]];
    default:      // fault
      return [note ? 54 : 42, [
        ...(to ? arrow(geo, entry.lane, to, 21, "bad", { dash: "6 4" }) : []),
        { poly: [own, 8, own + 13, 21, own, 34, own - 13, 21], fill: "bad" },
        label(geo, own + (to ? 6 : 4) * (entry.lane === "host" ? -1 : 1), to ? 14 : 26, name, "bad", SIZE, true),
        ...(note ? [label(geo, own + 4 * (entry.lane === "host" ? -1 : 1), 46, note, "soft", SMALL)] : []),
      ]];
  }
}
