/* Has a terminal lived on this board, and does it still owe somebody something?  A reversal that is open is money. */

import { send } from "./files.js";
import * as programs from "./programs.js";
import { Raised } from "./raised.js";

/** @typedef {import("./repl.js").Repl} Repl */
/** @typedef {import("./files.js").File} File */

/** @typedef {"new" | "settled" | "open" | "unknown"} Used */

/* What the store needs of the firmware; it comes from the tree, for what is on flash may be half of something. */
const PARTS = ["", "adapters/", "core/", "core/journal/", "core/profiles/"].map((folder) => `taptill/${folder}__init__`).concat([
  "adapters/counter", "adapters/files", "adapters/intent", "adapters/journal", "adapters/marks", "adapters/sealed",
  "adapters/seen", "adapters/store", "core/errors", "core/journal/original", "core/journal/pending", "core/journal/record",
  "core/hmac", "core/masking", "core/owner", "core/transactions",
].map((name) => `taptill/${name}`)).map((name) => `${name}.mpy`);
const BLOCK = 512;

/**
 * @param {Repl} repl
 * @param {string} data       the folder of the terminal's files, "/data"
 * @param {File[]} files      the tree
 * @returns {Promise<Used>}
 */
export async function used(repl, data, files) {
  await repl.run(programs.PREPARE);
  const [found] = programs.told(await repl.run(programs.used(data)));
  if (found?.[0] !== "used") return "unknown";
  if (found[1] === "0") return "new";
  const parts = files.filter((file) => PARTS.includes(file.path));
  if (parts.length !== PARTS.length) return "unknown";
  const blocks = parts.reduce((sum, file) => sum + 2 + Math.ceil(file.size / BLOCK), 64);
  await repl.run(programs.PREPARE_LOOK);
  try {
    await repl.run(`_mount(${blocks})`);
    for (const file of parts) await send(repl, file);
    const [answer] = programs.told(await repl.run(programs.look(data)));
    return answer?.[0] === "open" && answer[1] === "False" ? "settled" : answer?.[1] === "True" ? "open" : "unknown";
  } catch (error) {
    if (error instanceof Raised) return "unknown";
    throw error;
  } finally {
    if (repl.there) await repl.run("_unmount()");
  }
}
