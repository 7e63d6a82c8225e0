/* The tabs: which panel is shown. */

import * as ui from "./ui.js";

/** @typedef {import("./bus.js").Bus} Bus */

export const TABS = ["wire", "faults", "ledger", "lessons", "board"];

/**
 * @param {Bus} bus
 * @param {string} name
 * @param {boolean} [focus]
 */
export function selectTab(bus, name, focus = false) {
  if (!TABS.includes(name)) return;
  for (const tab of TABS) {
    const button = ui.byId(`tab-${tab}`);
    const chosen = tab === name;
    button.setAttribute("aria-selected", String(chosen));
    button.tabIndex = chosen ? 0 : -1;
    ui.byId(`panel-${tab}`).hidden = !chosen;
    if (chosen && focus) button.focus();
  }
  bus.tab = name;
  ui.remember("tab", name);
  bus.emit("tab", { name });
}

/**
 * The panel begins below the tabs again, or comes up from below the window's edge.
 * @param {string} name
 */
function reveal(name) {
  const top = ui.byId(`panel-${name}`).getBoundingClientRect().top;
  if (top < ui.byId("tabs").getBoundingClientRect().bottom || top > innerHeight * 0.7) {
    ui.byId(`panel-${name}`).scrollIntoView({ block: "start" });
  }
}

/** @param {Bus} bus */
export function startTabs(bus) {
  const list = ui.byId("tabs");
  for (const name of TABS) {
    ui.byId(`tab-${name}`).addEventListener("click", () => {
      selectTab(bus, name);
      reveal(name);
    });
  }
  list.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    let at = TABS.indexOf(bus.tab);
    if (step) at = (at + step + TABS.length) % TABS.length;
    else if (event.key === "Home") at = 0;
    else if (event.key === "End") at = TABS.length - 1;
    else return;
    event.preventDefault();
    selectTab(bus, TABS[at], true);
    reveal(TABS[at]);
  });
  const wanted = new URLSearchParams(location.search).get("tab") || ui.recall("tab");
  selectTab(bus, TABS.includes(wanted) ? wanted : "wire");
}
