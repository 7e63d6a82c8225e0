/* The page: it starts the head, the tabs and every panel.

A PANEL is an ES module that exports  mount(root, bus)  (it may return a promise).  `root` is an empty element that the
panel fills and keeps; `bus` is the one of bus.js.  terminal.js and wallet.js stand beside the tabs; wire.js, faults.js,
ledger.js and lessons.js are loaded with import() when the page starts, one that fails says so in its tab.

HELPERS  ui.js: el(), say(), icon(), dialog(), clear(); see there.  Only textContent and createElement make DOM.
*/

import { makeBus } from "./bus.js";
import { startHead } from "./head.js";
import { TABS, startTabs } from "./tabs.js";
import * as terminal from "./terminal.js";
import * as ui from "./ui.js";
import * as wallet from "./wallet.js";

/**
 * @param {import("./bus.js").Bus} bus
 * @param {string} name
 */
async function mountTab(bus, name) {
  const root = ui.byId(`panel-${name}`);
  try {
    /** @type {import("./bus.js").Panel} */
    const panel = await import(`./${name}.js`);
    await panel.mount(root, bus);
  } catch (error) {
    reportError(error);
    ui.clear(root);
    root.append(ui.el("p", { class: "empty", t: "tab.failed" }));
  }
}

function firstLanguage() {
  const asked = new URLSearchParams(location.search).get("lang") || ui.recall("lang") || navigator.language || "en";
  return asked.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function terminalNumber() {
  const asked = location.pathname.match(/^\/(\d+)$/)?.[1];
  const number = Number.parseInt(asked || "1", 10);
  return number >= 1 && number <= 999 ? number : 1;
}

async function start() {
  const bus = makeBus(firstLanguage(), terminalNumber());
  ui.setLanguage(bus.lang);
  document.documentElement.lang = bus.lang === "zh" ? "zh-CN" : "en";
  startHead(bus);
  startTabs(bus);
  await terminal.mount(ui.byId("terminal"), bus);
  await wallet.mount(ui.byId("wallet"), bus);
  await Promise.all(TABS.map((name) => mountTab(bus, name)));
  bus.setLanguage(bus.lang);
  bus.connect();
}

start();
