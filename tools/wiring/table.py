"""A board.py, read without being run: its names that are plain values, and its table of wires."""

import ast
import dataclasses
import pathlib
import re
from typing import Any, NamedTuple

WAYS = ("in", "out", "both", "analog")
_EXPANDER = re.compile(r"P[0-7]")


class Wire(NamedTuple):
    """One line of WIRING.  `gpio` is -1 where it does not end at the chip but at pin `port` ("P0" … "P7") of a PCF8574."""

    part: str
    pin: str
    gpio: int
    way: str
    port: str = ""

    def __str__(self) -> str:
        return f"{self.part} {self.pin}, " + (f"PCF8574 {self.port}" if self.port else f"GPIO {self.gpio}")


@dataclasses.dataclass(frozen=True)
class Board:
    """What a folder of boards/ is made for: its name, its wires, and all names of board.py that are plain values.

    `given` is what its Parts are made with beside the table: name -> plain value, or None where it is another; None as a whole
    where board.py makes no Parts.
    """

    folder: str
    wires: tuple
    values: dict
    given: dict | None = None

    @property
    def chip(self) -> str:
        """Its chip's family."""
        return self.values["CHIP"]

    @property
    def gpios(self) -> tuple:
        """The GPIOs that it wires, in the table's order."""
        return tuple(wire.gpio for wire in self.wires if not wire.port)

    def of(self, part: str) -> dict:
        """Wires of `part` by its pins."""
        return {wire.pin: wire for wire in self.wires if wire.part == part}


def read(board_file: pathlib.Path) -> Board:
    """The board of a board.py.  Raises ValueError, which names the file and the line that cannot be used; OSError."""
    try:
        tree = ast.parse(board_file.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError) as error:
        raise ValueError(f"{board_file}: not Python ({error})") from None
    values = _plain_values(tree)
    for name in ("WIRING", "CHIP"):
        if not isinstance(values.get(name), str):
            raise ValueError(f"{board_file}: no text {name}")
    wires = []
    for line in values["WIRING"].splitlines():
        try:
            wires.append(_wire(line))
        except ValueError as error:
            raise ValueError(f"{board_file}: WIRING, line {line!r}: {error}") from None
    return Board(board_file.parent.name, tuple(wires), values, _given(tree, values))


def values(text: str) -> dict[str, Any]:
    """The names of a board.py's text that are plain values.  Raises SyntaxError, ValueError."""
    return _plain_values(ast.parse(text))


def _plain_values(tree: ast.Module) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in tree.body:
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
            found.update({name.id: line.value.value for name in line.targets if isinstance(name, ast.Name)})
    return found


def _given(tree: ast.Module, values: dict[str, Any]) -> dict[str, Any] | None:
    """The named arguments of the call `Parts(…)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Parts":
            return {each.arg: _plain(each.value, values) for each in node.keywords if each.arg}
    return None


def _plain(value: ast.expr, values: dict[str, Any]) -> Any:
    if isinstance(value, ast.Constant):
        return value.value
    return values.get(value.id) if isinstance(value, ast.Name) else None


def _wire(line: str) -> Wire:
    words = line.split()
    if len(words) != 4:
        raise ValueError("not `part pin GPIO direction`")
    part, pin, place, way = words
    if way not in WAYS:
        raise ValueError(f"{way} is no direction ({', '.join(WAYS)})")
    if _EXPANDER.fullmatch(place):
        return Wire(part, pin, -1, way, place)
    if not (place.isascii() and place.isdigit()):
        raise ValueError(f"{place} is neither the number of a GPIO nor P0 … P7")
    return Wire(part, pin, int(place), way)
