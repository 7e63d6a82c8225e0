"""What goes onto a board: main, board, taptill with fonts and texts, and the display driver.

`till deploy` copies this tree, `till image` and `till flash` make one file of it.
"""

import datetime
import importlib.util
import os
import pathlib
import re
import tempfile

from rig import compiled
from rig.compiled import ROOT, compile_text, compile_to
from rig.failures import Failed

# Copied as they are; everything else is compiled, which spares the board the compiler's heap.
_AS_IS = (".bin", ".json")
_NOT_ON_BOARD = (".md",)
_START = ("main.py", "board.py")
OPTIMISED = 2  # of mpy-cross: one more would cost the line numbers, and then no fault could say where it was
_MADE = pathlib.Path("taptill/core/build.py")
_DAY = re.compile(r'^DATE = "\d{8}"$', re.MULTILINE)
_DISPLAY = "ssd1306"


def image(board: str, folder: pathlib.Path) -> list[pathlib.Path]:
    """Lay out in `folder` what goes onto a board; the paths, relative to it.

    Raises CompileError; Failed when there is no such board; OSError.
    """
    board_file = compiled.BOARDS / board / "board.py"
    if board != board_file.parent.name or not board_file.is_file():
        raise Failed(f"board {board}: there is no boards/{board}/board.py")
    sources = {path.relative_to(ROOT / "firmware"): path for path in sorted((ROOT / "firmware").rglob("*")) if path.is_file()}
    sources[pathlib.Path("board.py")] = board_file
    sources[pathlib.Path(f"{_DISPLAY}.py")] = _display_driver()
    made = []
    for place, source in sources.items():
        if "__pycache__" in place.parts or source.suffix in _NOT_ON_BOARD:
            continue
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix in _AS_IS or str(place) in _START:
            target.write_bytes(source.read_bytes())
        elif place == _MADE:
            target = target.with_suffix(".mpy")
            compile_text(dated(source.read_text(encoding="utf-8")), str(target), place.as_posix(), OPTIMISED)
        else:
            target = target.with_suffix(".mpy")
            compile_to(source, str(target), place.as_posix(), OPTIMISED)
        made.append(target.relative_to(folder))
    return made


def read(board: str, folder: pathlib.Path) -> dict[str, bytes]:
    """The same by its names on the board ("taptill/flows/sale.mpy"), with the contents; `folder` is an empty one to work in."""
    return {path.as_posix(): (folder / path).read_bytes() for path in image(board, folder)}


def version() -> int:
    """The version of the compiled files, the second byte of each.  Raises CompileError."""
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "empty.mpy"
        compile_text("", str(target), target.name, OPTIMISED)
        return target.read_bytes()[1]


def dated(source: str) -> str:
    """core/build.py of a firmware that is made today: no clock of the terminal can be right that stands before."""
    return _DAY.sub(f'DATE = "{_today():%Y%m%d}"', source, count=1)


def _today() -> datetime.datetime:
    """Now in UTC, or the moment that SOURCE_DATE_EPOCH names (reproducible-builds.org): one build on two days is one build.

    Raises Failed.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not given:
        return datetime.datetime.now(datetime.timezone.utc)
    try:
        return datetime.datetime.fromtimestamp(int(given), datetime.timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise Failed(f"SOURCE_DATE_EPOCH {given}: not a number of seconds since 1970") from None


def _display_driver() -> pathlib.Path:
    """The pinned package's one file: the board has the driver that the bench has, and its computer needs no network."""
    spec = importlib.util.find_spec(_DISPLAY)
    if spec is None or not spec.origin:
        raise Failed(f"display driver {_DISPLAY}: not installed; run `make setup` first")
    return pathlib.Path(spec.origin)
