/* The form of settings and keys.  Limits are those of the firmware's own rules; keys leave the form as they are handed on. */

import * as ui from "../base/ui.js";
import { key, value } from "./keys.js";
import { makePick } from "./step.js";
import { Trouble } from "./trouble.js";

/** @typedef {import("../base/bus.js").Bus} Bus */
/** @typedef {import("./keys.js").Rule} Rule */

/** @typedef {{settings: Record<string, unknown>, tmk: string, ca: string, kcv: string}} Given */

/**
 * What the server says of boards and settings.
 * @typedef {object} Setup
 * @property {import("./facts.js").Folder[]} boards
 * @property {string} questions
 * @property {string} oldest
 * @property {Rule[]} settings
 * @property {string[]} addresses
 * @property {string} terminal_id
 * @property {string} merchant_id
 * @property {number} utc_offset_min
 */

const { el } = ui;
const SHOP = ["merchant_name", "merchant_name_zh", "wifi_ssid", "wifi_password", "language"];
const HOST = ["merchant_id", "host", "port", "tls", "tls_name", "mac", "ntp_host", "ntp_port"];    // the room's host says these itself
const NUMBER = "terminal_id";
const MADE = ["clock_floor", "supervisor"];    // nobody types these
const SECRET = "wifi_password";
/** @type {Record<string, string>} */
const SUGGESTED = { merchant_name: "TapTill Demo", merchant_name_zh: "演示商户" };

/**
 * @param {Bus} bus
 * @param {Setup} setup
 * @param {(given: Given) => Promise<void>} done    raises what goes into a problem of the step
 */
export function makeForm(bus, setup, done) {
  let room = true;
  const rules = new Map(setup.settings.map((rule) => [rule.name, rule]));
  const suggested = { ...SUGGESTED, language: bus.lang, terminal_id: setup.terminal_id, merchant_id: setup.merchant_id,
    utc_offset_min: setup.utc_offset_min };
  const rest = setup.settings.filter(({ name }) => ![...SHOP, ...HOST, ...MADE, NUMBER].includes(name));
  const fields = new Map([...SHOP, NUMBER, ...HOST, ...rest.map(({ name }) => name)].map((name) => {
    const rule = rules.get(name);
    if (!rule) throw new Trouble("board.stale");
    return [name, settingField(rule, /** @type {Record<string, unknown>} */ (suggested)[name] ?? rule.default ?? "")];
  }));
  const nodes = (/** @type {string[]} */ names) => names.map((name) => fields.get(name)?.node ?? null);

  const address = el("select", { id: "board-address" }, ...setup.addresses.map((each) => el("option", { value: each, text: each })));
  const components = [1, 2].map((number) => plainField(`key-${number}`, `board.key.${number}`,
    el("input", { type: "password", autocomplete: "off", spellcheck: "false", maxlength: 47 }), number === 1 ? "board.key.hint" : ""));
  const kcv = plainField("kcv", "board.kcv", el("input", { type: "text", autocomplete: "off", spellcheck: "false", maxlength: 8 }),
    "board.kcv.hint");
  const pick = makePick("board-ca", "board.ca", ".der,.crt,.cer");
  const ca = withProblem("ca", pick.input, pick.label, pick.row);
  const ofRoom = el("div", { class: "board-fields" },
    setup.addresses.length
      ? el("div", { class: "field wide" }, el("label", { for: "board-address", t: "board.address" }), address,
        el("p", { class: "hint", t: "board.bank.room.hint" }))
      : el("p", { class: "field wide problem", t: "board.address.none" }));
  const ofOther = el("div", { class: "board-fields", hidden: true }, ...nodes(HOST), ca.node, ...components.map((each) => each.node),
    kcv.node);
  const give = el("button", { type: "submit", class: "primary", id: "board-keys-put" }, el("span", { t: "board.keys.put" }));

  const banks = el("div", { class: "segments", role: "group", "aria-labelledby": "board-bank" });
  for (const which of ["room", "other"]) {
    banks.append(el("button", { type: "button", data: { bank: which }, t: `board.bank.${which}`, "aria-pressed": String(which === "room"),
      on: { click: () => {
        room = which === "room";
        ofRoom.hidden = !room;
        ofOther.hidden = room;
        for (const each of banks.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each.dataset.bank === which));
      } } }));
  }
  const form = el("form", { class: "board-form", novalidate: true, autocomplete: "off" },
    el("div", { class: "board-fields" }, ...nodes(SHOP)),
    el("div", { class: "choice" }, el("span", { id: "board-bank", t: "board.bank" }), banks),
    el("div", { class: "board-fields" }, ...nodes([NUMBER])), ofRoom, ofOther,
    el("details", { class: "board-more" }, el("summary", { t: "board.more" }),
      el("div", { class: "board-fields narrow" }, ...nodes(rest.map(({ name }) => name)))),
    el("div", { class: "board-acts" }, give));

  /** Every field as a setting; null when one of them is wrong, which then says so. */
  const read = () => {
    const names = [...SHOP, NUMBER, ...room ? [] : HOST, ...rest.map(({ name }) => name)];
    /** @type {Record<string, unknown>} */
    const settings = {};
    let first = null;
    const profile = String(fields.get("profile")?.read() ?? "");
    for (const name of names) {
      const field = fields.get(name);
      const owners = rules.get(name)?.profiles ?? [];
      if (!field || owners.length && !owners.includes(profile)) continue;
      try {
        settings[name] = field.read();
        field.wrong(null);
      } catch (error) {
        field.wrong(error);
        first ??= field;
      }
    }
    if (first) {
      const more = first.node.closest("details");
      if (more) more.open = true;
      first.input.focus();
      return null;
    }
    return settings;
  };

  /** @param {Record<string, unknown>} settings */
  const fromRoom = async (settings) => {
    const told = await bus.post("/api/board/introduce", { address: address.value, terminal_id: settings[NUMBER] });
    return { settings: { ...settings, ...told.settings }, tmk: told.tmk, ca: told.ca, kcv: told.kcv };
  };

  /** @param {Record<string, unknown>} settings */
  const fromPerson = async (settings) => {
    const file = pick.input.files?.[0];
    ca.wrong(null);
    components[0].wrong(null);
    if (settings.tls && !file) return refuse(ca, new Trouble("board.ca.missing"));
    let certificate = "";
    if (file) {
      const data = new Uint8Array(await file.arrayBuffer());
      if (!isDer(data)) return refuse(ca, new Trouble("board.bad.ca"));
      certificate = btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));
      const told = await bus.post("/api/board/certificate", { ca: certificate }).catch(() => null);
      if (!told) return refuse(ca, new Trouble("board.bad.ca"));
      if (told.clock_floor) settings.clock_floor = told.clock_floor;
    }
    const typed = components.map((each) => each.input.value).filter((each) => each.trim());
    try {
      return { settings, ca: certificate, tmk: key(typed.length ? typed : [""]), kcv: kcv.input.value };
    } catch (error) {
      return refuse(components[0], error);
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const settings = read();
    if (!settings || give.disabled) return;
    give.disabled = true;
    try {
      const given = await (room ? fromRoom(settings) : fromPerson(settings));
      if (given) await done(given);
    } catch (error) {
      form.dispatchEvent(new CustomEvent("refused", { detail: error }));
    } finally {
      give.disabled = false;
      for (const each of components) each.input.value = "";
    }
  });
  return form;
}

/**
 * @param {ReturnType<typeof plainField>} field
 * @param {unknown} error
 */
function refuse(field, error) {
  field.wrong(error);
  field.input.focus();
  return null;
}

/**
 * @param {Rule} rule
 * @param {any} first    what stands there at first
 */
function settingField(rule, first) {
  const { name, kind } = rule;
  const id = `board-set-${name}`;
  if (kind === "switch") {
    const input = el("input", { type: "checkbox", id });
    input.checked = first === true;
    return { input, read: () => input.checked, wrong() {},
      node: el("div", { class: "tick" }, input, el("label", { for: id, t: `board.set.${name}` })) };
  }
  if (kind === "choice") {
    const input = el("select", { id }, ...rule.low.map((/** @type {string} */ word) =>
      el("option", { value: word, t: `board.set.${name}.${word}` })));
    input.value = String(first);
    return { input, read: () => input.value, wrong() {},
      node: el("div", { class: "field" }, el("label", { for: id, t: `board.set.${name}` }), input) };
  }
  const input = el("input", { type: name === SECRET ? "password" : "text", autocomplete: "off", spellcheck: "false",
    inputmode: kind === "number" && rule.low >= 0 ? "numeric" : null });
  input.value = String(first);
  const high = kind === "hex" ? 2 * rule.high : rule.high;
  const limit = kind === "text" || kind === "ascii" ? rule.low === rule.high ? "exact" : "text" : kind;
  const field = plainField(`set-${name}`, `board.set.${name}`, input, `board.limit.${limit}`, { low: rule.low, high });
  return { ...field, read: () => value(rule, input.value) };
}

/**
 * @param {string} name
 * @param {string} labelKey
 * @param {HTMLInputElement} input
 * @param {string} hint
 * @param {ui.Values} [values]
 */
function plainField(name, labelKey, input, hint, values) {
  input.id = `board-${name}`;
  return withProblem(name, input, el("label", { for: input.id, t: labelKey }), input,
    hint ? el("p", { class: "hint", id: `board-${name}-hint`, t: hint, values }) : null);
}

/**
 * @param {string} name
 * @param {HTMLInputElement} input
 * @param {(Node | null)[]} content    of the field, the last one maybe its hint
 */
function withProblem(name, input, ...content) {
  const problem = el("p", { class: "problem", id: `board-${name}-problem` });
  const hint = content.find((each) => each instanceof HTMLElement && each.className === "hint");
  input.setAttribute("aria-describedby", `board-${name}-problem${hint ? ` board-${name}-hint` : ""}`);
  return {
    input,
    node: el("div", { class: "field" }, ...content, problem),
    /** @param {unknown} error    null: nothing */
    wrong(error) {
      if (error === null) {
        problem.removeAttribute("data-t-text");
        problem.textContent = "";
        input.removeAttribute("aria-invalid");
        return;
      }
      if (error instanceof Trouble) ui.say(problem, error.key, error.values);
      else problem.textContent = ui.messageOf(error);
      input.setAttribute("aria-invalid", "true");
    },
  };
}

/**
 * One sequence of DER (X.690) and nothing behind it, as every certificate is; the server looks into it.
 * @param {Uint8Array} data
 */
function isDer(data) {
  return data[0] === 0x30 && data[1] === 0x82 && data.length === 4 + 256 * data[2] + data[3];
}
