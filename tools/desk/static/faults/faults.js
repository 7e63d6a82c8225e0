/* The faults: what can go wrong, switched on in mid-lesson, and what the terminal does about it. */

import * as ui from "../base/ui.js";
import { clockControl } from "../terminal/controls.js";
import { HAND, lineRows } from "./line.js";

/** @typedef {import("../base/bus.js").Bus} Bus */
/** @typedef {import("../state.js").Fault} Fault */

/**
 * For which answers the next fault is asked.
 * @typedef {{left: string, which: string}} Choice
 */

/**
 * A fault of the host's answer, with what stands beside its switch.
 * @typedef {object} HostFault
 * @property {string} id
 * @property {string} fault
 * @property {() => string} [argument]
 * @property {(bus: Bus) => HTMLElement} [extra]
 */

const { el, icon } = ui;
const DELAY_S = 70;
const CUT = "cut";    // the armed power cut in the list of faults
const CODES = ["51", "55", "05", "54", "41", "43", "61", "62", "91", "96", "98", "A0"];
const LATEST = 4;
const UNTOLD = ["key", "screen", "sound", "apdu"];    // the screen stands above the list, the rest is the wire's
/** @type {HostFault[]} */
const HOST_FAULTS = [
  { id: "drop-answer", fault: "drop-answer" },
  { id: "delay", fault: "delay", argument: () => String(DELAY_S), extra: clockRow },
  { id: "wrong-mac", fault: "wrong-mac" },
  { id: "duplicate", fault: "duplicate" },
  { id: "decline", fault: "decline", argument: () => ui.byId("decline-code", HTMLSelectElement).value, extra: codeRow },
];

/**
 * @param {HTMLElement} root
 * @param {Bus} bus
 */
export function mount(root, bus) {
  const choice = { left: "next", which: "sale" };
  const live = liveList(bus);
  const rows = HOST_FAULTS.map((row) => hostRow(bus, row, choice));
  const clear = el("button", { type: "button", id: "faults-clear", on: {
    click: () => tell(bus, { do: "host", line: "clear" }) } }, el("span", { t: "faults.clear" }));

  root.append(
    el("div", { class: "panel-head" }, el("h2", { t: "faults.title" }), el("p", { t: "faults.intro" })),
    live.node,
    el("section", { class: "fault-group", "aria-labelledby": "faults-answer" },
      el("div", { class: "group-head" }, el("h3", { t: "faults.answer", id: "faults-answer" }), clear),
      el("div", { class: "choices" },
        segments("faults.howoften", ["next", "always"], choice, "left"),
        segments("faults.which", ["sale", "reversal", "any"], choice, "which")),
      el("ul", { class: "faults" }, ...rows.map((row) => row.node))),
    el("section", { class: "fault-group", "aria-labelledby": "faults-around" },
      el("div", { class: "group-head" }, el("h3", { t: "faults.around", id: "faults-around" })),
      aroundRows(bus)),
    el("section", { class: "fault-group", "aria-labelledby": "faults-line" },
      el("div", { class: "group-head" }, el("h3", { t: "faults.line", id: "faults-line" })),
      lineRows(bus, { toggle, item: faultItem, tell })));

  const badge = ui.byId("fault-count");
  const show = () => {
    for (const row of rows) row.show();
    const count = bus.state.faults.length + (bus.state.wifi ? 0 : 1) + (bus.state.host === "up" ? 0 : 1);
    badge.hidden = count === 0;
    badge.textContent = String(count);
    badge.setAttribute("aria-label", bus.t("faults.count", { n: count }));
    clear.disabled = bus.state.faults.length === 0;
  };
  bus.on(["hello", "faults", "wifi", "host", "language"], show);
  show();
}

/**
 * @param {Bus} bus
 * @param {{do: string, [name: string]: unknown}} message
 */
function tell(bus, message) {
  return bus.send(message).catch((error) => bus.toast(error.message, "error"));
}

/* ---- faults of the host's answer ---- */

/**
 * @param {string} name
 * @param {string[]} values
 * @param {Choice} choice
 * @param {keyof Choice} field
 */
function segments(name, values, choice, field) {
  const id = `choice-${field}`;
  const group = el("div", { class: "segments", role: "group", "aria-labelledby": id });
  for (const value of values) {
    group.append(el("button", { type: "button", data: { value }, t: `faults.${field}.${value}`,
      "aria-pressed": String(choice[field] === value), on: { click: () => {
        choice[field] = value;
        for (const node of group.querySelectorAll("button")) node.setAttribute("aria-pressed", String(node.dataset.value === value));
      } } }));
  }
  return el("div", { class: "choice" }, el("span", { id, t: name }), group);
}

/**
 * The control line that asks for a fault as the host describes it.
 * @param {Fault} rule
 */
function lineOf({ fault, argument, left, which }) {
  const words = [fault];
  if (argument !== null && argument !== undefined && argument !== "") words.push(String(argument));
  words.push(...(left === "always" ? ["always"] : ["next", String(left)]));
  if (which && which !== "any") words.push(which);
  return words.join(" ");
}

/**
 * The host can only end all faults at once; those that are to stay are asked for again.
 * @param {Bus} bus
 * @param {Fault[]} rules
 */
async function replaceFaults(bus, rules) {
  await tell(bus, { do: "host", line: "clear" });
  for (const rule of rules) {
    if (rule.fault === HAND) {
      await tell(bus, { do: "hand", on: true });
    } else if (rule.fault === CUT) {
      const [after, n] = String(rule.argument).split(" ");
      await tell(bus, { do: "cut", after, n: Number.parseInt(n, 10) || 1 });
    } else {
      await tell(bus, { do: "host", line: lineOf(rule) });
    }
  }
}

/**
 * @param {Bus} bus
 * @param {HostFault} row
 * @param {Choice} choice
 */
function hostRow(bus, row, choice) {
  const inForce = () => bus.state.faults.filter((rule) => rule.fault === row.fault);
  const state = el("p", { class: "fault-state" });
  const button = toggle(row.id, async () => {
    const mine = inForce();
    if (!mine.length) {
      /** @type {Fault} */
      const rule = { fault: row.fault, argument: row.argument ? row.argument() : null,
        left: choice.left === "always" ? "always" : 1, which: choice.which };
      await tell(bus, { do: "host", line: lineOf(rule) });
      return;
    }
    await replaceFaults(bus, bus.state.faults.filter((rule) => rule.fault !== row.fault));
  });
  const node = faultItem(row.id, button, row.extra ? row.extra(bus) : null, state);
  return { node, show() {
    const mine = inForce();
    button.setAttribute("aria-pressed", String(mine.length > 0));
    node.classList.toggle("in-force", mine.length > 0);
    state.textContent = mine.map((rule) => bus.t(rule.left === "always" ? "faults.on.always" : "faults.on.next", {
      n: rule.left, which: bus.t(`faults.of.${["sale", "reversal"].includes(rule.which) ? rule.which : "any"}`),
      argument: rule.argument ?? "",
    })).join(" ");
  } };
}

/**
 * @param {string} id
 * @param {() => void} act
 */
function toggle(id, act) {
  return el("button", { type: "button", class: "switch", id: `fault-${id}`, "aria-pressed": "false",
    "aria-describedby": `fault-${id}-about`, on: { click: act } },
    el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "knob" })),
    el("span", { class: "switch-name", t: `fault.${id}` }));
}

/**
 * @param {string} id
 * @param {HTMLElement} control
 * @param {HTMLElement | null} [extra]
 * @param {HTMLElement} [state]
 */
function faultItem(id, control, extra, state) {
  return el("li", { class: "fault" },
    el("div", { class: "fault-head" }, control, extra),
    el("p", { class: "about", id: `fault-${id}-about`, t: `fault.${id}.about` }),
    el("p", { class: "expect" }, icon("check"), el("span", { t: `fault.${id}.expect` })),
    state || null);
}

/** @param {Bus} bus */
function clockRow(bus) {
  return clockControl(bus, "clock-faults");
}

/** @param {Bus} bus */
function codeRow(bus) {
  const select = el("select", { id: "decline-code" },
    ...CODES.map((code) => el("option", { value: code, t: `code.${code}` })));
  select.addEventListener("change", async () => {
    if (!bus.state.faults.some((rule) => rule.fault === "decline")) return;
    const rules = bus.state.faults.map((rule) => (
      rule.fault === "decline" ? { ...rule, argument: select.value } : rule));
    await replaceFaults(bus, rules);
  });
  return el("label", { class: "inline" }, el("span", { class: "unseen", t: "fault.decline.code" }), select);
}

/* ---- power, Wi-Fi, host ---- */

/** @param {Bus} bus */
function aroundRows(bus) {
  const nth = el("input", { type: "number", id: "cut-n", min: 1, max: 50, value: 1, class: "short",
    tLabel: "fault.cut.n" });
  const cutNow = el("button", { type: "button", id: "cut-now", class: "danger", on: {
    click: () => tell(bus, { do: "cut", now: true }) } }, icon("bolt"), el("span", { t: "fault.cut.now" }));
  const armed = () => bus.state.faults.find((rule) => rule.fault === CUT);
  const cutWrite = el("button", { type: "button", id: "cut-write", class: "danger", on: { click: () => {
    const n = Math.min(Math.max(Number.parseInt(nth.value, 10) || 1, 1), 50);
    tell(bus, armed() ? { do: "cut-off" } : { do: "cut", after: "write", n });
  } } }, icon("bolt"), el("span", { t: "fault.cut.write" }));
  const state = el("p", { class: "fault-state" });
  const on = el("button", { type: "button", id: "power-again", on: {
    click: () => tell(bus, { do: "power", on: true }) } }, icon("power"), el("span", { t: "fault.cut.again" }));

  const wifi = toggle("wifi", () => tell(bus, { do: "wifi", up: !bus.state.wifi }));
  const host = toggle("host", () => tell(bus, { do: "host-stop", stopped: bus.state.host === "up" }));
  const items = {
    cut: faultItem("cut", el("div", { class: "buttons", role: "group", tLabel: "fault.cut",
      "aria-describedby": "fault-cut-about" }, cutNow,
    el("span", { class: "inline" }, cutWrite, nth), on), null, state),
    wifi: faultItem("wifi", wifi),
    host: faultItem("host", host),
  };
  const show = () => {
    wifi.setAttribute("aria-pressed", String(!bus.state.wifi));
    items.wifi.classList.toggle("in-force", !bus.state.wifi);
    host.setAttribute("aria-pressed", String(bus.state.host !== "up"));
    items.host.classList.toggle("in-force", bus.state.host !== "up");
    const cut = armed();
    items.cut.classList.toggle("in-force", Boolean(cut) || !bus.state.power);
    cutWrite.setAttribute("aria-pressed", String(Boolean(cut)));
    state.textContent = cut ? bus.t("fault.cut.armed", { n: String(cut.argument).replace(/\D/g, "") }) : "";
    cutNow.disabled = cutWrite.disabled = !bus.state.power;
    on.hidden = bus.state.power;
  };
  bus.on(["hello", "power", "wifi", "host", "faults", "language"], show);
  show();
  return el("ul", { class: "faults" }, items.cut, items.wifi, items.host);
}

/* ---- what the terminal does about it ---- */

/** @param {Bus} bus */
function liveList(bus) {
  const screen = el("p", { class: "now" });
  const list = el("ol", { class: "latest" });
  const node = el("section", { class: "reaction", "aria-labelledby": "reaction-title" },
    el("h3", { id: "reaction-title", t: "reaction.title" }), screen, list);
  let due = 0;
  const show = () => {
    due = 0;
    const { power, screen: shown, payment } = bus.state;
    const lines = (shown.text || []).filter(Boolean);
    screen.textContent = power ? bus.t("reaction.screen", { text: lines.join(" · ") || "–" }) : bus.t("reaction.dark");
    ui.clear(list);
    const told = (payment?.entries || []).filter((entry) => !UNTOLD.includes(entry.kind));
    for (const entry of told.slice(-LATEST).reverse()) {
      list.append(el("li", { class: `lane-${String(entry.lane).replace(/[^a-z]/g, "")}` },
        el("span", { class: "when", text: seconds(entry.t) }),
        el("span", { class: "who", text: bus.t(`lane.${entry.lane}`) }),
        el("span", { class: "what", text: lineFor(bus, entry) })));
    }
    if (!list.firstChild) list.append(el("li", { class: "empty", text: bus.t("reaction.none") }));
  };
  // Dozens of entries may come in a moment: they are drawn once a frame.
  const later = () => {
    if (!due) due = requestAnimationFrame(show);
  };
  bus.on(["hello", "entry", "payment", "screen", "power", "language"], later);
  show();
  return { node };
}

/**
 * An entry in one line; the counts behind a flash write or a connection say little here.
 * @param {Bus} bus
 * @param {import("../state.js").Entry} entry
 */
function lineFor(bus, entry) {
  const summary = entry.kind === "flash" || entry.kind === "net" ? "" : bus.text(entry.summary);
  return [bus.text(entry.title), summary].filter(Boolean).join(" – ");
}

/** @param {number} ms */
function seconds(ms) {
  return `${(Number(ms) / 1000 || 0).toFixed(1)} s`;
}
