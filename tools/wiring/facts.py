"""Reads pins.txt, memory.txt, parts.txt and advice.txt; an error names file and line."""

import functools
import pathlib
import re
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
# What a strapping pin may be: its level decides how the chip starts, or whether it does.
STRAPPING = ("strapping", "no-start-low", "no-start-high")
_WHAT = ("there", "absent", "flash", "psram", "no-pin", *STRAPPING, "kept-high", "input", "console", "usb", "adc2", "taken")
_MEMORY = {"heap": 1, "area": 2, "psram": 1, "wifi": 1, "tls": 1}  # how many numbers each has
_NEEDS = {"pull-up", "rests-high", "optional", "expander", "twice"}
_WAYS = {"in", "out", "both", "analog"}
_NO_WIRE = {"power", "set"}


class FactsError(ValueError):
    """A line of a table that cannot be used; the text names file and line."""


class Fact(NamedTuple):
    """What some GPIOs are: `what` is one of pins.txt's words, `text` says it, `source` tells where it stands."""

    gpios: frozenset
    what: str
    text: str
    source: str


class PartPin(NamedTuple):
    """A pin of a part: `ways` its wire may have, what it `needs`, and `text` about it.

    With the way "power" `text` is the supply it goes to, with "set" it is no pin but how the part's switches stand.
    """

    name: str
    ways: frozenset
    needs: frozenset
    text: str

    def named(self, pin: str) -> bool:
        """Is `pin` of a table this one, or one of these?"""
        return bool(re.fullmatch(self.name.replace("*", "[1-9]"), pin))


class Part(NamedTuple):
    """A part as it hangs on `bus`."""

    name: str
    bus: str
    pins: tuple

    def pin(self, name: str) -> PartPin | None:
        """Its pin of this name, None when it has none of it."""
        return next((pin for pin in self.wired if pin.named(name)), None)

    @property
    def wired(self) -> tuple:
        """The pins that stand in a board's table."""
        return tuple(pin for pin in self.pins if not pin.ways & _NO_WIRE)

    @property
    def needed(self) -> tuple:
        """Those of them that may not be left out."""
        return tuple(pin for pin in self.wired if "optional" not in pin.needs)

    @property
    def supplies(self) -> tuple:
        """(its pin, which of the board's supplies) of what stands in no table."""
        return tuple((pin.name, pin.text) for pin in self.pins if "power" in pin.ways)

    @property
    def switches(self) -> tuple:
        """How its switches stand for this bus: "on", "off"; () when it has none."""
        return next((tuple(pin.text.split()) for pin in self.pins if "set" in pin.ways), ())


@functools.cache
def modules() -> dict[str, str]:
    """Module -> its chip."""
    return {name: chip for name, chip in _sections() if chip}


@functools.cache
def facts(name: str) -> tuple:
    """The facts about a chip, or about a module and its chip.  Raises KeyError for a name that pins.txt does not have."""
    own = {section: tuple(rows) for (section, _), rows in _sections().items()}
    chip = modules().get(name, "")
    return own[name] + (own[chip] if chip else ())


def pins(name: str, what: str) -> frozenset:
    """The GPIOs of a chip or module that are `what`.  Raises KeyError as `facts` does."""
    return frozenset(gpio for fact in facts(name) if fact.what == what for gpio in fact.gpios)


@functools.cache
def parts() -> tuple:
    """All parts, in the table's order."""
    found: list[tuple[str, str, list]] = []
    for place, line in _lines("parts.txt"):
        if line.startswith("["):
            head = line.strip("[]").split()
            if len(head) != 2:
                raise FactsError(f"{place}: not `[part bus]`")
            found.append((head[0], head[1], []))
            continue
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 4 or not found:
            raise FactsError(f"{place}: not `PIN | ways | needs | text`")
        ways, needs = frozenset(cells[1].split()), frozenset(cells[2].split())
        if not ways or ways - _WAYS - _NO_WIRE or needs - _NEEDS:
            raise FactsError(f"{place}: not these ways or needs")
        found[-1][2].append(PartPin(cells[0], ways, needs, cells[3]))
    return tuple(Part(name, bus, tuple(pins)) for name, bus, pins in found)


@functools.cache
def advice() -> tuple:
    """(part or "part bus" or "board", "buy" or "trap", text) of advice.txt, in its order."""
    rows = []
    names = {"board"} | {part.name for part in parts()} | {f"{part.name} {part.bus}" for part in parts()}
    for place, line in _lines("advice.txt"):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 3 or cells[0] not in names or cells[1] not in ("buy", "trap") or not cells[2]:
            raise FactsError(f"{place}: not `part | buy or trap | text`")
        rows.append(tuple(cells))
    return tuple(rows)


@functools.cache
def memory(name: str) -> tuple:
    """(what, its numbers of bytes) of a module and its chip, in the order of memory.txt, the chip's first.  Raises KeyError."""
    chip = modules()[name]
    return tuple(row for section in ((chip, ""), (name, chip)) for row in _memory()[section])


@functools.cache
def _memory() -> dict[tuple[str, str], list]:
    found: dict[tuple[str, str], list] = {}
    for section, place, cells in _rows("memory.txt"):
        rows = found.setdefault(section, [])
        if not cells:
            continue
        numbers = cells[1].split() if len(cells) == 4 else []
        if not numbers or len(numbers) != _MEMORY.get(cells[0]) or not all(number.isdigit() for number in numbers):
            raise FactsError(f"{place}: not `what | bytes | text | source`")
        rows.append((cells[0], tuple(map(int, numbers))))
    return found


@functools.cache
def _sections() -> dict[tuple[str, str], list]:
    """(chip, "") or (module, its chip) -> facts."""
    found: dict[tuple[str, str], list] = {}
    for section, place, cells in _rows("pins.txt"):
        rows = found.setdefault(section, [])
        if not cells:
            continue
        if len(cells) != 4 or not all(cells) or cells[1] not in _WHAT:
            raise FactsError(f"{place}: not `GPIOs | what | text | source`")
        rows.append(Fact(_gpios(place, cells[0]), *cells[1:]))
    return found


def _rows(name: str):
    """((chip, "") or (module, its chip), place, cells) of each line; a section's own line has no cells."""
    section = ("", "")
    for place, line in _lines(name):
        if line.startswith("["):
            own, _, chip = (part.strip() for part in line.strip("[]").partition(":"))
            section = (own, chip)
            yield section, place, []
        else:
            yield section, place, [cell.strip() for cell in line.split("|")]


def _gpios(place: str, text: str) -> frozenset:
    found: set[int] = set()
    for part in text.split():
        if not re.fullmatch(r"\d+(-\d+)?", part):
            raise FactsError(f"{place}: {part} is no GPIO")
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def _lines(name: str):
    """(place, line) of all that say something."""
    for number, line in enumerate((HERE / name).read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield f"{name}, line {number}", line
