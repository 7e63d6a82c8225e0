"""Which folder of boards/ is the board that is plugged in, and may the firmware run there?  Asked before anything is copied."""

import ast

from rig import compiled
from rig.failures import Failed
from wiring import table

from . import live_board
from .board_port import Board

FIRST_CHOICE = "esp32s3_devkitc"
_BY_CHIP = {"ESP32-S3": FIRST_CHOICE, "ESP32": "esp32_wrover"}  # a plain ESP32 has its firmware in an image of its own
_ASKING_S = 60  # a board that hangs while it is asked is told of, not waited for
_ITS_OWN = """\
try:
    with open('/board.py', 'rb') as file:
        print(repr(file.read()))
except OSError as error:
    if error.errno != 2:
        raise
    print(repr(b''))
"""


def by_chip(chip: str) -> str:
    """The folder for a new board with that chip when nobody has named one."""
    return _BY_CHIP.get(chip, FIRST_CHOICE)


def check_board(board: Board, folder: str, mpy: int) -> str:
    """Ask the board what it is; the folder of boards/ that it gets: `folder`, or where that is "" the one that fits.

    Raises Failed when the firmware cannot run there, and when a folder has to be named.  `mpy` is the version of the compiled
    files, the second byte of each.
    """
    try:
        wirings = {each.folder: each for each in map(table.read, sorted(compiled.BOARDS.glob("*/board.py")))}
    except ValueError as error:
        raise Failed(str(error)) from None
    asked = live_board.questions({gpio for each in wirings.values() for gpio in each.gpios})
    try:
        found = live_board.facts(board.run(asked, _ASKING_S))
    except live_board.NoAnswer as error:
        raise Failed(f"board on {board.port}: {error}") from None

    def checked(name: str) -> str:
        why_not = live_board.refusal(found, wirings[name], list(wirings.values()), mpy)
        if why_not:
            raise Failed(f"board on {board.port}: {why_not}")
        return name

    name = checked(folder or by_chip(found.chip))
    return name if folder else checked(_its_own(board, wirings) or name)


def _its_own(board: Board, wirings: dict[str, table.Board]) -> str:
    """The folder whose board.py is on the board, or whose NAME that has; "" where there is none yet.  Raises Failed."""
    there = ast.literal_eval(board.run(_ITS_OWN).strip())
    if not there:
        return ""
    same = [name for name in wirings if (compiled.BOARDS / name / "board.py").read_bytes() == there]
    try:
        title = table.values(there.decode()).get("NAME")
    except (SyntaxError, ValueError):
        title = None
    fitting = same or [name for name, each in wirings.items() if title and each.values.get("NAME") == title]
    if len(fitting) != 1:
        which = f"are all named {title!r}: {', '.join(fitting)}" if fitting else "are none that it is"
        raise Failed(
            f"board on {board.port}: it has a board.py already, and the folders of boards/ {which}; name one with --board"
        )
    return fitting[0]
