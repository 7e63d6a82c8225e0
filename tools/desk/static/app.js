/* The page: it starts the head, the tabs and every panel.

A PANEL is an ES module that exports  mount(root, bus)  (it may return a promise).  `root` is an empty element that the
panel fills and keeps; `bus` is the one of base/bus.js.  Each panel is a folder, with its styles.  The terminal and the
wallet stand beside the tabs; wire, faults, ledger, lessons and board are loaded with import() when the page starts, one that
fails says so in its tab.

HELPERS  base/ui.js: el(), say(), icon(), dialog(), clear(); see there.  Only textContent and createElement make DOM.
*/

import { makeBus } from "./base/bus.js";
import { startHead } from "./base/head.js";
import { placeLead } from "./base/lead.js";
import { TABS, startTabs } from "./base/tabs.js";
import * as guide from "./guide/guide.js";
import * as terminal from "./terminal/terminal.js";
import * as ui from "./base/ui.js";
import * as wallet from "./wallet/wallet.js";

/**
 * @param {import("./base/bus.js").Bus} bus
 * @param {string} name
 */
async function mountTab(bus, name) {
  const root = ui.byId(`panel-${name}`);
  try {
    /** @type {import("./base/bus.js").Panel} */
    const panel = await import(`./${name}/${name}.js`);
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
  placeLead();
  await terminal.mount(ui.byId("terminal"), bus);
  await wallet.mount(ui.byId("wallet"), bus);
  guide.mount(ui.byId("lead"), bus);
  await Promise.all(TABS.map((name) => mountTab(bus, name)));
  bus.setLanguage(bus.lang);
  bus.connect();
}

start();
