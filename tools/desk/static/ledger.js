/* The ledger: the bank's books beside the terminal's own journal, and the difference, which must be 0.00. */

import * as ui from "./ui.js";

const { el, svg, icon } = ui;
const MOST_ROWS = 200;
const REREAD_MS = 250;
const CHART = { width: 720, height: 190, left: 56, bottom: 26, top: 12 };

export function mount(root, bus) {
  const head = el("div", { class: "panel-head" }, el("h2", { t: "ledger.title" }), el("p", { t: "ledger.intro" }));
  const body = el("div", { class: "ledger" });
  root.append(head, body);
  let timer = 0;
  let data = null;
  let asked = 0;

  const read = async () => {
    timer = 0;
    const mine = ++asked;
    try {
      const answer = await bus.get(`/api/ledger?terminal=${bus.state.terminal}`);
      if (mine !== asked) return;
      data = answer;
      draw(body, bus, data);
    } catch (error) {
      if (mine !== asked) return;
      ui.clear(body).append(el("p", { class: "empty", text: bus.t("ledger.failed", { why: error.message }) }));
    }
  };
  const later = () => {
    if (bus.tab === "ledger" && !timer) timer = setTimeout(read, REREAD_MS);
  };
  for (const event of ["hello", "ledger", "payment", "tab"]) bus.on(event, later);
  bus.on("language", () => data && draw(body, bus, data));
}

function draw(body, bus, data) {
  const scrolled = body.closest(".panel").scrollTop;
  ui.clear(body).append(
    balance(bus, data),
    dayChart(bus, data.day || []),
    transactions(bus, data),
    el("div", { class: "pair" }, accounts(bus, data.accounts || []), terminals(bus, data.terminals || [])));
  body.closest(".panel").scrollTop = scrolled;
}

/* ---- the difference ---- */

function balance(bus, data) {
  const unknown = data.difference === null || data.difference === undefined;
  const problems = data.problems || [];
  const fine = !unknown && Number(data.difference) === 0 && !problems.length;
  const kind = ["bad", "fine"][Number(fine)];
  const { host, journal, manual } = data.sums || {};
  const minus = () => el("span", { class: "sign-minus", text: "\u2212", "aria-hidden": "true" });
  return el("section", { class: `difference ${unknown ? "unknown" : kind}`, "aria-labelledby": "difference-name" },
    el("div", { class: "figures" },
      figure(bus, "ledger.host", host), minus(), figure(bus, "ledger.journal", journal),
      ...(manual ? [minus(), figure(bus, "ledger.manual", manual)] : [])),
    el("div", { class: "big" },
      el("span", { id: "difference-name", text: bus.t("ledger.difference") }),
      el("output", { id: "difference", text: unknown ? "\u2013" : signed(bus, data.difference) }),
      el("span", { class: "verdict" }, icon(fine ? "check" : "warn"),
        el("span", { text: bus.t(unknown ? "ledger.unknown" : `ledger.${kind}`) }))),
    problems.length ? el("ul", { class: "problems" }, ...problems.map((line) => el("li", { text: bus.text(line) }))) : null);
}

/* +8.80: the bank has more; 0.00 has no sign. */
function signed(bus, minor) {
  return `${Number(minor) > 0 ? "+" : ""}${bus.money(minor)}`;
}

function figure(bus, key, amount) {
  return el("div", { class: "figure" }, el("span", { text: bus.t(key) }), el("b", { text: bus.money(amount) }));
}

/* ---- tables ---- */

function table(bus, titleKey, columns, rows, emptyKey) {
  const id = `table-${titleKey.replace(/\W/g, "-")}`;
  const head = el("h3", { id, text: bus.t(titleKey) });
  if (!rows.length) {
    return el("section", { "aria-labelledby": id }, head, el("p", { class: "empty", text: bus.t(emptyKey) }));
  }
  return el("section", { "aria-labelledby": id }, head,
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-labelledby": id },
      el("table", {},
        el("thead", {}, el("tr", {}, ...columns.map((column) => (
          el("th", { scope: "col", class: column.kind || null, text: bus.t(column.key) }))))),
        el("tbody", {}, ...rows.map((row) => el("tr", { class: row.class || null },
          ...columns.map((column) => cell(column, row))))))));
}

function cell(column, row) {
  const value = column.value(row);
  const node = el("td", { class: column.kind || null });
  node.append(value instanceof Node ? value : String(value ?? ""));
  return node;
}

/* Every sale once, what the bank has of it beside what the terminal has. */
function joined(data) {
  const rows = new Map();
  const at = (row) => {
    const key = `${Number(row.batch)}/${Number(row.stan)}`;
    if (!rows.has(key)) rows.set(key, { batch: row.batch, stan: row.stan, host: null, own: null });
    return rows.get(key);
  };
  for (const row of data.transactions || []) at(row).host = row;
  for (const row of data.journal || []) at(row).own = row;
  return [...rows.values()].sort((one, other) => other.batch - one.batch || other.stan - one.stan);
}

const AGREE = {
  approved: ["approved"], partial: ["approved"], declined: ["declined", "reversed", ""], reversed: ["reversed"],
  "reversed: not found": ["reversed", ""], "reversed: was not approved": ["declined", ""], "not sent": [""],
  "manual list": null,
};

function agrees({ host, own }) {
  if (!own) return !host || host.state !== "approved";
  if (!(own.state in AGREE)) return false;
  return AGREE[own.state] === null || AGREE[own.state].includes(host ? host.state : "");
}

function transactions(bus, data) {
  const word = (state) => {
    const key = `state.${state}`;
    const text = bus.t(key);
    return el("span", { class: `pill s-${String(state).split(/[^a-z]/)[0]}`, text: text === key ? state : text });
  };
  const rows = joined(data);
  const columns = [
    { key: "ledger.trace", kind: "code", value: (row) => String(row.stan).padStart(6, "0") },
    { key: "ledger.card", kind: "code", value: ({ host, own }) => host?.pan_masked || own?.pan || "" },
    { key: "ledger.amount", kind: "money", value: ({ host, own }) => bus.money(own?.amount ?? host?.amount) },
    { key: "ledger.bank.says", value: ({ host }) => (host ? word(host.state) : bus.t("ledger.nothing")) },
    { key: "ledger.code", kind: "code", value: ({ host }) => host?.code || "" },
    { key: "ledger.terminal.says", value: ({ own }) => (own ? word(own.state) : bus.t("ledger.nothing")) },
    { key: "ledger.same", kind: "tick", value: (row) => {
      const same = agrees(row);
      const mark = el("span", { class: same ? "same" : "differs", role: "img" }, icon(same ? "check" : "warn"));
      mark.setAttribute("aria-label", bus.t(same ? "ledger.same.yes" : "ledger.same.no"));
      return mark;
    } },
  ];
  return table(bus, "ledger.transactions", columns, rows.slice(0, MOST_ROWS), "ledger.none");
}

function accounts(bus, rows) {
  return table(bus, "ledger.accounts", [
    { key: "ledger.account", value: (row) => accountName(bus, row) },
    { key: "ledger.number", kind: "code", value: (row) => row.number || "" },
    { key: "ledger.balance", kind: "money", value: (row) => bus.money(row.balance) },
  ], rows, "ledger.none");
}

/* A card's account is called as the card; that of terminal 2 and on has the terminal's number behind its name. */
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

function terminals(bus, rows) {
  return table(bus, "ledger.terminals", [
    { key: "ledger.tid", kind: "code", value: (row) => row.terminal },
    { key: "ledger.merchant", kind: "code", value: (row) => row.merchant },
    { key: "ledger.batch", kind: "code", value: (row) => String(row.batch).padStart(6, "0") },
  ], rows, "ledger.none");
}

/* ---- the day ---- */

function dayChart(bus, day) {
  const { width, height, left, bottom, top } = CHART;
  const hours = Array.from({ length: 24 }, (_, hour) => (
    day.find((row) => Number(row.hour) === hour) || { hour, count: 0, amount: 0 }));
  const most = niceCeiling(Math.max(...hours.map((row) => Number(row.amount) || 0), 10000));
  const step = (width - left - 8) / 24;
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

/* The next 1, 2 or 5 times a power of ten. */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}
