"""Is a board's table sound?  Every rule that wires have to keep, in one place; what a pin is stands in pins.txt.

The constants beside the table have their own: constants.py.
"""

import collections
from typing import NamedTuple

from . import constants
from .facts import STRAPPING, Part, facts, modules, parts, pins
from .table import Board, Wire

_I2C_BUSES = 2  # of either chip
PN532_ADDRESS = 0x24  # UM0701-02, 6.2.4: fixed
# Which addresses a part can be given: SSD1306 data sheet 8.1.5 (SA0); PCF8574 data sheet, table of addresses (PCF8574, PCF8574A).
_ADDRESSES = {"oled": {0x3C, 0x3D}, "pcf8574": {*range(0x20, 0x28), *range(0x38, 0x40)}}
_WANTED = ("pn532", "oled", "keypad", "buzzer")
_LAID = "0123456789*#"  # keys without which nobody can sell


class Finding(NamedTuple):
    """What is wrong with `wire` (or with the whole table: ""), by which rule, and what to do.  Not `severe`: a warning."""

    board: str
    wire: str
    rule: str
    remedy: str
    severe: bool = True

    def __str__(self) -> str:
        place = f"boards/{self.board}: {self.wire}" if self.wire else f"boards/{self.board}"
        return f"{'error' if self.severe else 'warning'}: {place}: {self.rule}; {self.remedy}"


def check(board: Board) -> list[Finding]:
    """All that is wrong with a board's table; empty when nothing is."""
    name = board.values.get("MODULE")
    if modules().get(name) != board.chip:
        of_chip = [module for module, chip in modules().items() if chip == board.chip]
        known = of_chip or sorted(set(modules().values()))
        what = "MODULE" if of_chip else "CHIP"
        return [Finding(board.folder, "", f"{what} is none that pins.txt has for it", f"write one of: {', '.join(known)}")]
    found = _parts(board) + _twice(board) + _expander(board) + _addresses(board) + _keys(board)
    for wire in board.wires:
        if not wire.port:
            found += _pin(board, wire)
    return found + [Finding(board.folder, *row) for row in constants.wrong(board)]


def fitted(board: Board) -> dict[str, Part]:
    """How each part of the table hangs there: part -> the one of parts.txt of which it has all that may not be left out."""
    found: dict[str, Part] = {}
    for part in parts():
        wires = board.of(part.name)
        if part.name not in found and all(any(pin.named(name) for name in wires) for pin in part.needed):
            found[part.name] = part
    return found


def address(board: Board, part: str) -> int | None:
    """The I2C address of a part, None when its board.py does not say."""
    return PN532_ADDRESS if part == "pn532" else board.values.get(f"{part.upper()}_ADDRESS")


def free(board: Board, like: Wire) -> list[int]:
    """GPIOs to which this wire could be moved."""
    module = board.values["MODULE"]
    good = ("there", "input", "adc2")
    off = {gpio for fact in facts(module) if fact.what not in good for gpio in fact.gpios} | set(board.gpios)
    if like.way == "analog":
        off |= pins(module, "adc2")
    elif like.way != "in" or _needs(board, like, "pull-up"):
        off |= pins(module, "input")
    return sorted(pins(module, "there") - off)


def _needs(board: Board, wire: Wire, what: str) -> bool:
    part = fitted(board).get(wire.part)
    pin = part.pin(wire.pin) if part else None
    return bool(pin and what in pin.needs)


def _move(board: Board, wire: Wire) -> str:
    """The remedy of a wire that ends at the wrong pin."""
    others = free(board, wire)
    if not others:
        return "every other pin is taken: a PCF8574 for the keypad frees eight (boards/README.md)"
    return f"move it to another, such as GPIO {', '.join(map(str, others[:4]))}"


def _parts(board: Board) -> list[Finding]:
    """Is every wire one of a known part, and is every part whole?"""
    there, found = fitted(board), []
    for name in dict.fromkeys([*_WANTED, *(wire.part for wire in board.wires)]):
        ways = [part for part in parts() if part.name == name]
        if not ways and name not in _WANTED:
            continue  # a part of the builder's own
        if name not in there:
            wanted = " or ".join(f"{' '.join(pin.name for pin in part.needed)} ({part.bus})" for part in ways)
            found.append(Finding(board.folder, "", f"{name} is not wired as a whole", f"its pins are {wanted}"))
            continue
        for pin, wire in board.of(name).items():
            known = there[name].pin(pin)
            if not known:
                names = " ".join(each.name for each in there[name].wired)
                found.append(Finding(board.folder, str(wire), f"no pin of a {name} on {there[name].bus}", f"they are {names}"))
            elif wire.way not in known.ways:
                remedy = f"write {' or '.join(sorted(known.ways))}"
                found.append(Finding(board.folder, str(wire), f"its direction is not {wire.way}", remedy))
        if name == "pn532" and "RSTPDN" not in board.of(name):
            rule, remedy = "without RSTPDN nothing helps a chip that hangs but the power switch", "wire RSTPDN"
            found.append(Finding(board.folder, "pn532", rule, remedy, severe=False))
    return found


def _twice(board: Board) -> list[Finding]:
    """Is a GPIO used twice, or a bus shared by half?"""
    found = []
    for gpio, count in collections.Counter(board.gpios).items():
        wires = [wire for wire in board.wires if wire.gpio == gpio and not wire.port]
        shared = len({wire.pin for wire in wires}) == 1 and all(_needs(board, wire, "twice") for wire in wires)
        if count > 1 and not shared:
            others = " and ".join(f"{wire.part} {wire.pin}" for wire in wires[:-1])
            found.append(Finding(board.folder, str(wires[-1]), f"{others} has it already", _move(board, wires[-1])))
    names = [(wire.part, wire.pin) for wire in board.wires]
    for (part, pin), count in collections.Counter(names).items():
        if count > 1:
            found.append(Finding(board.folder, f"{part} {pin}", "stands there twice", "leave one line"))
    buses = _buses(board)
    for names in buses.values():
        if len({board.of(name)["SCL"].gpio for name in names}) > 1:
            rule = f"{' and '.join(names)} share SDA and not SCL"
            found.append(Finding(board.folder, f"{names[-1]} SCL", rule, "take one bus for both, or two"))
    if len(buses) > _I2C_BUSES:
        rule = f"{len(buses)} I2C buses, and the chip has {_I2C_BUSES}"
        found.append(Finding(board.folder, "", rule, "let two parts share one bus"))
    return found


def _buses(board: Board) -> dict[int, list[str]]:
    """GPIO of SDA -> the parts on that I2C bus."""
    found: dict[int, list[str]] = {}
    for name, part in fitted(board).items():
        if part.bus == "I2C":
            found.setdefault(board.of(name)["SDA"].gpio, []).append(name)
    return found


def _addresses(board: Board) -> list[Finding]:
    """Can every part on I2C have its address, and has it it alone?"""
    found = []
    for names in _buses(board).values():
        taken: dict[int, str] = {}
        for name in names:
            place, can = address(board, name), _ADDRESSES.get(name, {PN532_ADDRESS})
            constant = f"{name.upper()}_ADDRESS"
            if place not in can:
                rule = f"{constant} is {hex(place) if isinstance(place, int) else repr(place)}"
                found.append(Finding(board.folder, name, rule, f"it can be {', '.join(map(hex, sorted(can)))}"))
            elif place in taken:
                rule = f"{taken[place]} has address {place:#x} on the same bus"
                remedy = f"set its jumpers and {constant} otherwise" if name != "pn532" else "set the other's jumpers otherwise"
                found.append(Finding(board.folder, name, rule, remedy))
            else:
                taken[place] = name
    return found


def _expander(board: Board) -> list[Finding]:
    """Pins of a PCF8574: only for parts that may hang there, each once, and only where there is one."""
    found = []
    ports = [wire for wire in board.wires if wire.port]
    if ports and "pcf8574" not in fitted(board):
        found.append(Finding(board.folder, str(ports[0]), "no pcf8574 is wired", "add its SDA and SCL"))
    for wire in ports:
        if not _needs(board, wire, "expander"):
            found.append(Finding(board.folder, str(wire), "this pin cannot hang at a PCF8574", _move(board, wire)))
        if sum(other.port == wire.port for other in ports) > 1:
            found.append(Finding(board.folder, str(wire), "this pin is used twice", "take another of P0 … P7"))
    if len({bool(wire.port) for wire in board.wires if wire.part == "keypad"}) > 1:
        rule = "one half is at a PCF8574, the other is not"
        found.append(Finding(board.folder, "keypad", rule, "take one of both for all of it"))
    return found


def _keys(board: Board) -> list[Finding]:
    """Has the keypad as many keys as it has crossings, and all that are needed?"""
    layout, wires = str(board.values.get("KEYPAD_LAYOUT", "")), board.of("keypad")
    rows, columns = (sum(name[0] == letter for name in wires) for letter in "RC")
    if len(layout) != rows * columns:
        rule = f"KEYPAD_LAYOUT has {len(layout)} keys for {rows} rows × {columns} columns"
        return [Finding(board.folder, "keypad", rule, "write one character for each crossing, row by row")]
    missing = "".join(key for key in _LAID if key not in layout)
    if missing:
        return [Finding(board.folder, "keypad", f"KEYPAD_LAYOUT lacks {missing}", "nobody can sell without them")]
    return []


def _pin(board: Board, wire: Wire) -> list[Finding]:
    """May this wire end at this pin?"""
    found = []
    told = [fact for fact in facts(board.values["MODULE"]) if wire.gpio in fact.gpios]
    if not any(fact.what == "there" for fact in told) or any(fact.what == "absent" for fact in told):
        return [Finding(board.folder, str(wire), f"the {board.values['MODULE']} has no such pin", _move(board, wire))]
    for fact in told:
        rule, severe = _broken(board, wire, fact.what)
        if rule:
            found.append(Finding(board.folder, str(wire), f"{rule} ({fact.text})", _move(board, wire), severe))
    return found


def _broken(board: Board, wire: Wire, what: str) -> tuple[str, bool]:
    """The rule that a wire to a pin that is `what` breaks ("": none), and whether that is an error."""
    if what in ("flash", "psram"):
        return f"belongs to the {'PSRAM' if what == 'psram' else what}", True
    if what in STRAPPING:
        return "strapping pin: it decides how the chip starts", True
    if what == "kept-high" and not _needs(board, wire, "rests-high"):
        return "strapping pin: keep it high at the start", False
    if what == "input" and wire.way in ("out", "both"):
        return "can only be an input", True
    if what == "input" and _needs(board, wire, "pull-up"):
        return "needs a pull-up, and this pin has none", True
    if what == "console":
        return "the serial console, by which till talks to the board", True
    if what == "usb":
        return "the USB socket would be lost", False
    if what == "adc2" and wire.way == "analog":
        return "cannot be read while Wi-Fi works", True
    if what == "taken":
        return "something hangs there already", False
    return "", False
