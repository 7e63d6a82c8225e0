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
*/

import { TEXTS } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";
const HERE = new URL(".", import.meta.url);
const VALUES = new WeakMap();      // node -> {attribute or "text": values}
const ATTRIBUTES = { t: "text", tLabel: "aria-label", tTitle: "title", tPlaceholder: "placeholder" };

let language = "en";

/* ---- texts ---- */

export function translate(lang, key, values) {
  const pair = TEXTS[key];
  const text = pair ? pair[lang === "zh" ? 1 : 0] : key;
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function write(node, what, key) {
  const text = translate(language, key, VALUES.get(node)?.[what]);
  if (what === "text") node.textContent = text;
  else node.setAttribute(what, text);
}

function bind(node, what, key, values) {
  node.setAttribute(`data-t-${what}`, key);
  if (values) VALUES.set(node, { ...VALUES.get(node), [what]: values });
  write(node, what, key);
}

export function say(node, key, values) {
  bind(node, "text", key, values);
  return node;
}

export function label(node, key, values) {
  bind(node, "aria-label", key, values);
  return node;
}

/* Writes every bound text of the page again. */
export function setLanguage(lang) {
  language = lang;
  for (const what of Object.values(ATTRIBUTES)) {
    for (const node of document.querySelectorAll(`[data-t-${what}]`)) {
      write(node, what, node.getAttribute(`data-t-${what}`));
    }
  }
}

/* ---- elements ---- */

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false || name === "values") continue;
    if (name === "text") node.textContent = value;
    else if (name in ATTRIBUTES) bind(node, ATTRIBUTES[name], value, attributes.values);
    else if (name === "on") for (const [event, fn] of Object.entries(value)) node.addEventListener(event, fn);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

export function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true", focusable: "false" },
    svg("use", { href: `${new URL("icons.svg", HERE).pathname}#${name}` }));
}

export function clear(node) {
  while (node.firstChild) node.removeChild(node.firstChild);
  return node;
}

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
    if (back && back.isConnected) back.focus();
  });
  document.body.append(node);
  node.showModal();
  return { node, close };
}

/* ---- what is said and shown for a moment ---- */

/* Read out by a screen reader.  The same words twice in a row are not read twice by most readers; that is meant. */
export function announce(text, assertive = false) {
  const node = document.getElementById(assertive ? "live-now" : "live");
  if (node) node.textContent = text;
}

export function toast(text, kind = "info") {
  const place = document.getElementById("toasts");
  const note = el("div", { class: `toast ${kind}`, text });
  place.append(note);
  while (place.children.length > 3) place.firstChild.remove();
  setTimeout(() => note.remove(), kind === "error" ? 9000 : 5000);
}

/* ---- what the browser remembers (a browser may forbid it; the page then starts anew each time) ---- */

export function remember(name, value) {
  try {
    localStorage.setItem(`taptill.${name}`, JSON.stringify(value));
  } catch {
    return false;
  }
  return true;
}

export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(`taptill.${name}`));
  } catch {
    return null;
  }
}
