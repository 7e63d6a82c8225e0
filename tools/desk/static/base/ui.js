/* Small helpers of the page.  DOM is made with createElement and textContent only: a card's label, a host's text and an
opened file are untrusted, and none of them can become markup here.

  el(tag, attributes?, ...children)   an element.  Attributes: class, text (textContent), t (key of i18n.js, follows the
                                      language), values (for t), tLabel / tTitle / tPlaceholder (keys for aria-label,
                                      title, placeholder), on: {event: fn}, data: {name: value}, anything else is set
                                      as an attribute (false and null are left out, true is the empty attribute).
                                      Children: nodes or strings (text); null is left out.
  svg(tag, attributes?, ...children)  the same for SVG
  icon(name)                          an icon of icons.svg, hidden from screen readers
  say(node, key, values?)             the node's text by key; it follows the language
  label(node, key, values?)           the same for aria-label
  dialog(titleKey, content, opener?)  a modal dialog -> {node, close()}; Escape and the x close it, focus goes back
  clear(node)                         takes all children away
  byId(id, kind?)                     the element with that id, which must be there
  inside(node, selector)              the same of a selector within a node
*/

import { TEXTS } from "./i18n.js";

/**
 * What replaces {name} in a text.
 * @typedef {Record<string, string | number | null | undefined>} Values
 */

/** @typedef {string | number | boolean | null | undefined} Plain */

/**
 * Attributes as el() takes them; those that are not listed are set as they come.
 * @typedef {object} Special
 * @property {string} [text]
 * @property {string} [t]
 * @property {Values} [values]
 * @property {string} [tLabel]
 * @property {string} [tTitle]
 * @property {string} [tPlaceholder]
 * @property {Record<string, (event: any) => void>} [on]    the event's type follows from its name
 * @property {Record<string, string | number>} [data]
 */

/** @typedef {Special & {[name: string]: Plain | Special[keyof Special]}} Attributes */

/** @typedef {Node | string | null | undefined} Child */

const SVG = "http://www.w3.org/2000/svg";
const HERE = new URL(".", import.meta.url);
/** @type {WeakMap<Element, Record<string, Values>>} by the attribute, or "text" */
const VALUES = new WeakMap();
/** @type {Record<string, string>} */
const ATTRIBUTES = { t: "text", tLabel: "aria-label", tTitle: "title", tPlaceholder: "placeholder" };

let language = "en";

/* ---- texts ---- */

/**
 * @param {string} lang
 * @param {string} key
 * @param {Values} [values]
 * @returns {string} the key itself when there is no such text
 */
export function translate(lang, key, values) {
  const pair = TEXTS[key];
  const text = pair ? pair[lang === "zh" ? 1 : 0] : key;
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * @param {Element} node
 * @param {string} what
 * @param {string} key
 */
function write(node, what, key) {
  const text = translate(language, key, VALUES.get(node)?.[what]);
  if (what === "text") node.textContent = text;
  else node.setAttribute(what, text);
}

/**
 * @param {Element} node
 * @param {string} what
 * @param {string} key
 * @param {Values} [values]
 */
function bind(node, what, key, values) {
  node.setAttribute(`data-t-${what}`, key);
  if (values) VALUES.set(node, { ...VALUES.get(node), [what]: values });
  write(node, what, key);
}

/**
 * @template {Element} T
 * @param {T} node
 * @param {string} key
 * @param {Values} [values]
 * @returns {T}
 */
export function say(node, key, values) {
  bind(node, "text", key, values);
  return node;
}

/**
 * @template {Element} T
 * @param {T} node
 * @param {string} key
 * @param {Values} [values]
 * @returns {T}
 */
export function label(node, key, values) {
  bind(node, "aria-label", key, values);
  return node;
}

/**
 * Writes every bound text of the page again.
 * @param {string} lang
 */
export function setLanguage(lang) {
  language = lang;
  for (const what of Object.values(ATTRIBUTES)) {
    for (const node of document.querySelectorAll(`[data-t-${what}]`)) {
      write(node, what, node.getAttribute(`data-t-${what}`) ?? "");
    }
  }
}

/* ---- elements ---- */

/**
 * @template {HTMLElement | SVGElement} T
 * @param {T} node
 * @param {Attributes | null | undefined} attributes
 * @param {Child[]} children
 * @returns {T}
 */
function fill(node, attributes, children) {
  const { values, on, data, text, ...rest } = attributes || {};
  if (text !== null && text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(rest)) {
    if (value === null || value === undefined || value === false) continue;
    if (name in ATTRIBUTES) bind(node, ATTRIBUTES[name], String(value), values);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const [event, fn] of Object.entries(on || {})) node.addEventListener(event, fn);
  Object.assign(node.dataset, data);
  for (const child of children) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes | null} [attributes]
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes | null} [attributes]
 * @param {Child[]} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** @param {string} name */
export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true", focusable: "false" },
    svg("use", { href: `${new URL("icons.svg", HERE).pathname}#${name}` }));
}

/**
 * @template {Node} T
 * @param {T} node
 * @returns {T}
 */
export function clear(node) {
  while (node.firstChild) node.removeChild(node.firstChild);
  return node;
}

/**
 * @overload
 * @param {string} id
 * @returns {HTMLElement}
 */
/**
 * @template {HTMLElement} T
 * @overload
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
/**
 * @param {string} id
 * @param {new () => HTMLElement} kind
 */
export function byId(id, kind = HTMLElement) {
  const node = document.getElementById(id);
  if (!(node instanceof kind)) throw new Error(`the page has no #${id}`);
  return node;
}

/**
 * @param {ParentNode} node
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function inside(node, selector) {
  const found = node.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return found;
}

/**
 * @param {string} titleKey
 * @param {Node} content
 * @param {HTMLElement} [opener]
 */
export function dialog(titleKey, content, opener) {
  const back = opener || document.activeElement;
  const title = el("h2", { t: titleKey, id: "dialog-title" });
  const node = el("dialog", { class: "dialog", "aria-labelledby": "dialog-title" });
  const close = () => node.close();
  node.append(
    el("header", {}, title,
      el("button", { type: "button", class: "plain round", tLabel: "dialog.close", on: { click: close } }, icon("x"))),
    content);
  node.addEventListener("close", () => {
    node.remove();
    if (back instanceof HTMLElement && back.isConnected) back.focus();
  });
  document.body.append(node);
  node.showModal();
  return { node, close };
}

/* ---- what is said and shown for a moment ---- */

/**
 * Read out by a screen reader.  The same words twice in a row are not read twice by most readers; that is meant.
 * @param {string} text
 * @param {boolean} [assertive]
 */
export function announce(text, assertive = false) {
  const node = document.getElementById(assertive ? "live-now" : "live");
  if (node) node.textContent = text;
}

/**
 * @param {string} text
 * @param {"info" | "error"} [kind]
 */
export function toast(text, kind = "info") {
  const place = byId("toasts");
  const note = el("div", { class: `toast ${kind}`, text });
  place.append(note);
  while (place.children.length > 3) place.firstElementChild?.remove();
  setTimeout(() => note.remove(), kind === "error" ? 9000 : 5000);
}

/**
 * What was thrown, in words.
 * @param {unknown} error
 * @returns {string}
 */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/* ---- what the browser remembers (a browser may forbid it; the page then starts anew each time) ---- */

/**
 * @param {string} name
 * @param {unknown} value    what JSON can hold
 * @returns {boolean} whether the browser keeps it
 */
export function remember(name, value) {
  try {
    localStorage.setItem(`taptill.${name}`, JSON.stringify(value));
  } catch {
    return false;
  }
  return true;
}

/**
 * @param {string} name
 * @returns {any} what was remembered, null when nothing was
 */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(`taptill.${name}`) ?? "null");
  } catch {
    return null;
  }
}
