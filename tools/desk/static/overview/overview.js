/* The overview: every terminal with what is on its screen.  Text only through textContent. */

import { byId, messageOf } from "../base/ui.js";

const PERIOD_MS = 2000;

/** @param {number} minor */
function money(minor) {
  return (minor / 100).toFixed(2);
}

/** @param {{number: number, terminal: string, power: boolean, text: string[]}} terminal */
function card(terminal) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/${terminal.number}`;
  const name = document.createElement("strong");
  name.textContent = `${terminal.number}`;
  const number = document.createElement("span");
  number.textContent = `  ${terminal.terminal}`;
  const text = document.createElement("div");
  text.className = "text";
  text.textContent = terminal.power ? terminal.text.join("\n") : "–";
  link.append(name, number, text);
  item.append(link);
  return item;
}

async function refresh() {
  const answer = await fetch("/api/state");
  if (!answer.ok) return;
  const state = await answer.json();
  byId("terminals").replaceChildren(...state.terminals.map(card));
  const approved = state.totals.approved;
  byId("summary").textContent =
    `${approved.count} × approved 成功: ${money(approved.amount)}   host 主机: ${state.host === "up" ? "up 正常" : "stopped 已停"}`;
}

async function run() {
  try {
    await refresh();
  } catch (error) {
    byId("summary").textContent = messageOf(error);
  }
  setTimeout(run, PERIOD_MS);
}

run();
