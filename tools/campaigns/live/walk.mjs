/* Walks the terminal through its states on MicroPython's WebAssembly port, a 32-bit one, and prints {state: live bytes}.

   node walk.mjs TREE LIVE.PY

   TREE is the terminal's tree as .mpy files; LIVE.PY brings the modules beside it along.  The port collects only between two calls from outside, hence the steps. */

import fs from "node:fs";
import path from "node:path";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript";

const [tree, script] = process.argv.slice(2);
const python = await loadMicroPython({ heapsize: 4 << 20, stdout: (line) => console.log(line) });

function copy(from, to) {
  python.FS.mkdir(to);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), `${to}/${entry.name}`];
    if (entry.isDirectory()) copy(source, target);
    else python.FS.writeFile(target, fs.readFileSync(source));
  }
}

function collect() {
  for (let turn = 0; turn < 3; turn++) python.runPython("import gc; gc.collect()");
}

copy(tree, "/code");
const own = path.dirname(script);
for (const name of fs.readdirSync(own).filter((each) => each.endsWith(".py"))) {
  python.FS.writeFile(`/code/${name}`, fs.readFileSync(path.join(own, name)));
}
python.runPython("import sys; sys.path.insert(0, '/code'); import live; walk = live.Walk('/code/taptill')");
do {
  collect();
  python.runPython("grown = walk.prepare()");
} while (!python.globals.get("grown"));
collect();
python.runPython("walk.begin()");
for (;;) {
  python.runPython("state = walk.step()");
  if (!python.globals.get("state")) break;
  collect();
  python.runPython("walk.note(state)");
}
python.runPython("import json; print(json.dumps(walk.seen))");
