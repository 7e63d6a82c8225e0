"""What a board's README says of its wires: the same table, with what is to be known of each pin."""

from .facts import advice, facts
from .rules import fitted
from .table import Board

BEGIN = "<!-- from board.py, by `make wiring` -->"
END = "<!-- end of what `make wiring` writes -->"
_REMARKS = {"input": "can only be an input", "kept-high": "strapping pin, high when the chip starts"}


def section(board: Board) -> str:
    """Parts, picture, table, switches and traps, between the two marks."""
    there = fitted(board)
    about = {"board", *there, *(f"{name} {part.bus}" for name, part in there.items())}
    told_of = lambda kind: [f"- {text}" for name, what, text in advice() if what == kind and name in about]
    rows = ["| part | its pin | GPIO | direction | remark |", "|---|---|---|---|---|"]
    for wire in board.wires:
        pin = there[wire.part].pin(wire.pin) if wire.part in there else None
        first = pin and next(each.pin for each in board.wires if each.part == wire.part and pin.named(each.pin)) == wire.pin
        remarks = [pin.text] if pin and first and pin.text else []
        told = facts(board.values["MODULE"])
        remarks += [_REMARKS[fact.what] for fact in told if wire.gpio in fact.gpios and fact.what in _REMARKS]
        rows.append(f"| {wire.part} | {wire.pin} | {wire.port or wire.gpio} | {wire.way} | {'; '.join(remarks)} |")
    rows += ["", _supplies(there)]
    switches = there["pn532"].switches if "pn532" in there else ()
    if switches:
        setting = ", ".join(f"{at} {state}" for at, state in enumerate(switches, 1))
        rows.append(f"The PN532 board's two switches for {there['pn532'].bus}: {setting} (the print on the board decides).")
    parts = ["## Parts", "", f"- {board.values['NAME']} (module {board.values['MODULE']})", *told_of("buy"), ""]
    wires = ["## Wiring", "", "![Wiring](wiring.svg)", "", *rows, ""]
    return "\n".join([BEGIN, *parts, *wires, "## Known traps", "", *told_of("trap"), END])


def _supplies(there: dict) -> str:
    found: dict[str, list[str]] = {}
    for name, part in there.items():
        for pin, supply in part.supplies:
            if supply != "GND":
                found.setdefault(supply, []).append(f"{name} {pin}")
    told = [f"{supply} to {', '.join(pins)}" for supply, pins in sorted(found.items())]
    return f"Supplies: {'; '.join(told)}; GND to every part."


def replaced(text: str, board: Board) -> str:
    """A README with its section made anew.  Raises ValueError when it has no place for it."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"boards/{board.folder}/README.md: no place for the wires ({BEGIN} … {END})")
    return before + section(board) + after
