/* Shapes of wire_draw.js as SVG nodes of the page, as an SVG file and as a PNG file. */

import { svg } from "./ui.js";
import { HEAD, geometry, heads, laneShapes, moved, rows } from "./wire_draw.js";

const SANS = "system-ui, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";
const MONO = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";
const CONTROL = /[\u0000-\u001f\ufffe\uffff]/g;      // what XML does not allow
const WIDTH = 1100;
const MARGIN = 28;
const TITLE = 76;
const MOST_PIXELS = 15000;     // no browser makes a canvas much higher

/* Paper colours of exported pictures: always light, because they go onto paper and slides. */
const THEME = {
  paper: "#ffffff", ink: "#14232b", soft: "#4a5d68", line: "#c6d0d6", person: "#7a3e9d", terminal: "#0b6074",
  card: "#8a5200", host: "#1f4fa8", flash: "#0f6a3c", ok: "#0f6a3c", bad: "#a8261d", oled: "#05090c", oledpx: "#9fe5f3",
};

function node(shape, colour) {
  const paint = (name, as) => (colour ? { [as]: colour[name] } : {});
  const names = [shape.fill ? `wf-${shape.fill}` : "", shape.stroke ? `ws-${shape.stroke}` : ""];
  const common = colour ? {} : { class: names.join(" ").trim() };
  if (shape.fill) Object.assign(common, paint(shape.fill, "fill"));
  else if (shape.text === undefined) common.fill = "none";
  if (shape.stroke) Object.assign(common, paint(shape.stroke, "stroke"));
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
    const [x, y, scale] = shape.at;
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
    for (const [name, value] of [["stroke", colour.paper], ["stroke-width", 5], ["paint-order", "stroke"],
      ["stroke-linejoin", "round"]]) text.setAttribute(name, value);
  } else if (shape.halo) text.classList.add("wire-halo");
  text.textContent = shape.text.replace(CONTROL, "\ufffd");
  return text;
}

/* An SVG node of the page; colours come from wire.css. */
export function picture(shapes, width, height) {
  const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true",
    focusable: "false" });
  root.append(...shapes.map((shape) => node(shape, null)));
  return root;
}

/* All shapes of the exported picture: {shapes, width, height}. */
export function sheet(title, subtitle, entries, words) {
  const geo = geometry(WIDTH - 2 * MARGIN);
  const list = rows(entries, geo, words);
  const length = list.length ? list.at(-1).y + list.at(-1).height : 20;
  const top = TITLE + HEAD;
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

export function svgElement({ shapes, width, height }) {
  const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  root.append(...shapes.map((shape) => node(shape, THEME)));
  return root;
}

export function svgFile(drawing) {
  const root = svgElement(drawing);
  root.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
  return new Blob([text], { type: "image/svg+xml" });
}

function paint(pen, shape) {
  pen.setLineDash(shape.dash ? shape.dash.split(" ").map(Number) : []);
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.fillStyle = THEME[shape.fill] || "transparent";
  pen.strokeStyle = THEME[shape.stroke] || "transparent";
  pen.lineWidth = shape.line ? shape.width ?? 1.5 : 2;
  pen.beginPath();
  if (shape.line) {
    const [x1, y1, x2, y2] = shape.line;
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
    pen.stroke();
  } else if (shape.rect) {
    pen.roundRect(...shape.rect, shape.r || 0);
    if (shape.fill) pen.fill();
    if (shape.stroke) pen.stroke();
  } else if (shape.poly) {
    for (let at = 0; at < shape.poly.length; at += 2) pen.lineTo(shape.poly[at], shape.poly[at + 1]);
    pen.fill();
  } else if (shape.path !== undefined) {
    pen.save();
    pen.translate(shape.at[0], shape.at[1]);
    pen.scale(shape.at[2], shape.at[2]);
    pen.fill(new Path2D(shape.path));
    pen.restore();
  } else {
    pen.font = `${shape.italic ? "italic " : ""}${shape.bold ? "650 " : ""}${shape.size}px ${shape.mono ? MONO : SANS}`;
    pen.textAlign = { middle: "center", end: "right" }[shape.anchor] || "left";
    if (shape.halo) {
      pen.strokeStyle = THEME.paper;
      pen.lineWidth = 5;
      pen.strokeText(shape.text, shape.x, shape.y);
    }
    pen.fillText(shape.text, shape.x, shape.y);
  }
}

/* A promise of the PNG; twice as fine as the screen where the browser can do it. */
export function pngFile(drawing) {
  const scale = Math.min(2, MOST_PIXELS / drawing.height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(drawing.width * scale);
  canvas.height = Math.round(drawing.height * scale);
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  for (const shape of drawing.shapes) paint(pen, shape);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))), "image/png");
  });
}

export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
