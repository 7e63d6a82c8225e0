"""What goes wrong in a history, as a plan has it: where it strikes, at which occasion, how, and how much.

| where | occasions counted | how |
|---|---|---|
| `power` | steps at which the power may fail: a flash operation begins or ends, a connection, a request, an answer, a key | cut |
| `flash` | flash operations | see `FLASH` |
| `open` | connections being opened | refused · no-name · silent |
| `request` | requests that leave | lost, damaged, late or doubled on their way; the same of their answers; … |
| `host` | requests that the host decides | see `bank.KINDS` |
| `heap` | lines of the firmware that are run | MemoryError |
| `memory` | flash operations | MemoryError: at the first line behind it |
| `link`, `clock`, `display`, `reader`, `key`, `time` | none: they stand within the act, from `value` ms on | see `world` |

`at` counts from 1 within the act; of two faults at one occasion the second strikes at the next one.
A *believable* fault is one that a shop may meet; the others take somebody who lies.
"""

import dataclasses
from collections.abc import Callable, Iterable

FLASH = ("rot", "lost", "astray", "fails", "deaf", "denies", "unreadable", "disturbed")
# Of these flash loses what was written to it; of the others it only refuses, or says for a while what is not so ("disturbed":
# that harms only where the terminal writes down again what it has read, so it counts once a read has told a wrong bit).
DAMAGES = ("rot", "lost", "astray", "deaf")
KEYS = ("stuck", "bounces")
NET = {
    "open": ("refused", "no-name", "silent"),
    "request": (
        "lost",
        "late",
        "doubled",
        "damaged",
        "broken-before",
        "broken-after",
        "closed-before",
        "closed-after",
        "send-broken",
        "send-broken-late",
        "other-host",
        "answer-lost",
        "answer-late",
        "answer-stray",
        "answer-doubled",
        "answer-split",
        "answer-glued",
        "answer-damaged",
        "answer-cut",
    ),
}


@dataclasses.dataclass(frozen=True)
class Fault:
    """`where` it strikes, the `at`-th time, and `how`; `value` is a number, `text` a word that goes with it."""

    where: str
    at: int
    how: str
    value: int = 0
    text: str = ""

    def __str__(self) -> str:
        more = f" {self.value}" if self.value else ""
        return f"{self.where} {self.at}: {self.how}{more}{' ' + self.text if self.text else ''}"


def laid_out(faults: "Iterable[Fault]") -> "dict[tuple[str, int], Fault]":
    """(where, occasion) -> the fault that strikes there: one at most, so the second of two has the next one that is free."""
    found: dict[tuple[str, int], Fault] = {}
    for fault in faults:
        at = fault.at
        while (fault.where, at) in found:
            at += 1
        found[fault.where, at] = fault
    return found


class Strikes:
    """Counts occasions within an act, and says which fault strikes at this one; `told(fault)` hears of it."""

    def __init__(self, faults: "tuple[Fault, ...]" = (), told: "Callable[[Fault], None]" = lambda fault: None):
        self.counts: dict[str, int] = {}
        self._faults = laid_out(faults)
        self.struck: list[Fault] = []
        self._told = told

    def next(self, where: str) -> "Fault | None":
        count = self.counts[where] = self.counts.get(where, 0) + 1
        if not self._faults:
            return None
        fault = self._faults.get((where, count))
        if fault:
            self.struck.append(fault)
            self._told(fault)
        return fault
