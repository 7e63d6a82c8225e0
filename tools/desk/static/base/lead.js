/* Where the guide and the running lesson stand: below the tabs, or first on a page of one column. */

import { byId } from "./ui.js";

export function placeLead() {
  const lead = byId("lead");
  const wide = matchMedia("(min-width: 960px)");
  const place = () => {
    if (wide.matches) byId("tabs").after(lead);
    else byId("desk").prepend(lead);
  };
  wide.addEventListener("change", place);
  place();
}
