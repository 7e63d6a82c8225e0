"""A payment as the wire shows it: what happened from the first digit until the terminal was idle again."""

import time

MAX_ENTRIES = 1500  # of one payment; what comes after is counted, not kept

SALE, START, MENU, OTHER = "sale", "start", "menu", "other"


class Payment:
    """`kind` SALE, or what else filled the time between two sales: "void", START (power-on until idle), MENU, OTHER.

    `number` counts the sales of this terminal (None for the rest); `amount` minor units or None; `result` one of the
    words of `timeline.RESULTS` or None; entries are those of the web contract.
    """

    def __init__(self, number: int, kind: str, sale: int | None, began: float):
        self.id = number
        self.kind = kind
        self.number = sale
        self.began = began
        self.started_at = _now()
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
        self.ended_at = _now()

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


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
