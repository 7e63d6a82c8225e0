"""A payment as the wire shows it: what happened from the first digit until the terminal was idle again."""

import time
from collections.abc import Callable

MAX_ENTRIES = 1500  # of one payment; what comes after is counted, not kept

SALE, START, MENU, OTHER = "sale", "start", "menu", "other"


class Payment:
    """`kind` SALE, or what else filled the time between two sales: "void", START (power-on until idle), MENU, OTHER.

    `number` counts the sales of this terminal (None for the rest); `amount` minor units or None; `result` one of the
    words of `timeline.RESULTS` or None; `date()` is what the calendar shows; entries are those of the web contract.
    """

    def __init__(self, number: int, kind: str, sale: int | None, began: float, date: Callable[[], str]):
        self.id = number
        self.kind = kind
        self.number = sale
        self.began = began
        self._date = date
        self.started_at = date()
        self.ended_at = None
        self.ended = None  # on the same clock as `began`
        self.amount = None
        self.result = None
        self.entries: list = []
        self.asked: set = set()  # trace numbers of its requests
        self.left_out = 0

    @property
    def open(self) -> bool:
        """Is it still going on?"""
        return self.ended_at is None

    def close(self, moment: float) -> None:
        """The terminal is idle again."""
        self.ended = moment
        self.ended_at = self._date()

    def add(self, entry: dict) -> bool:
        """Keep an entry; False when there are too many."""
        if len(self.entries) >= MAX_ENTRIES:
            self.left_out += 1
            return False
        self.entries.append(entry)
        return True

    def head(self) -> dict:
        """Everything but the entries."""
        return {
            "id": self.id,
            "kind": self.kind,
            "number": self.number,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "amount": self.amount,
            "result": self.result,
            "left_out": self.left_out,
        }

    def whole(self) -> dict:
        """With the entries."""
        return {**self.head(), "entries": list(self.entries)}


def now() -> str:
    """What this computer's clock shows."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
