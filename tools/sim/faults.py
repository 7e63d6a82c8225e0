"""What goes wrong in a history, as a plan has it: where it strikes, at which occasion, how, and how much.

| where | occasions counted | how |
|---|---|---|
| `power` | steps at which the power may fail: a flash operation begins or ends, a connection, a request, an answer, a key | cut |
| `flash` | flash operations | see `plan.FLASH` |
| `open` | connections being opened | refused · no-name · silent |
| `request` | requests that leave | lost, damaged, late or doubled on their way; the same of their answers; … |
| `host` | requests that the host decides | see `bank.KINDS` |
| `heap` | lines of the firmware that are run | MemoryError |
| `link`, `clock`, `display`, `reader`, `time` | none: they stand for a while within the act, from `value` ms on | see `world` |

`at` counts from 1 within the act.  A *believable* fault is one that a shop may meet; the others take somebody who lies.
"""

import dataclasses
from collections.abc import Callable

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


class Strikes:
    """Counts occasions within an act, and says which fault strikes at this one; `told(fault)` hears of it."""

    def __init__(self, faults: "tuple[Fault, ...]" = (), told: "Callable[[Fault], None]" = lambda fault: None):
        self.counts: dict[str, int] = {}
        self._faults = {(fault.where, fault.at): fault for fault in faults}
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
