/* The time line as plain shapes, so that the page, the SVG file and the PNG file draw the very same thing.

  geometry(width)                 where the lanes are
  rows(entries, geometry, words)  one row an entry: {entry, y, height, gap, shapes, label}; y counts from the first row
  heads(geometry, words)          the shapes of the lane names; HEAD is their height
  laneShapes(geometry, height, width?)   the lane lines behind rows
  words: {t(key, values), text({en, zh}), lang, explain, money(minor)}

Shapes: {line: [x1,y1,x2,y2], stroke, width?, dash?} {rect: [x,y,w,h], fill?, stroke?, r?} {poly: [x,y,…], fill}
{path: "M…", at: [x,y,scale], fill} {text, x, y, fill, size, bold?, anchor?, mono?, halo?}.  Colours are names.
*/

export const LANES = ["person", "terminal", "card", "host"];
export const HEAD = 44;
const AXIS = 76;
const FRACTIONS = { person: 0.09, terminal: 0.33, card: 0.65, host: 0.93 };
const SIZE = 16;
const SMALL = 15;
const WAIT_MS = 2000;      // waits longer than this are cut short, and marked
const GAP_HEIGHT = 34;
const LATIN = 0.56;

export function geometry(width) {
  const space = Math.max(width, 440) - AXIS;
  const x = {};
  for (const lane of LANES) x[lane] = Math.round(AXIS + space * FRACTIONS[lane]);
  return { width: Math.max(width, 440), x };
}

export function seconds(ms, lang) {
  const value = ms / 1000;
  const unit = lang === "zh" ? "秒" : "s";
  if (value >= 100) return `${Math.round(value)} ${unit}`;
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
}

function measure(text, size) {
  let width = 0;
  for (const sign of text) width += sign.codePointAt(0) > 0x2e7f ? size : size * LATIN;
  return width;
}

function clip(text, room, size) {
  if (measure(text, size) <= room) return text;
  let kept = "";
  for (const sign of text) {
    if (measure(kept + sign, size) > room - size) break;
    kept += sign;
  }
  return `${kept.trimEnd()}…`;
}

/* A line of text that begins at x, or ends there when there is no room to the right. */
function label(geo, x, y, text, fill, size = SIZE, bold = false) {
  const right = geo.width - x - 14;
  const toLeft = right < measure(text, size) && x > geo.width * 0.75;
  const at = toLeft ? x - 12 : x + 14;
  const room = toLeft ? at - AXIS : right;
  return { text: clip(text, room, size), x: at, y, fill, size, bold, anchor: toLeft ? "end" : "start", halo: true };
}

/* A second line, broken at its dots into as many lines as it needs; at most three. */
function notes(geo, x, y, text, fill) {
  const room = geo.width - x - 14;
  const lines = [];
  for (const part of text ? text.split(" · ") : []) {
    const longer = lines.length ? `${lines.at(-1)} · ${part}` : part;
    if (lines.length && (measure(longer, SMALL) <= room || lines.length === 3)) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines.map((line, at) => label(geo, x, y + at * 20, line, fill, SMALL));
}

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

/* Bits of the display (MONO_VLSB, base64) as one path of horizontal runs; null when they are not a screen. */
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

function screenShapes(geo, detail) {
  const left = geo.x.terminal - 64;
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

function messageNotes(detail, words) {
  const values = {};
  for (const field of detail.fields || []) values[field.n] = field.value;
  const notes = [];
  if (/^\d{12}$/.test(values["4"] || "")) notes.push(words.money(Number(values["4"])));
  if (values["11"]) notes.push(`STAN ${values["11"]}`);
  if (values["39"]) {
    const code = words.explain.code(values["39"], detail.mti);
    notes.push(`F39 ${values["39"]}${code ? ` ${code.name}` : ""}`);
  }
  if (detail.mac_ok === true) notes.push(words.t("wire.mac.ok"));
  if (detail.mac_ok === false) notes.push(words.t("wire.mac.bad"));
  if (detail.error) notes.push(words.t("wire.malformed"));
  return notes.join(" · ");
}

/* What stands beside an entry: its name and a second line. */
export function captions(entry, words) {
  const detail = entry.detail || {};
  const title = words.text(entry.title);
  switch (entry.kind) {
    case "apdu": {
      const known = detail.sw ? words.explain.status(detail.sw) : null;
      const note = [detail.sw, known?.name, Number.isFinite(detail.ms) ? `${detail.ms} ms` : ""];
      if (detail.error) note.push(words.t("wire.malformed"));
      return [detail.name || title, note.filter(Boolean).join(" · ")];
    }
    case "message":
      return [title, messageNotes(detail, words)];
    case "flash": {
      const known = words.explain.flash(detail.meaning || "other");
      const count = words.t("wire.flash.count", { programs: detail.programs ?? 0, bytes: detail.bytes ?? 0 });
      const erases = detail.erases ? ` · ${words.t("wire.flash.erases", { n: detail.erases })}` : "";
      return [detail.meaning ? known.name : title, count + erases];
    }
    case "screen":
      return [(detail.text || []).filter(Boolean).join(" / ") || title, ""];
    case "net":
      if (Number.isFinite(detail.bytes_out)) {
        return [title, words.t("wire.net.bytes", { out: detail.bytes_out, in: detail.bytes_in ?? 0 })];
      }
      return [title, entry.summary || ""];
    case "key":
    case "sound":
      return [title, ""];
    case "power":
      return [title, whyOf(entry.summary, words)];
    default:
      return [title, entry.summary || ""];
  }
}

/* Why the power came or went; what the page has no words for stays as it came. */
export function whyOf(why, words) {
  const key = `wire.why.${why}`;
  const known = words.t(key);
  return known === key ? String(why ?? "") : known;
}

function shapesOf(entry, geo, words) {
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
        ...arrow(geo, entry.lane, to || "host", 29, detail.mac_ok === false || detail.error ? "bad" : "host",
          { width: 3 }),
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
        { line: [AXIS - 6, 32, geo.width - 6, 32], stroke: colour, width: 3 },
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

function gapShapes(geo, wait, words) {
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

export function rows(entries, geo, words) {
  const list = [];
  let y = 0;
  let before = null;
  for (const entry of entries) {
    const wait = before === null ? 0 : Math.max(0, entry.t - before);
    const gap = wait >= WAIT_MS ? GAP_HEIGHT : Math.round(Math.min(18, wait / 60));
    const [height, own] = shapesOf(entry, geo, words);
    const shapes = wait >= WAIT_MS ? gapShapes(geo, wait, words) : [];
    for (const shape of own) shapes.push(moved(shape, 0, gap));
    shapes.push({
      text: seconds(entry.t, words.lang), x: AXIS - 8, y: gap + Math.min(25, height / 2 + 6), fill: "soft", size: SMALL,
      anchor: "end", mono: true,
    });
    const [name, note] = captions(entry, words);
    const way = entry.to && entry.to !== entry.lane
      ? words.t("wire.from-to", { from: words.t(`wire.lane.${entry.lane}`), to: words.t(`wire.lane.${entry.to}`) })
      : words.t(`wire.lane.${entry.lane}`);
    list.push({
      entry, y, height: height + gap, gap, shapes,
      label: [seconds(entry.t, words.lang), way, name, note].filter(Boolean).join(", "),
    });
    y += height + gap;
    before = entry.t;
  }
  return list;
}

export function moved(shape, dx, dy) {
  const copy = { ...shape };
  if (shape.line) copy.line = shape.line.map((value, at) => value + (at % 2 ? dy : dx));
  if (shape.poly) copy.poly = shape.poly.map((value, at) => value + (at % 2 ? dy : dx));
  if (shape.rect) copy.rect = [shape.rect[0] + dx, shape.rect[1] + dy, shape.rect[2], shape.rect[3]];
  if (shape.path) copy.at = [shape.at[0] + dx, shape.at[1] + dy, shape.at[2]];
  if (shape.text !== undefined) {
    copy.x = shape.x + dx;
    copy.y = shape.y + dy;
  }
  return copy;
}

export function heads(geo, words) {
  return LANES.flatMap((lane) => {
    const name = words.t(`wire.lane.${lane}`);
    const width = measure(name, 17) + 26;
    const x = Math.min(geo.x[lane] - width / 2, geo.width - width - 2);
    return [
      { rect: [x, 6, width, 32], fill: lane, r: 16 },
      { text: name, x: x + width / 2, y: 28, fill: "paper", size: 17, bold: true, anchor: "middle" },
    ];
  });
}

export function laneShapes(geo, height) {
  return LANES.map((lane) => ({ line: [geo.x[lane], 0, geo.x[lane], height], stroke: "line", width: 2 }));
}
