/* The ledger: the bank's books beside the terminal's own journal, and the difference, which must be 0.00. */

import * as ui from "../base/ui.js";

/** @typedef {import("../base/bus.js").Bus} Bus */

/**
 * A payment as the bank has it; amounts in minor units.
 * @typedef {object} HostRow
 * @property {string | number} batch
 * @property {string | number} stan
 * @property {string} state
 * @property {number} amount
 * @property {string} [pan_masked]
 * @property {string} [kind]  sale, void
 * @property {string | null} [code]
 */

/**
 * The same payment as the terminal's journal has it.
 * @typedef {object} OwnRow
 * @property {string | number} batch
 * @property {string | number} stan
 * @property {string} state
 * @property {number} amount
 * @property {string} [pan]
 * @property {string} [transaction]  sale, void
 */

/** @typedef {{batch: string | number, stan: string | number, host: HostRow | null, own: OwnRow | null}} Sale */
/** @typedef {{name: string, number?: string, balance: number}} Account */
/** @typedef {{terminal: string, merchant: string, batch: number, signed_on: boolean}} TerminalRow */
/** @typedef {{hour: number, count: number, amount: number}} Hour */

/**
 * The answer of /api/ledger.  The difference is null without a journal.
 * @typedef {object} Books
 * @property {number | null} [difference]
 * @property {(import("../state.js").Text | string)[]} [problems]
 * @property {{host: number, journal: number, manual: number} | null} [sums]
 * @property {HostRow[]} [transactions]
 * @property {OwnRow[] | null} [journal]
 * @property {Account[]} [accounts]
 * @property {TerminalRow[]} [terminals]
 * @property {Hour[]} [day]
 */

/**
 * A column of a table of such rows.
 * @template Row
 * @typedef {{key: string, kind?: string, value: (row: Row) => Node | string | number | null}} Column
 */

const { el, svg, icon } = ui;
const MOST_ROWS = 200;
const REREAD_MS = 250;
const CHART = { width: 720, height: 190, left: 56, bottom: 26, top: 12 };

/**
 * @param {HTMLElement} root
 * @param {Bus} bus
 */
export function mount(root, bus) {
  const head = el("div", { class: "panel-head" }, el("h2", { t: "ledger.title" }), el("p", { t: "ledger.intro" }));
  const body = el("div", { class: "ledger" });
  root.append(head, body);
  let timer = 0;
  /** @type {Books | null} */
  let data = null;
  let asked = 0;

  const read = async () => {
    timer = 0;
    const mine = ++asked;
    try {
      const answer = await bus.get(`/api/ledger?terminal=${bus.state.terminal}`);
      if (mine !== asked) return;
      data = answer;
      draw(body, bus, answer);
    } catch (error) {
      if (mine !== asked) return;
      ui.clear(body).append(el("p", { class: "empty", text: bus.t("ledger.failed", { why: ui.messageOf(error) }) }));
    }
  };
  const later = () => {
    if (bus.tab === "ledger" && !timer) timer = setTimeout(read, REREAD_MS);
  };
  bus.on(["hello", "ledger", "payment", "tab"], later);
  bus.on("language", () => {
    if (data) draw(body, bus, data);
  });
}

/**
 * @param {HTMLElement} body
 * @param {Bus} bus
 * @param {Books} data
 */
function draw(body, bus, data) {
  ui.clear(body).append(
    balance(bus, data),
    dayChart(bus, data.day || []),
    transactions(bus, data),
    el("div", { class: "pair" }, accounts(bus, data.accounts || []), terminals(bus, data.terminals || [])));
}

/* ---- the difference ---- */

/**
 * @param {Bus} bus
 * @param {Books} data
 */
function balance(bus, data) {
  const difference = data.difference ?? null;
  const unknown = difference === null;
  const problems = data.problems || [];
  const fine = !unknown && difference === 0 && !problems.length;
  const kind = ["bad", "fine"][Number(fine)];
  const { host, journal, manual } = data.sums || { host: null, journal: null, manual: null };
  const minus = () => el("span", { class: "sign-minus", text: "\u2212", "aria-hidden": "true" });
  return el("section", { class: `difference ${unknown ? "unknown" : kind}`, "aria-labelledby": "difference-name" },
    el("div", { class: "figures" },
      figure(bus, "ledger.host", host), minus(), figure(bus, "ledger.journal", journal),
      ...(manual ? [minus(), figure(bus, "ledger.manual", manual)] : [])),
    el("div", { class: "big" },
      el("span", { id: "difference-name", text: bus.t("ledger.difference") }),
      el("output", { id: "difference", text: difference === null ? "\u2013" : signed(bus, difference) }),
      el("span", { class: "verdict" }, icon(fine ? "check" : "warn"),
        el("span", { text: bus.t(unknown ? "ledger.unknown" : `ledger.${kind}`) }))),
    problems.length ? el("ul", { class: "problems" }, ...problems.map((line) => el("li", { text: bus.text(line) }))) : null);
}

/**
 * +8.80: the bank has more; 0.00 has no sign.
 * @param {Bus} bus
 * @param {number} minor
 */
function signed(bus, minor) {
  return `${minor > 0 ? "+" : ""}${bus.money(minor)}`;
}

/**
 * @param {Bus} bus
 * @param {string} key
 * @param {number | null} amount
 */
function figure(bus, key, amount) {
  return el("div", { class: "figure" }, el("span", { text: bus.t(key) }), el("b", { text: bus.money(amount) }));
}

/* ---- tables ---- */

/**
 * @template Row
 * @param {Bus} bus
 * @param {string} titleKey
 * @param {Column<Row>[]} columns
 * @param {Row[]} rows
 * @param {string} emptyKey
 */
function table(bus, titleKey, columns, rows, emptyKey) {
  const wide = columns.length > 4;
  const id = `table-${titleKey.replace(/\W/g, "-")}`;
  const head = el("h3", { id, text: bus.t(titleKey) });
  if (!rows.length) {
    return el("section", { "aria-labelledby": id }, head, el("p", { class: "empty", text: bus.t(emptyKey) }));
  }
  return el("section", { "aria-labelledby": id }, head,
    // The roles stay what they are when the style sheet breaks the rows up.
    el("div", { class: wide ? "sheet wide" : "sheet" },
      el("table", { role: "table", "aria-labelledby": id },
        el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...columns.map((column) => (
          el("th", { role: "columnheader", scope: "col", class: column.kind || null, text: bus.t(column.key) }))))),
        el("tbody", { role: "rowgroup" }, ...rows.map((row) => el("tr", { role: "row" },
          ...columns.map((column) => cell(column, row, bus.t(column.key)))))))));
}

/**
 * @template Row
 * @param {Column<Row>} column
 * @param {Row} row
 * @param {string} label
 */
function cell(column, row, label) {
  const value = column.value(row);
  const node = el("td", { role: "cell", class: column.kind || null, data: { label } });
  node.append(value instanceof Node ? value : String(value ?? ""));
  return node;
}

/**
 * Every sale once, what the bank has of it beside what the terminal has.
 * @param {Books} data
 */
function joined(data) {
  /** @type {Map<string, Sale>} */
  const rows = new Map();
  /** @param {HostRow | OwnRow} row */
  const at = ({ batch, stan }) => {
    const key = `${Number(batch)}/${Number(stan)}`;
    const sale = rows.get(key) || { batch, stan, host: null, own: null };
    rows.set(key, sale);
    return sale;
  };
  for (const row of data.transactions || []) at(row).host = row;
  for (const row of data.journal || []) at(row).own = row;
  return [...rows.values()].sort((one, other) => Number(other.batch) - Number(one.batch) || Number(other.stan) - Number(one.stan));
}

/** @type {Record<string, string[] | null>} what the bank may say of a state of the terminal; null: anything */
const AGREE = {
  approved: ["approved"], partial: ["approved"], declined: ["declined", "reversed", ""], reversed: ["reversed"],
  "reversed: not found": ["reversed", ""], "reversed: was not approved": ["declined", ""], "not sent": [""],
  "manual list": null,
};

/** @param {Sale} sale */
function agrees({ host, own }) {
  if (!own) return !host || host.state !== "approved";
  if (!(own.state in AGREE)) return false;
  return AGREE[own.state]?.includes(host ? host.state : "") ?? true;
}

/**
 * @param {Bus} bus
 * @param {Books} data
 */
function transactions(bus, data) {
  /** @param {string} state */
  const word = (state) => {
    const key = `state.${state}`;
    const text = bus.t(key);
    return el("span", { class: `pill s-${String(state).split(/[^a-z]/)[0]}`, text: text === key ? state : text });
  };
  const rows = joined(data);
  /** @type {Column<Sale>[]} */
  const columns = [
    { key: "ledger.trace", kind: "code", value: (row) => String(row.stan).padStart(6, "0") },
    { key: "ledger.what", value: ({ host, own }) => bus.t(`ledger.${own?.transaction || host?.kind || "sale"}`) },
    { key: "ledger.card", kind: "code", value: ({ host, own }) => host?.pan_masked || own?.pan || "" },
    { key: "ledger.amount", kind: "money", value: ({ host, own }) => bus.money(own?.amount ?? host?.amount) },
    { key: "ledger.bank.says", value: ({ host }) => (host ? word(host.state) : bus.t("ledger.nothing")) },
    { key: "ledger.code", kind: "code", value: ({ host }) => host?.code || "" },
    { key: "ledger.terminal.says", value: ({ own }) => (own ? word(own.state) : bus.t("ledger.nothing")) },
    { key: "ledger.same", kind: "agree", value: (row) => {
      const same = agrees(row);
      const mark = el("span", { class: same ? "same" : "differs", role: "img" }, icon(same ? "check" : "warn"));
      mark.setAttribute("aria-label", bus.t(same ? "ledger.same.yes" : "ledger.same.no"));
      return mark;
    } },
  ];
  return table(bus, "ledger.transactions", columns, rows.slice(0, MOST_ROWS), "ledger.none");
}

/**
 * @param {Bus} bus
 * @param {Account[]} rows
 */
function accounts(bus, rows) {
  return table(bus, "ledger.accounts", [
    { key: "ledger.account", value: (row) => accountName(bus, row) },
    { key: "ledger.number", kind: "code", value: (row) => row.number || "" },
    { key: "ledger.balance", kind: "money", value: (row) => bus.money(row.balance) },
  ], rows, "ledger.none");
}

/**
 * A card's account is called as the card; that of terminal 2 and on has the terminal's number behind its name.
 * @param {Bus} bus
 * @param {Account} row
 */
function accountName(bus, row) {
  for (const name of [String(row.name), String(row.name).replace(/-\d+$/, "")]) {
    const key = `card.${name}`;
    const known = bus.t(key);
    if (known !== key) return known;
    const made = bus.state.cards.find((card) => card.name === name);
    if (made) return String(made.label);
  }
  return String(row.name);
}

/**
 * @param {Bus} bus
 * @param {TerminalRow[]} rows
 */
function terminals(bus, rows) {
  return table(bus, "ledger.terminals", [
    { key: "ledger.tid", kind: "code", value: (row) => row.terminal },
    { key: "ledger.merchant", kind: "code", value: (row) => row.merchant },
    { key: "ledger.batch", kind: "code", value: (row) => String(row.batch).padStart(6, "0") },
  ], rows, "ledger.none");
}

/* ---- the day ---- */

/**
 * @param {Bus} bus
 * @param {Hour[]} day
 */
function dayChart(bus, day) {
  const { width, height, left, bottom, top } = CHART;
  const hours = Array.from({ length: 24 }, (_, hour) => (
    day.find((row) => Number(row.hour) === hour) || { hour, count: 0, amount: 0 }));
  const most = niceCeiling(Math.max(...hours.map((row) => Number(row.amount) || 0), 10000));
  const step = (width - left - 8) / 24;
  /** @param {number} amount */
  const y = (amount) => top + (height - top - bottom) * (1 - amount / most);
  const count = hours.reduce((total, row) => total + (Number(row.count) || 0), 0);
  const total = hours.reduce((all, row) => all + (Number(row.amount) || 0), 0);
  const picture = svg("svg", { class: "day", viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": bus.t("day.spoken", { n: count, amount: bus.money(total) }) });
  for (const part of [0, 0.5, 1]) {
    picture.append(
      svg("line", { class: "grid", x1: left, x2: width - 4, y1: y(most * part), y2: y(most * part) }),
      svg("text", { class: "axis", x: left - 8, y: y(most * part) + 5, "text-anchor": "end",
        text: bus.money(most * part).replace(/\.00$/, "") }));
  }
  for (const { hour, count: sales, amount } of hours) {
    const x = left + hour * step;
    if (amount > 0) {
      picture.append(svg("rect", { class: "bar", x: x + 3, width: step - 6, y: y(amount),
        height: Math.max(1, y(0) - y(amount)), rx: 3 },
      svg("title", { text: bus.t("day.bar", { hour, n: sales, amount: bus.money(amount) }) })));
    }
    if (hour % 3 === 0) {
      picture.append(svg("text", { class: "axis", x: x + step / 2, y: height - 7, "text-anchor": "middle",
        text: String(hour).padStart(2, "0") }));
    }
  }
  return el("figure", { class: "chart" },
    el("figcaption", {}, el("h3", { text: bus.t("day.title") }),
      el("span", { text: bus.t("day.spoken", { n: count, amount: bus.money(total) }) })), picture);
}

/**
 * The next 1, 2 or 5 times a power of ten.
 * @param {number} value
 */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5].map((step) => step * power).find((step) => step >= value) ?? 10 * power;
}
