/* The firmware's files onto a board: only what changed, each whole or not at all, main.py last.

Whatever interrupts it, a repeat ends it: what has come is left alone.  Until everything has come there is no main.py, so
no board starts with half of a firmware.  The folder of the terminal's own files is never touched.
*/

import * as programs from "./programs.js";
import { Trouble } from "./trouble.js";

/** @typedef {import("./repl.js").Repl} Repl */

/**
 * A file of the tree; `content` is base64.
 * @typedef {{path: string, size: number, sha256: string, content: string}} File
 */

/**
 * What is to be done: `write` in this order, `remove` before it; `same` files are there already.
 * @typedef {{write: File[], remove: string[], same: number, bytes: number, free: number}} Plan
 */

/** @typedef {(done: number, all: number, path: string) => void} Progress    bytes */

const START = "main.py";
const OWN = "taptill";              // the folder that is the firmware's alone
const PIECE = 2048;                 // characters of base64 in one program
const BLOCK = 4096;                 // of the board's file system
const SPARE = 16 * BLOCK;           // for folders, and for the terminal's own files

/**
 * Compare what is on the board with the tree.
 * @param {Repl} repl
 * @param {File[]} files
 * @returns {Promise<Plan>}
 */
export async function plan(repl, files) {
  await repl.run(programs.PREPARE);
  const top = files.map((file) => file.path).filter((path) => !path.startsWith(`${OWN}/`));
  const rivals = top.flatMap((path) => [`${path}.part`, ...path.endsWith(".mpy") ? [path.replace(/mpy$/, "py")] : []]);
  const there = new Map();
  let free = 0;
  for (const [what, ...words] of programs.told(await repl.run(programs.list([...top, ...rivals], [OWN]), 60000))) {
    if (what === "file") there.set(words.slice(1).join(" "), words[0]);
    if (what === "free") free = Number(words[0]);
  }
  return compare(files, there, free);
}

/**
 * @param {File[]} files
 * @param {Map<string, string>} there    SHA-256 by path
 * @param {number} free                  bytes
 * @returns {Plan}
 */
export function compare(files, there, free) {
  const wanted = new Set(files.map((file) => file.path));
  const write = files.filter((file) => there.get(file.path) !== file.sha256);
  const remove = [...there.keys()].filter((path) => path !== START && !wanted.has(path));
  if (write.length || remove.length) {
    // Without main.py nothing starts until all is there: it goes first and comes last.
    if (there.has(START)) remove.unshift(START);
    for (const file of files) if (file.path === START && !write.includes(file)) write.push(file);
  }
  write.sort((one, other) => Number(one.path === START) - Number(other.path === START));
  return { write, remove, same: files.length - write.length, free, bytes: write.reduce((sum, file) => sum + file.size, 0) };
}

/**
 * Do what the plan says.
 * @param {Repl} repl
 * @param {Plan} wanted
 * @param {Progress} progress
 */
export async function put(repl, wanted, progress) {
  const room = wanted.write.reduce((sum, file) => sum + Math.ceil(file.size / BLOCK) * BLOCK, 0);
  if (room + SPARE > wanted.free) {
    throw new Trouble("board.full", { needed: Math.ceil((room + SPARE) / 1024), free: Math.floor(wanted.free / 1024) });
  }
  for (const path of wanted.remove) await repl.run(`_away(${programs.quoted(path)})`);
  let done = 0;
  for (const file of wanted.write) {
    await send(repl, file, (part) => progress(done + Math.round(file.size * part), wanted.bytes, file.path));
    done += file.size;
  }
  progress(wanted.bytes, wanted.bytes, "");
}

/**
 * One file, whole or not at all; the board has been prepared.
 * @param {Repl} repl
 * @param {File} file
 * @param {(part: number) => void} [progress]    from 0 to 1
 */
export async function send(repl, file, progress) {
  const deflated = await deflate(file.content);
  await repl.run("_begin()");
  for (let at = 0; at < deflated.length; at += PIECE) {
    progress?.(at / deflated.length);
    await repl.run(`_w(${programs.quoted(deflated.slice(at, at + PIECE))})`);
  }
  await repl.run(`_end(${programs.quoted(file.path)}, ${programs.quoted(file.sha256)})`);
}

/**
 * @param {string} content    base64
 * @returns {Promise<string>} the same deflated, base64 again
 */
async function deflate(content) {
  const clear = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
  const deflated = new Response(new Blob([clear]).stream().pipeThrough(new CompressionStream("deflate")));
  return btoa(Array.from(new Uint8Array(await deflated.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(""));
}
