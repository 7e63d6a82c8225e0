/* The dialog that makes a card. */

import { Refused } from "../base/bus.js";
import * as ui from "../base/ui.js";

const { el } = ui;
const SCHEMES = ["visa", "mastercard", "unionpay"];
const MOST_UNITS = 99999999;
const SLOW_MS = 900;
const ON_A_CHIP = "[\\u0020-\\u007e\\u00a0-\\u00ff]{1,16}";    // ISO 8859-1, as in an application label

/**
 * A card as it is ordered.
 * @typedef {object} Made
 * @property {string} scheme
 * @property {string} label
 * @property {number} balance      minor units
 * @property {string | null} pin
 * @property {boolean} expired
 * @property {boolean} blocked
 * @property {boolean} declining
 * @property {number} [delay_ms]   a slow card
 * @property {number} [after]      one that is pulled away after so many commands
 */

/**
 * @param {import("../base/bus.js").Bus} bus
 * @param {HTMLElement} opener
 * @param {(made: Made) => Promise<unknown>} done    rejects when it cannot be made: the form stays, with the reason beside its field
 */
export function makeCardDialog(bus, opener, done) {
  /**
   * @param {string} name
   * @param {HTMLInputElement | HTMLSelectElement} input
   * @param {string} [hint]
   */
  const field = (name, input, hint) => {
    input.id = `make-${name}`;
    input.name = name;
    input.setAttribute("aria-describedby", `make-${name}-problem${hint ? ` make-${name}-hint` : ""}`);
    return el("div", { class: "field" }, el("label", { for: input.id, t: `make.${name}` }), input,
      el("p", { class: "problem", id: `make-${name}-problem` }),
      hint ? el("p", { class: "hint", id: `make-${name}-hint`, t: hint }) : null);
  };
  /**
   * @param {string} name
   * @param {string} hint
   */
  const tick = (name, hint) => {
    const input = el("input", { type: "checkbox", id: `make-${name}`, name, "aria-describedby": `make-${name}-hint` });
    return { input, row: el("div", { class: "tick" }, input, el("label", { for: input.id, t: `make.${name}` }),
      el("p", { class: "hint", id: `make-${name}-hint`, t: hint })) };
  };

  const scheme = el("select", {},
    ...SCHEMES.map((name) => el("option", { value: name, t: `scheme.${name}` })));
  const label = el("input", { type: "text", maxlength: 16, value: bus.t("make.label.value"), required: true,
    pattern: ON_A_CHIP, autocomplete: "off" });
  const balance = el("input", { type: "text", inputmode: "decimal", value: "500.00", required: true,
    pattern: "[0-9]{1,6}([.][0-9]{1,2})?", autocomplete: "off" });
  const pin = el("input", { type: "text", inputmode: "numeric", pattern: "[0-9]{4,12}", autocomplete: "off" });
  const expired = tick("expired", "make.expired.hint");
  const blocked = tick("blocked", "make.blocked.hint");
  const declining = tick("declining", "make.declining.hint");
  const slow = tick("slow", "make.slow.hint");
  const pulled = tick("pulled", "make.pulled.hint");
  const after = el("input", { type: "number", min: 0, max: 30, value: 2, disabled: true });
  pulled.input.addEventListener("change", () => { after.disabled = !pulled.input.checked; });
  const problem = el("p", { class: "problem", role: "alert" });
  const fields = [label, balance, pin, after];
  /** @param {HTMLInputElement | undefined} field */
  const clean = (field) => {
    for (const input of fields) {
      if (field && input !== field) continue;
      input.setAttribute("aria-invalid", "false");
      ui.clear(placeOf(input));
    }
    ui.clear(problem);
  };
  /**
   * @param {HTMLInputElement} field
   * @param {string} text
   */
  const complain = (field, text) => {
    field.setAttribute("aria-invalid", "true");
    placeOf(field).textContent = text;
    bus.say(text, true);
    field.focus();
  };
  for (const input of fields) input.addEventListener("input", () => clean(input));

  const form = el("form", { novalidate: true },
    el("div", { class: "fields" },
      field("scheme", scheme), field("label", label, "make.label.hint"),
      field("balance", balance), field("pin", pin, "make.pin.hint")),
    el("fieldset", {}, el("legend", { t: "make.behaviour" }),
      expired.row, blocked.row, declining.row, slow.row, pulled.row, field("after", after)),
    problem,
    el("div", { class: "actions" },
      el("button", { type: "button", t: "dialog.cancel", on: { click: () => box.close() } }),
      el("button", { type: "submit", class: "primary", t: "make.done" })));
  const box = ui.dialog("make.title", form, opener);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clean(undefined);
    const wrong = fields.find((input) => !input.disabled && !input.checkValidity());
    if (wrong) {
      const chip = wrong === label && label.validity.patternMismatch;
      complain(wrong, bus.t(chip ? "make.label.chip" : `make.${wrong.name}.bad`));
      return;
    }
    /** @type {Made} */
    const made = {
      scheme: scheme.value, label: label.value.trim(), balance: minorUnits(balance.value), pin: pin.value || null,
      expired: expired.input.checked, blocked: blocked.input.checked, declining: declining.input.checked,
    };
    if (slow.input.checked) made.delay_ms = SLOW_MS;
    if (pulled.input.checked) made.after = Number.parseInt(after.value, 10);
    try {
      await done(made);
    } catch (error) {
      // "made: label: …" or "made.pin: …"
      const named = error instanceof Refused ? error.why.match(/^made[.:] ?(\w+):/)?.[1] : "";
      const field = fields.find((input) => input.name === named);
      if (field) complain(field, ui.messageOf(error));
      else problem.textContent = ui.messageOf(error);
      return;
    }
    box.close();
  });
}

/** @param {HTMLInputElement} input */
function placeOf(input) {
  return ui.byId(`make-${input.name}-problem`);
}

/**
 * "12.5" -> 1250, without a float in between.
 * @param {string} text
 */
function minorUnits(text) {
  const [whole, part = ""] = text.trim().split(".");
  return Math.min(Number.parseInt(whole, 10) * 100 + Number.parseInt(part.padEnd(2, "0") || "0", 10), MOST_UNITS);
}
