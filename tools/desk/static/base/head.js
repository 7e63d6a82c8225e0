/* The head of the page: the terminal's number, the connection, the language. */

import * as ui from "./ui.js";

/** @param {import("./bus.js").Bus} bus */
export function startHead(bus) {
  for (const lang of ["en", "zh"]) {
    ui.byId(`lang-${lang}`).addEventListener("click", () => {
      bus.setLanguage(lang);
      bus.send({ do: "language", lang, chosen: "page" }).catch(() => undefined);   // the terminal follows when it is idle
    });
  }
  const showLanguage = () => {
    for (const lang of ["en", "zh"]) {
      ui.byId(`lang-${lang}`).setAttribute("aria-pressed", String(bus.lang === lang));
    }
  };
  const choose = ui.byId("terminal-number", HTMLSelectElement);
  choose.addEventListener("change", () => {
    const url = new URL(location.href);
    url.searchParams.delete("token");
    url.pathname = `/${choose.value}`;
    location.assign(url);
  });
  const showTerminals = () => {
    ui.byId("terminal-choice").hidden = bus.state.terminals < 2;
    if (choose.options.length !== bus.state.terminals) {
      ui.clear(choose);
      for (let n = 1; n <= bus.state.terminals; n++) choose.append(ui.el("option", { value: n, text: String(n) }));
    }
    choose.value = String(bus.state.terminal);
    document.title = bus.t("page.title", { n: bus.state.terminal });
  };
  const link = ui.byId("link");
  const showLink = () => {
    link.dataset.state = bus.state.connected ? "up" : "down";
    ui.say(ui.byId("link-text"), bus.state.connected ? "net.up" : "net.down");
  };
  bus.on("language", showLanguage);
  bus.on("hello", showTerminals);
  bus.on("connection", showLink);
  showLanguage();
  showLink();
}
