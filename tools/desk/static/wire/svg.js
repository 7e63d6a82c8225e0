/* Shapes as SVG nodes of the page, as an SVG file and as a PNG file. */

import { svg } from "../base/ui.js";
import { HEAD, heads, laneShapes, moved, rows } from "./draw.js";
import { geometry } from "./shapes.js";

/** @typedef {import("./shapes.js").Shape} Shape */
/** @typedef {{shapes: Shape[], width: number, height: number}} Drawing    an exported picture */

const SANS = "system-ui, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";
const MONO = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";
const CONTROL = /[\u0000-\u001f\ufffe\uffff]/g;      // what XML does not allow
const WIDTH = 1100;
const MARGIN = 28;
const TITLE = 76;
const MOST_PIXELS = 15000;     // no browser makes a canvas much higher

/* Paper colours of exported pictures: always light, because they go onto paper and slides. */
/** @type {Record<string, string>} */
const THEME = {
  paper: "#ffffff", ink: "#14232b", soft: "#4a5d68", line: "#c6d0d6", person: "#7a3e9d", terminal: "#0b6074",
  card: "#8a5200", host: "#1f4fa8", flash: "#0f6a3c", ok: "#0f6a3c", bad: "#a8261d", oled: "#05090c", oledpx: "#9fe5f3",
};

/**
 * @param {Shape} shape
 * @param {Record<string, string> | null} colour    null on the page, where colours come from wire.css
 * @returns {SVGElement}
 */
function node(shape, colour) {
  const names = [shape.fill ? `wf-${shape.fill}` : "", shape.stroke ? `ws-${shape.stroke}` : ""];
  /** @type {Record<string, string>} */
  const common = colour ? {} : { class: names.join(" ").trim() };
  if (shape.fill && colour) common.fill = colour[shape.fill];
  if (!shape.fill && shape.text === undefined) common.fill = "none";
  if (shape.stroke && colour) common.stroke = colour[shape.stroke];
  if (shape.line) {
    const [x1, y1, x2, y2] = shape.line;
    return svg("line", { ...common, x1, y1, x2, y2, "stroke-width": shape.width ?? 1.5, "stroke-dasharray": shape.dash,
      "stroke-linecap": "round" });
  }
  if (shape.rect) {
    const [x, y, width, height] = shape.rect;
    return svg("rect", { ...common, x, y, width, height, rx: shape.r, "stroke-width": shape.stroke ? 2 : null });
  }
  if (shape.poly) return svg("polygon", { ...common, points: shape.poly.join(" ") });
  if (shape.path !== undefined) {
    const [x, y, scale] = shape.at ?? [0, 0, 1];
    return svg("path", { ...common, d: shape.path || "M0 0", transform: `translate(${x} ${y}) scale(${scale})`,
      "shape-rendering": "crispEdges" });
  }
  const text = svg("text", {
    ...common, x: shape.x, y: shape.y, "font-size": shape.size, "text-anchor": shape.anchor || "start",
    "font-weight": shape.bold ? 650 : null, "font-style": shape.italic ? "italic" : null,
    "font-family": colour ? (shape.mono ? MONO : SANS) : null,
  });
  if (shape.mono && !colour) text.classList.add("wire-mono");
  if (shape.halo && colour) {
    for (const [name, value] of [["stroke", colour.paper], ["stroke-width", "5"], ["paint-order", "stroke"],
      ["stroke-linejoin", "round"]]) text.setAttribute(name, value);
  } else if (shape.halo) text.classList.add("wire-halo");
  text.textContent = (shape.text ?? "").replace(CONTROL, "\ufffd");
  return text;
}

/**
 * An SVG node of the page; colours come from wire.css.
 * @param {Shape[]} shapes
 * @param {number} width
 * @param {number} height
 */
export function picture(shapes, width, height) {
  const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true",
    focusable: "false" });
  root.append(...shapes.map((shape) => node(shape, null)));
  return root;
}

/**
 * All shapes of the exported picture.
 * @param {string} title
 * @param {string} subtitle
 * @param {import("../state.js").Entry[]} entries
 * @param {import("./captions.js").Words} words
 * @returns {Drawing}
 */
export function sheet(title, subtitle, entries, words) {
  const geo = geometry(WIDTH - 2 * MARGIN);
  const list = rows(entries, geo, words);
  const last = list.at(-1);
  const length = last ? last.y + last.height : 20;
  const top = TITLE + HEAD;
  /** @type {Shape[]} */
  const shapes = [
    { rect: [0, 0, WIDTH, top + length + MARGIN], fill: "paper" },
    { text: title, x: MARGIN, y: 38, fill: "ink", size: 26, bold: true },
    { text: subtitle, x: MARGIN, y: 64, fill: "soft", size: 16 },
    ...laneShapes(geo, length + 8).map((shape) => moved(shape, MARGIN, top - 8)),
    ...heads(geo, words).map((shape) => moved(shape, MARGIN, TITLE)),
    ...list.flatMap((row) => row.shapes.map((shape) => moved(shape, MARGIN, top + row.y))),
  ];
  return { shapes, width: WIDTH, height: top + length + MARGIN };
}

/** @param {Drawing} drawing */
export function svgElement({ shapes, width, height }) {
  const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  root.append(...shapes.map((shape) => node(shape, THEME)));
  return root;
}

/** @param {Drawing} drawing */
export function svgFile(drawing) {
  const root = svgElement(drawing);
  root.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
  return new Blob([text], { type: "image/svg+xml" });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Shape} shape
 */
function paint(pen, shape) {
  pen.setLineDash(shape.dash ? shape.dash.split(" ").map(Number) : []);
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.fillStyle = THEME[shape.fill ?? ""] || "transparent";
  pen.strokeStyle = THEME[shape.stroke ?? ""] || "transparent";
  pen.lineWidth = shape.line ? shape.width ?? 1.5 : 2;
  pen.beginPath();
  if (shape.line) {
    const [x1, y1, x2, y2] = shape.line;
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
    pen.stroke();
  } else if (shape.rect) {
    const [x, y, width, height] = shape.rect;
    pen.roundRect(x, y, width, height, shape.r || 0);
    if (shape.fill) pen.fill();
    if (shape.stroke) pen.stroke();
  } else if (shape.poly) {
    for (let at = 0; at < shape.poly.length; at += 2) pen.lineTo(shape.poly[at], shape.poly[at + 1]);
    pen.fill();
  } else if (shape.path !== undefined) {
    pen.save();
    const [x, y, scale] = shape.at ?? [0, 0, 1];
    pen.translate(x, y);
    pen.scale(scale, scale);
    pen.fill(new Path2D(shape.path));
    pen.restore();
  } else {
    const { text = "", x = 0, y = 0 } = shape;
    pen.font = `${shape.italic ? "italic " : ""}${shape.bold ? "650 " : ""}${shape.size}px ${shape.mono ? MONO : SANS}`;
    pen.textAlign = shape.anchor === "middle" ? "center" : shape.anchor === "end" ? "right" : "left";
    if (shape.halo) {
      pen.strokeStyle = THEME.paper;
      pen.lineWidth = 5;
      pen.strokeText(text, x, y);
    }
    pen.fillText(text, x, y);
  }
}

/**
 * A promise of the PNG; twice as fine as the screen where the browser can do it.
 * @param {Drawing} drawing
 * @returns {Promise<Blob>}
 */
export function pngFile(drawing) {
  const scale = Math.min(2, MOST_PIXELS / drawing.height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(drawing.width * scale);
  canvas.height = Math.round(drawing.height * scale);
  const pen = canvas.getContext("2d");
  if (!pen) return Promise.reject(new Error("the picture is too large"));
  pen.scale(scale, scale);
  for (const shape of drawing.shapes) paint(pen, shape);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))), "image/png");
  });
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
