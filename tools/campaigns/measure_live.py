"""What lives in the heap, state by state: on the bench's 64-bit MicroPython, and on a 32-bit one where Node is.

The 32-bit one (MicroPython's WebAssembly port) has no ROMFS: there the code is loaded into the heap.  What stays in flash when it
is not – bytecode and texts – has the same size on both, so it is measured on the 64-bit one, as the difference between code from
LittleFS and code from ROMFS, and taken off.  Code that is frozen leaves more in flash than that (a note of every function, the
names of every module): that is measured by campaigns.live_frozen, which needs MicroPython's sources.
"""

import json
import pathlib
import shutil
import subprocess

from rig.interpreter import micropython

_LIVE = pathlib.Path(__file__).resolve().parent / "live"
_PROGRAM = """
import sys, json
sys.path[1:1] = {folders}
{before}
import live
print(json.dumps(live.measure({assets})))
"""
_MOUNT = "import codeflash; codeflash.mount('rom', {image}); sys.path.insert(1, codeflash.POINT)"
WITH_NODE = ("live_worst_32_kb", "live_idle_32_kb")


class NoNode(Exception):
    """There is no 32-bit MicroPython to be had; one line."""


def figures(folders: dict, progress) -> tuple[dict, str]:
    """Figures in kB of 1024 bytes, and why those of WITH_NODE are left out ("" when they are not)."""
    progress("live bytes")
    image = str(folders["rom"])
    flash = _on_64([str(_LIVE), str(folders["bench"])], _MOUNT.format(image=repr(image)), "codeflash.POINT + '/taptill'")
    heap = _on_64([str(_LIVE), str(folders["firmware"])], "", repr(str(folders["firmware"] / "taptill")))
    found = {"live_worst_64_kb": max(flash.values()) / 1024, "live_idle_64_kb": flash["idle"] / 1024}
    try:
        small = _on_32(folders["firmware"])
    except NoNode as error:
        return found, str(error)
    in_flash = {state: heap[state] - flash[state] for state in flash}
    found["live_worst_32_kb"] = max(small[state] - in_flash[state] for state in small) / 1024
    found["live_idle_32_kb"] = (small["idle"] - in_flash["idle"]) / 1024
    return found, ""


def _on_64(folders: list[str], before: str, assets: str) -> dict[str, int]:
    program = _PROGRAM.format(folders=folders, before=before, assets=assets)
    done = subprocess.run(
        [micropython(), "-X", "heapsize=4M", "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise OSError(0, f"live bytes: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    return json.loads(done.stdout)


def _on_32(tree: pathlib.Path) -> dict[str, int]:
    """Raises NoNode."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise NoNode("node and npm are not installed")
    if not (_LIVE / "node_modules").is_dir():
        got = subprocess.run(
            ["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=_LIVE, capture_output=True, timeout=120, check=False
        )
        if got.returncode:
            raise NoNode("npm could not get the 32-bit MicroPython (is the network there?)")
    done = subprocess.run(
        ["node", str(_LIVE / "walk.mjs"), str(tree), str(_LIVE / "live.py")],
        cwd=_LIVE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise OSError(0, "live bytes: the 32-bit MicroPython ended with an error")
    return json.loads(done.stdout)
