"""Series of numbers that several processes give out at once: each takes a range of its own, so nobody waits for a number.

What is left of a range when its process ends is never given out: a series has gaps, and no number twice.
"""

from sqlalchemy import Connection, func, insert, select, update

from . import tables

SIZE = 1000
_SERIES = ("transaction", "entry", "account", "rrn", "approval")
_NEWEST = {
    "transaction": tables.transactions.c.id,
    "entry": tables.entries.c.id,
    "account": tables.accounts.c.id,
}


class Series:
    """The ranges of this process."""

    def __init__(self) -> None:
        self._ranges: dict[str, list[int]] = {}

    def low(self, least: int) -> bool:
        """Is there a series with fewer than `least` numbers left?"""
        return any(self._left(name) < least for name in _SERIES)

    def refill(self, connection: Connection, least: int) -> "dict[str, list[int]]":
        """Ranges for the series that are low, to be `take`n once the connection's transaction has been committed."""
        size = max(SIZE, least)
        return {name: self._reserve(connection, name, size) for name in _SERIES if self._left(name) < least}

    def take(self, ranges: "dict[str, list[int]]") -> None:
        """Give numbers out of these ranges from now on."""
        self._ranges.update(ranges)

    def number(self, name: str) -> int:
        """The next number of a series."""
        known = self._ranges[name]
        if known[0] > known[1]:
            raise RuntimeError(f"series {name}: more numbers were asked for than a unit of work may need")
        known[0] += 1
        return known[0] - 1

    def forget(self, *names: str) -> None:
        """Nothing is left of these series, or of all."""
        for name in names or _SERIES:
            self._ranges.pop(name, None)

    def _left(self, name: str) -> int:
        known = self._ranges.get(name)
        return known[1] - known[0] + 1 if known else 0

    @staticmethod
    def _reserve(connection: Connection, name: str, size: int) -> "list[int]":
        """[first, last] of a new range."""
        counters = tables.counters
        this_one = counters.c.name == name
        if connection.execute(update(counters).where(this_one).values(value=counters.c.value + size)).rowcount == 0:
            column = _NEWEST.get(name)
            newest = connection.execute(select(func.max(column))).scalar() or 0 if column is not None else 0
            connection.execute(insert(counters).values(name=name, value=newest + size))
            return [newest + 1, newest + size]
        last = connection.execute(select(counters.c.value).where(this_one)).scalar_one()
        return [last - size + 1, last]
