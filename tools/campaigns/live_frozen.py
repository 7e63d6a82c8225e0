"""`make live-frozen MICROPYTHON=…`: live bytes on a 32-bit MicroPython with the firmware frozen in, as in TapTill's own image.

Built of MicroPython's sources as its unix port for 32 bits (a compiler for them is needed: gcc-multilib), without what needs
more libraries; nothing is written into the sources but their own build folder of mpy-cross.  Objects are as large there as on an
ESP32.  Not in it: main.py's and the board's own objects, sockets and TLS, which lie outside of the heap on an ESP32.
"""

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

from rig.compiled import ROOT
from rig.failures import Failed
from till.board_tree import OPTIMISED
from till.freeze import lay_out

_BUILD = ROOT / "build" / "live"
_LIVE = pathlib.Path(__file__).resolve().parent / "live"
_MANIFEST = """include("$(MPY_DIR)/extmod/asyncio")
package("taptill", base_path={tree!r}, opt={level})
module("main.py", base_path={tree!r}, opt={level})
module("board.py", base_path={tree!r}, opt={level})
module("ssd1306.py", base_path={tree!r}, opt={level})
"""
_OPTIONS = ("MICROPY_FORCE_32BIT=1", "MICROPY_STANDALONE=1") + tuple(
    f"MICROPY_{name}=0" for name in ("PY_FFI", "PY_BTREE", "PY_SSL", "PY_THREAD", "USE_READLINE")
)
_PROGRAM = "import sys; sys.path[:] = ['.frozen', {live!r}]; import json, live; print(json.dumps(live.measure('taptill')))"


def build(sources: pathlib.Path) -> pathlib.Path:
    """The interpreter with this tree's firmware in it.  Raises Failed."""
    if not (sources / "ports" / "unix" / "Makefile").is_file():
        raise Failed("live-frozen: name a checkout of MicroPython 1.25: MICROPYTHON=…")
    tree = _BUILD / "tree"
    lay_out("esp32_devkitc", tree)
    display = importlib.util.find_spec("ssd1306")
    shutil.copyfile(display.origin, tree / "ssd1306.py")
    manifest = _BUILD / "manifest.py"
    manifest.write_text(_MANIFEST.format(tree=str(tree), level=OPTIMISED), encoding="utf-8")
    _make(sources / "mpy-cross")
    _make(sources / "ports" / "unix", *_OPTIONS, f"FROZEN_MANIFEST={manifest}", f"BUILD={_BUILD / 'unix'}")
    return _BUILD / "unix" / "micropython"


def _make(folder: pathlib.Path, *options: str) -> None:
    done = subprocess.run(
        ["make", f"-j{os.cpu_count()}", "-C", str(folder), *options], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed(f"live-frozen: make -C {folder}: {(done.stderr or done.stdout).strip().splitlines()[-1]}")


def main() -> None:
    """Print kB of 1024 bytes for each state, the worst last."""
    program = _PROGRAM.format(live=str(_LIVE))
    done = subprocess.run([str(build(pathlib.Path(sys.argv[1]).resolve())), "-X", "heapsize=4M", "-c", program],
                          capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode:
        raise Failed(f"live-frozen: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    for state, used in sorted(json.loads(done.stdout).items(), key=lambda row: row[1]):
        print(f"{used / 1024:6.1f} kB  {state}")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(str(error))
