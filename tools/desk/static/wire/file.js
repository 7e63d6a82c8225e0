/* The payment file: {"taptill": 1, "kind": "payment", "payment": {…}, "entries": […]}.  What is opened is untrusted:
its shape is checked here, and its texts only ever become text nodes. */

import { LANES } from "./shapes.js";

/** @typedef {import("../state.js").Entry} Entry */
/** @typedef {import("../state.js").PaymentHead} PaymentHead */

/** @typedef {Omit<PaymentHead, "id"> & {id?: number}} FileHead    a payment of a file has no number of this terminal */

const KINDS = ["key", "screen", "apdu", "message", "flash", "net", "card", "power", "sound", "fault"];
const MOST_BYTES = 16 << 20;
const MOST_ENTRIES = 5000;
const MOST_DEPTH = 24;

export class BadFile extends Error {
  /**
   * @param {string} key    of a text
   * @param {import("../base/ui.js").Values} [values]
   */
  constructor(key, values) {
    super(key);
    this.key = key;
    this.values = values;
  }
}

/**
 * @param {FileHead} payment
 * @param {Entry[]} entries
 */
export function fileOf(payment, entries) {
  return new Blob([JSON.stringify({ taptill: 1, kind: "payment", payment, entries }, null, 1), "\n"],
    { type: "application/json" });
}

/** @param {File} file */
export async function readFile(file) {
  if (file.size > MOST_BYTES) throw new BadFile("wire.file.large");
  return check(await file.text());
}

/**
 * Raises BadFile with the key of a text.
 * @param {string} text
 * @returns {{payment: FileHead, entries: Entry[]}}
 */
export function check(text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new BadFile("wire.file.json");
  }
  if (!isObject(data) || data.taptill === undefined) throw new BadFile("wire.file.other");
  if (data.taptill !== 1) throw new BadFile("wire.file.version", { version: String(data.taptill).slice(0, 12) });
  if (data.kind !== "payment") throw new BadFile("wire.file.other");
  if (!isObject(data.payment)) throw new BadFile("wire.file.payment");
  if (!Array.isArray(data.entries)) throw new BadFile("wire.file.entries");
  if (data.entries.length > MOST_ENTRIES) throw new BadFile("wire.file.many", { most: MOST_ENTRIES });
  data.entries.forEach((/** @type {unknown} */ entry, /** @type {number} */ at) => {
    const wrong = fault(entry);
    if (wrong) throw new BadFile("wire.file.entry", { n: at + 1, what: wrong });
  });
  const { amount, number, result, started_at: started, ended_at: ended, kind } = data.payment;
  return {
    payment: {
      amount: Number.isSafeInteger(amount) ? amount : null,
      number: Number.isSafeInteger(number) ? number : null,
      result: typeof result === "string" ? result.slice(0, 40) : null,
      kind: typeof kind === "string" ? kind.slice(0, 20) : "sale",
      started_at: typeof started === "string" ? started.slice(0, 40) : null,
      ended_at: typeof ended === "string" ? ended.slice(0, 40) : null,
    },
    entries: data.entries,
  };
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, any>}
 */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === "string" || (isObject(value) && typeof value.en === "string" && typeof value.zh === "string");
}

/**
 * The name of the part that is wrong, "" when all is well.
 * @param {unknown} entry
 * @returns {string}
 */
function fault(entry) {
  if (!isObject(entry)) return "{}";
  if (!Number.isFinite(entry.t) || entry.t < 0 || entry.t > 1e9) return "t";
  if (!LANES.includes(entry.lane)) return "lane";
  if (entry.to !== null && entry.to !== undefined && !LANES.includes(entry.to)) return "to";
  if (!KINDS.includes(entry.kind)) return "kind";
  if (!isText(entry.title)) return "title";
  if (entry.summary !== undefined && !isText(entry.summary)) return "summary";
  const detail = entry.detail ?? {};
  if (!isObject(detail)) return "detail";
  for (const name of ["request_parts", "tree", "fields", "de55", "text"]) {
    if (detail[name] !== undefined && !Array.isArray(detail[name])) return name;
  }
  for (const name of ["command", "response", "hex", "sw", "mti", "meaning", "bits", "code", "name"]) {
    if (detail[name] !== undefined && detail[name] !== null && typeof detail[name] !== "string") return name;
  }
  for (const name of ["ms", "programs", "erases", "bytes", "bytes_out", "bytes_in"]) {
    if (detail[name] !== undefined && detail[name] !== null && !Number.isFinite(detail[name])) return name;
  }
  if (detail.error !== undefined && detail.error !== null && !isText(detail.error)) return "error";
  if (!(detail.text || []).every((/** @type {unknown} */ line) => typeof line === "string")) return "text";
  if (!(detail.request_parts || []).every(isPart)) return "request_parts";
  if (!(detail.fields || []).every(isField)) return "fields";
  if (!areParts(detail.route)) return "route";
  if (!isMeaning(detail.status)) return "status";
  for (const name of ["tree", "de55"]) {
    if (!(detail[name] || []).every((/** @type {unknown} */ node) => isNode(node, 0))) return name;
  }
  return "";
}

/** @param {unknown} part */
function isPart(part) {
  return isObject(part) && typeof part.label === "string" && typeof part.hex === "string" && isMeaning(part.meaning);
}

/** @param {unknown} field */
function isField(field) {
  return isObject(field) && ["string", "number"].includes(typeof field.n) && typeof field.value === "string" &&
    isMeaning(field.meaning) && areParts(field.parts);
}

/** @param {unknown} parts */
function areParts(parts) {
  return parts === undefined || (Array.isArray(parts) && parts.every((/** @type {unknown} */ part) => isObject(part) &&
    typeof part.label === "string" && typeof part.value === "string" && isMeaning(part.meaning)));
}

/** @param {unknown} lines */
function isMeaning(lines) {
  return lines === undefined || (Array.isArray(lines) && lines.every((/** @type {unknown} */ line) => isObject(line) &&
    typeof line.at === "string" && isText(line) && (line.value === undefined || typeof line.value === "string")));
}

/**
 * @param {unknown} node
 * @param {number} depth
 * @returns {boolean}
 */
function isNode(node, depth) {
  return depth < MOST_DEPTH && isObject(node) && typeof node.tag === "string" && typeof node.hex === "string" &&
    (node.children === undefined || (Array.isArray(node.children) &&
      node.children.every((/** @type {unknown} */ child) => isNode(child, depth + 1)))) && isMeaning(node.meaning);
}
