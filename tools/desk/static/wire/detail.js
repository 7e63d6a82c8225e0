/* One entry explained: what it is, then part by part with name, value and a sentence.  Used by the pane and the printed
page.  Values come from cards, hosts and files: they become text nodes only. */

import { el, svg } from "../base/ui.js";
import { captions, seconds, wayOf, whyOf } from "./captions.js";
import { screenPath } from "./shapes.js";

/** @typedef {import("../state.js").Detail} Detail */
/** @typedef {import("../state.js").Entry} Entry */
/** @typedef {import("../state.js").TagNode} TagNode */
/** @typedef {import("../base/ui.js").Child} Child */
/** @typedef {import("./captions.js").Words} Words */

const BINARY = new Set(["52", "55", "62", "64"]);
/** @type {Record<string, string[]>} by the type of a message */
const IDEAS = { "0200": ["durable-first"], "0210": ["answer-strict", "late"], "0400": ["reversal"], "0410": ["reversal"] };
/** @type {(keyof Detail)[]} what is shown of an entry that has no form of its own */
const FACTS = ["key", "hz", "ms", "step", "bytes_out", "bytes_in", "programs", "erases", "bytes", "why", "card", "label",
  "fault", "argument", "which", "pan"];

/**
 * Ideas that an entry is a good place to tell about.
 * @param {Entry} entry
 * @returns {string[]}
 */
function ideas(entry) {
  const detail = entry.detail || {};
  if (entry.kind === "flash") return detail.meaning === "intent" ? ["durable-first"] : [];
  if (entry.kind === "apdu") {
    /**
     * @param {TagNode[]} [nodes]
     * @returns {boolean}
     */
    const has = (nodes) => (nodes || []).some((node) => node.tag === "9F26" || has(node.children));
    return has(detail.tree) ? ["cryptogram"] : [];
  }
  if (entry.kind !== "message") return [];
  const fields = new Set((detail.fields || []).map((field) => String(field.n)));
  const list = [...(IDEAS[detail.mti || ""] || [])];
  if (fields.has("64")) list.push("mac");
  if (fields.has("52")) list.push("pin");
  if (fields.has("2") || fields.has("35")) list.push("pan");
  return list;
}

/**
 * Bytes are easier to count in fours; digits of a field stay together.
 * @param {string | undefined} text
 * @param {boolean} [bytes]
 */
function mono(text, bytes = true) {
  const value = String(text ?? "");
  const shown = bytes && value.length > 24 ? value.replace(/(.{8})(?=.)/g, "$1 ") : value;
  return el("code", { class: "wire-value", text: shown });
}

/**
 * @param {string | number} text
 */
function plain(text) {
  return el("span", { class: "wire-value wire-plain", text: String(text ?? "") });
}

/**
 * @param {string | null | undefined} code
 * @param {string | undefined} name
 * @param {Child} value
 * @param {string | undefined} text
 * @param {...Child} more
 */
function row(code, name, value, text, ...more) {
  return el("li", { class: "wire-part" },
    el("p", { class: "wire-part-head" }, code ? el("span", { class: "wire-code", text: code }) : null,
      name ? el("strong", { text: name }) : null, value),
    text ? el("p", { class: "wire-why", text }) : null, ...more);
}

/**
 * @param {Words} words
 * @param {string} key
 */
function heading(words, key) {
  return el("h4", { text: words.t(key) });
}

/**
 * @param {Words} words
 * @param {string} name
 * @param {string | undefined} hex
 * @param {boolean} open
 */
function raw(words, name, hex, open) {
  if (!hex) return null;
  return el("details", { class: "wire-raw", open }, el("summary", { text: words.t(name) }),
    el("p", {}, mono(hex)));
}

/**
 * @param {TagNode} node
 * @param {Words} words
 * @returns {HTMLElement}
 */
function tagNode(node, words) {
  const known = words.explain.tag(node.tag);
  const set = node.children ? [] : words.explain.bits(node.tag, node.hex);
  const bits = set.length
    ? el("ul", { class: "wire-bits" }, ...set.map((text) => el("li", { text }))) : null;
  const list = node.list?.length
    ? el("ul", { class: "wire-bits" }, ...node.list.map((item) => el("li", {
      text: `${item.tag} ${words.explain.tag(item.tag)?.name ?? item.name ?? ""} · ${item.length} B` }))) : null;
  const children = node.children?.length
    ? el("ul", { class: "wire-tree" }, ...node.children.map((child) => tagNode(child, words))) : null;
  const value = children ? null : mono(node.hex);
  const text = node.text ? plain(`“${node.text}”`) : null;
  const item = row(node.tag, known?.name ?? node.name ?? words.t("wire.unknown-tag"), value, known?.text,
    text, bits, list, node.error ? el("p", { class: "wire-bad", text: String(node.error) }) : null, children);
  return item;
}

/**
 * @param {TagNode[]} nodes
 * @param {Words} words
 */
function tagTree(nodes, words) {
  return el("ul", { class: "wire-tree wire-top" }, ...nodes.map((node) => tagNode(node, words)));
}

/**
 * @param {Detail} detail
 * @param {Words} words
 * @param {boolean} open
 */
function apdu(detail, words, open) {
  const { explain } = words;
  const known = explain.command(detail.code || "unknown");
  const status = detail.sw ? explain.status(detail.sw) : null;
  const parts = (detail.request_parts || []).map((part) => {
    const about = part.tag ? explain.tag(part.tag) : explain.apduPart(part.key ?? "");
    const name = about?.name ?? part.label;
    return row(part.tag || null, name, mono(part.hex), about?.text, bitsOf(part, words));
  });
  return [
    known ? el("p", { class: "wire-why", text: known.text }) : null,
    heading(words, "wire.command"),
    el("ul", { class: "wire-parts" }, ...parts),
    raw(words, "wire.raw.command", detail.command, open),
    heading(words, "wire.answer"),
    detail.part ? el("p", { class: "hint", text: words.t("wire.part") }) : null,
    detail.tree?.length ? tagTree(detail.tree, words) : null,
    status ? el("ul", { class: "wire-parts" }, row(detail.sw, status.name, null, status.text)) : null,
    raw(words, "wire.raw.answer", detail.response, open),
  ];
}

/**
 * @param {{tag?: string, hex: string}} part
 * @param {Words} words
 */
function bitsOf(part, words) {
  const set = part.tag ? words.explain.bits(part.tag, part.hex) : [];
  return set.length ? el("ul", { class: "wire-bits" }, ...set.map((text) => el("li", { text }))) : null;
}

/**
 * @param {Detail} detail
 * @param {Words} words
 * @param {boolean} open
 */
function message(detail, words, open) {
  const { explain } = words;
  const type = explain.mti(detail.mti || "");
  const seal = detail.mac_ok === true ? ["wire.mac.ok", "wire-good"]
    : detail.mac_ok === false ? ["wire.mac.bad", "wire-bad"] : null;
  const fields = (detail.fields || []).map((field) => {
    const number = String(field.n);
    const about = explain.field(number);
    const code = number === "39" ? explain.code(field.value, detail.mti) : null;
    const parts = field.parts?.length
      ? el("ul", { class: "wire-tree" }, ...field.parts.map((part) => {
        const one = explain.part(part.label);
        return row(part.label.slice(0, 12), one?.name ?? "", mono(part.value, false), one?.text);
      })) : null;
    const chip = number === "55" && detail.de55?.length ? tagTree(detail.de55, words) : null;
    const money = number === "4" && field.note ? plain(`= ${field.note}`) : null;
    const value = chip ? null : mono(field.value, BINARY.has(number));
    const verdict = code
      ? el("p", { class: "wire-verdict", text: `${field.value}: ${code.name}. ${code.text}` }) : null;
    return row(`F${number}`, about?.name ?? field.name ?? "", value, about?.text, money, verdict, parts, chip);
  });
  const route = [];
  for (const [part, value] of [["tpdu", detail.tpdu], ["header", detail.header]]) {
    const about = explain.part(part ?? "");
    if (value) route.push(row(null, about?.name, mono(value), about?.text));
  }
  return [
    type ? el("p", { class: "wire-why", text: type.text }) : null,
    seal ? el("p", { class: seal[1], text: words.t(seal[0]) }) : null,
    fields.length ? heading(words, "wire.fields") : null,
    el("ul", { class: "wire-parts" }, ...route, ...fields),
    raw(words, "wire.raw.message", detail.hex, open),
  ];
}

/** @param {Detail} detail */
function screen(detail) {
  const parts = [];
  const path = typeof detail.bits === "string" ? screenPath(detail.bits) : null;
  if (path !== null) {
    parts.push(svg("svg", { class: "wire-oled", viewBox: "-4 -4 136 72", "aria-hidden": "true", focusable: "false" },
      svg("rect", { x: -4, y: -4, width: 136, height: 72, rx: 4, class: "wf-oled" }),
      svg("path", { d: path || "M0 0", class: "wf-oledpx", "shape-rendering": "crispEdges" })));
  }
  const lines = (detail.text || []).filter(Boolean);
  if (lines.length) parts.push(el("p", { class: "wire-lines" }, ...lines.flatMap((line) => [line, el("br")])));
  return parts;
}

/**
 * @param {Detail} detail
 * @param {Words} words
 */
function facts(detail, words) {
  const rows = FACTS.flatMap((name) => {
    const value = name === "why" && detail.why ? whyOf(detail.why, words) : detail[name];
    const known = typeof value === "number" || (typeof value === "string" && value !== "");
    return known ? [row(null, words.t(`wire.fact.${name}`), plain(value), undefined)] : [];
  });
  return rows.length ? el("ul", { class: "wire-parts" }, ...rows) : null;
}

/**
 * The nodes that explain an entry.  `open` shows the raw bytes unfolded (printed page).
 * @param {Entry} entry
 * @param {Words} words
 * @param {boolean} [open]
 * @returns {Node[]}
 */
export function explained(entry, words, open = false) {
  const detail = entry.detail || {};
  const kind = words.explain.kind(entry.kind);
  const [name] = captions(entry, words);
  const timed = entry.kind === "apdu" && Number.isFinite(detail.ms);
  const took = timed ? ` · ${words.t("wire.took", { ms: detail.ms })}` : "";
  /** @type {Child[]} */
  const nodes = [
    el("h3", { text: entry.kind === "screen" ? words.text(entry.title) : name }),
    el("p", { class: "wire-meta", text: `${seconds(entry.t, words.lang)} · ${wayOf(entry, words)}${took}` }),
  ];
  if (detail.error) nodes.push(el("p", { class: "wire-bad", text: `${words.t("wire.malformed")}: ${detail.error}` }));
  if (entry.kind === "apdu") nodes.push(...apdu(detail, words, open));
  else if (entry.kind === "message") nodes.push(...message(detail, words, open));
  else {
    if (entry.kind === "screen") nodes.push(...screen(detail));
    if (entry.kind === "flash") {
      nodes.push(el("p", { class: "wire-why", text: words.explain.flash(detail.meaning || "other").text }));
    }
    if (kind) nodes.push(el("p", { class: "wire-why", text: kind.text }));
    const list = entry.kind === "screen" ? null : facts(detail, words);
    if (list) nodes.push(list);
  }
  for (const idea of ideas(entry)) {
    const { name: title, text } = words.explain.step(idea);
    nodes.push(el("aside", { class: "wire-idea" }, el("h4", { text: title }), el("p", { text })));
  }
  return nodes.filter((node) => node instanceof Node);
}
