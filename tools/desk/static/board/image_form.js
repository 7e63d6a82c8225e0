/* The image's own controls: for which board it is, which file, and what is said of it before anything is written. */

import * as ui from "../base/ui.js";
import { inspect } from "./image.js";
import { makePick } from "./step.js";
import { Trouble } from "./trouble.js";
import { check, possible } from "./variant.js";

/** @typedef {import("./facts.js").Folder} Folder */
/** @typedef {import("./image.js").Image} Image */

const { el, icon } = ui;
const FIRST = "esp32s3_devkitc";    // README's first choice

/**
 * @param {string} id
 * @param {Folder[]} folders
 */
export function folderChoice(id, folders) {
  return el("select", { id }, ...folders.map((each) => el("option", { value: each.folder, text: `${each.folder}: ${each.name}` })));
}

/**
 * `act` runs what may end in a Trouble; `write` puts an image on the board, `sure`: also where it cannot be told what is open there.
 * @param {import("./form.js").Setup} setup
 * @param {(work: () => Promise<void>) => void} act
 * @param {(image: Image, folder: Folder, sure: boolean) => Promise<void>} write
 */
export function makeImageForm(setup, act, write) {
  const about = el("div", { class: "board-about", "aria-live": "polite" });
  const pick = makePick("board-image", "board.image.file", ".bin");
  const choice = folderChoice("board-image-folder", [...setup.boards].sort((one, other) =>
    Number(other.folder === FIRST) - Number(one.folder === FIRST)));
  const judge = () => act(async () => {
    ui.clear(about);
    const chosen = pick.input.files?.[0];
    const folder = setup.boards.find((each) => each.folder === choice.value);
    if (chosen && folder) about.append(...await judged(new Uint8Array(await chosen.arrayBuffer()), folder, act, write));
  });
  for (const each of [pick.input, choice]) each.addEventListener("change", judge);
  return [el("p", { class: "hint", t: "board.image.hint", values: { oldest: setup.oldest } }),
    el("div", { class: "field" }, el("label", { for: choice.id, t: "board.image.folder" }), choice),
    el("div", { class: "field" }, pick.label, pick.row), about];
}

/**
 * @param {Uint8Array} content
 * @param {Folder} folder
 * @param {(work: () => Promise<void>) => void} act
 * @param {(image: Image, folder: Folder, sure: boolean) => Promise<void>} write
 * @returns {Promise<Node[]>}
 */
async function judged(content, folder, act, write) {
  const image = await inspect(content);
  if (image.chip !== folder.chip) {
    throw new Trouble("board.image.folder.chip", { folder: folder.folder, wired: folder.chip, chip: image.chip });
  }
  check(image.builds, possible(folder));
  const acts = el("div", { class: "board-acts" });
  const offer = (/** @type {string} */ key, /** @type {string | null} */ kind, /** @type {string} */ id, /** @type {boolean} */ sure) =>
    acts.append(el("button", { type: "button", class: kind, id, on: { click: () => act(async () => {
      try {
        await write(image, folder, sure);
      } catch (error) {
        const unsure = error instanceof Trouble && error.key === "board.image.unsure";
        if (unsure && !acts.querySelector("#board-sure")) offer("board.image.sure", null, "board-sure", true);
        throw error;
      }
    }) } }, el("span", { t: key })));
  offer("board.image.write", "primary", "board-flash", false);
  return [el("p", { class: "board-sum" }, "SHA-256 ", el("code", { text: image.sha256 })),
    el("p", { class: "board-fine" }, icon("check"), el("span", { t: "board.image.fine",
      values: { chip: image.chip, build: image.builds.join(", "), offset: `0x${image.offset.toString(16)}` } })), acts];
}
