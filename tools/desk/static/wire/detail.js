/* One entry explained: what it is, then part by part with name, value and a sentence.  Used by the pane and the printed
page.  Values come from cards, hosts and files: they become text nodes only. */

import { el, svg } from "../base/ui.js";
import { captions, seconds, wayOf } from "./captions.js";
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
const FACTS = ["key", "hz", "ms", "bytes_out", "bytes_in", "programs", "erases", "bytes", "label", "argument", "which",
  "pan"];

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
 * The sentence about a thing, and where it is from.
 * @param {import("../explain/explain.js").Known} about
 */
function why(about) {
  return el("p", { class: "wire-why" }, about.text,
    about.source ? el("cite", { class: "wire-source", text: about.source }) : null);
}

/**
 * @param {string | null | undefined} code
 * @param {string | undefined} name
 * @param {Child} value
 * @param {Child} said    what the value means
 * @param {import("../explain/explain.js").Known | null | undefined} about
 * @param {...Child} more
 */
function row(code, name, value, said, about, ...more) {
  return el("li", { class: "wire-part" },
    el("p", { class: "wire-part-head" }, code ? el("span", { class: "wire-code", text: code }) : null,
      name ? el("strong", { text: name }) : null, value),
    said, about?.text ? why(about) : null, ...more);
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
  const known = words.explain.tag(node.row ?? node.tag);
  const children = node.children?.length
    ? el("ul", { class: "wire-tree" }, ...node.children.map((child) => tagNode(child, words))) : null;
  const value = children ? null : mono(node.hex);
  const text = node.text ? plain(`“${node.text}”`) : null;
  const name = known?.name ?? node.name ?? "";
  const item = row(node.tag, name || words.t("wire.unknown-tag"), value, text ?? meaningOf(node.meaning, words), known, node.error ? el("p", { class: "wire-bad", text: words.text(node.error) }) : null, children);
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
    const about = part.tag ? explain.tag(part.row ?? part.tag) : explain.apduPart(part.key ?? "");
    const name = about?.name ?? part.label;
    return row(part.tag || null, name, mono(part.hex), meaningOf(part.meaning, words), about);
  });
  return [
    known ? why(known) : null,
    heading(words, "wire.command"),
    el("ul", { class: "wire-parts" }, ...parts),
    raw(words, "wire.raw.command", detail.command, open),
    heading(words, "wire.answer"),
    detail.part ? el("p", { class: "hint", text: words.t("wire.part") }) : null,
    detail.tree?.length ? tagTree(detail.tree, words) : null,
    status ? el("ul", { class: "wire-parts" }, row(detail.sw, status.name, null,
      meaningOf(detail.status, words), status)) : null,
    raw(words, "wire.raw.answer", detail.response, open),
  ];
}

/**
 * A value bit by bit, part by part.
 * @param {import("../state.js").Meaning[] | undefined} lines
 * @param {Words} words
 */
function meaningOf(lines, words) {
  if (!lines?.length) return null;
  const placed = lines.some((line) => line.at);
  return el("ul", { class: placed ? "wire-bits wire-placed" : "wire-bits" }, ...lines.map((line) => el("li",
    { class: line.kind ? `wire-${line.kind}` : "" },
    placed ? el("code", { class: "wire-at", title: words.t("wire.at"), text: line.at }) : null,
    el("span", {}, words.text(line), line.value ? el("code", { class: "wire-said", text: line.value }) : null))));
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
        return row(part.label.slice(0, 12), one?.name ?? "", mono(part.value, false), meaningOf(part.meaning, words), one);
      })) : null;
    const chip = number === "55" && detail.de55?.length ? tagTree(detail.de55, words) : null;
    const value = chip ? null : mono(field.value, BINARY.has(number));
    const verdict = code
      ? el("p", { class: "wire-verdict", text: `${field.value}: ${code.name}. ${code.text}` }) : null;
    return row(`F${number}`, about?.name ?? field.name ?? "", value,
      meaningOf(field.meaning, words), about, verdict, parts, chip);
  });
  const route = (detail.route || []).map((part) => {
    const about = explain.part(part.label);
    return row(null, about?.name, mono(part.value), meaningOf(part.meaning, words), about);
  });
  return [
    type ? why(type) : null,
    detail.late ? el("p", { class: "wire-bad", text: words.t("wire.late.why") }) : null,
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
    const which = name === "which" && detail.which && !/^\d+$/.test(detail.which);
    const value = which ? words.t(`wire.which.${detail.which}`) : detail[name];
    const known = typeof value === "number" ? String(value) : words.text(/** @type {any} */ (value));
    return known ? [row(null, words.t(`wire.fact.${name}`), plain(known), null, null)] : [];
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
  if (detail.error) nodes.push(el("p", { class: "wire-bad", text: `${words.t("wire.malformed")}: ${words.text(detail.error)}` }));
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
