"""Tells what happens in the terminal, for a bench or a lab: every step, screen, end, frame and file, by their names.

main.py wires it only when the board asks for it (`board.debug_link`).  It sees card data: no shop's board has one.

One dict an event:

| ev | with |
|---|---|
| step | `step` (a name of flows.terminal), `amount`, `detail` |
| shown | `lines`: the words on the screen, top to bottom; `names`: the sentences among them (app.words) |
| result | `transaction` ("" for an errand), `end`, `money`, `why` (names of flows.result), `amount`, `asked`, `stan`, `f39` |
| file | `op` (write, append, rename), `name`, `bytes` |
| host | `dir` (out, in), `hex`: TPDU … F64 |
"""

import binascii

from .app import words
from .core import transactions
from .flows import result as ends
from .flows import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable

    from .core.kinds import Buffer


_END = ("APPROVED", "PARTIAL", "DECLINED", "NOT_SENT", "REVERSED", "UNKNOWN", "MANUAL", "DONE", "FAILED")
_MONEY = ("", "NOT_TAKEN", "TAKEN", "MONEY_UNKNOWN")


class DebugLink:
    """`send(event)` gets every event."""

    def __init__(self, send: "Callable[[dict[str, Any]], None]"):
        self._send = send

    def step(self, step: int, amount: int, detail: int) -> None:
        """A flow got to another step."""
        self._send({"ev": "step", "step": _name(terminal, step), "amount": amount, "detail": detail})

    def shown(self, lines: list, said: list) -> None:
        """The screen shows other words."""
        self._send({"ev": "shown", "lines": lines, "names": [words.name(number) for number in said]})

    def result(self, found: ends.Result) -> None:
        """A flow ended, and the person is told how."""
        self._send({
            "ev": "result",
            "transaction": transactions.of(found.kind).name if found.kind else "",
            "end": _END[found.end - 1],
            "money": _MONEY[found.money],
            "why": _name(ends, found.why, _END + _MONEY),
            "amount": found.amount,
            "asked": found.asked,
            "stan": found.stan,
            "f39": found.f39,
        })  # fmt: skip

    def file(self, op: str, name: str, size: int) -> None:
        """A file was written, whole."""
        self._send({"ev": "file", "op": op, "name": name, "bytes": size})

    def frame(self, direction: str, frame: "Buffer") -> None:
        """A message left or came."""
        self._send({"ev": "host", "dir": direction, "hex": binascii.hexlify(frame).decode()})


def _name(module: "ModuleType", number: int, others: tuple = ()) -> str:
    """What a module calls a number, apart from the names `others`: looked for each time, so that it costs no heap."""
    for name, value in module.__dict__.items():
        if value == number and type(value) is int and name not in others:
            return name
    return str(number)
