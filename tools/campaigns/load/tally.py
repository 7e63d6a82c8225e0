"""What is counted while a load goes on."""

import collections
import contextlib
import time
from collections.abc import Iterator


class Tally:
    """Times in seconds by what was asked for, answers by their F39, lines by what became of them."""

    def __init__(self):
        self.times: dict[str, list[float]] = collections.defaultdict(list)
        self.codes: collections.Counter[tuple[str, str]] = collections.Counter()
        self.lines: collections.Counter[str] = collections.Counter()
        self.wrong: list[str] = []

    @contextlib.contextmanager
    def timed(self, what: str) -> "Iterator[None]":
        """Notes how long the block took, unless it raises."""
        begun = time.perf_counter()
        yield
        self.times[what].append(time.perf_counter() - begun)

    def contradiction(self, text: str) -> None:
        """The host has said something that cannot be true; one line, without card data."""
        self.wrong.append(text)


def quantile(times: "list[float]", part: float) -> float:
    """The time, in seconds, that `part` (0 … 1) of them do not exceed: the nearest rank."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, max(0, -int(-part * len(ordered) // 1) - 1))]
