"""The earlier transaction that a new one is about: found in the journal by its trace or by its card, and what is left of it."""

from ..core import transactions
from ..core.errors import StoreError
from ..core.journal import record as records
from ..core.journal import timestamp
from ..core.journal.pending import Pending
from . import payment, result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .terminal import Terminal


BATCH = 1000000  # a trace as a person types it: the batch, if it is not to be the newest one, times this, and the STAN
_STANDS = (records.APPROVED, records.PARTIAL)


def by_trace(trace: int) -> "Callable[[Any], bool]":
    """Is it a record's trace, typed with its batch or without?"""
    return lambda record: record.stan == trace % BATCH and trace // BATCH in (0, record.batch)


def find(t: "Terminal", asked: Pending, fits: "Callable[[Any], bool]") -> "tuple[records.Record, int]":
    """(the newest record that stands, that the row of `asked` may name, and that `fits(record)`; how much of it is left, in minor
    units).  Raises payment.Ended.
    """
    row = transactions.of(asked.kind)
    kinds = [one.kind for one in row.of]
    kept: "list[records.Record]" = []  # those that may be meant, and what is about them
    missed = None
    try:
        for record in t.store.records():
            if record.state == records.UNREADABLE:
                missed = StoreError(record.place)
            if kept and _same(kept[-1], record):
                kept.pop()  # one whose writing seemed to fail: its reversal, or itself again, counts
            if record.state in _STANDS:
                meant = record.kind in kinds and (row.any_batch or record.batch == asked.batch) and fits(record)
                if meant or _about(record, kept):
                    kept.append(record)
    except StoreError as error:
        raise payment.stop(asked, result.STORE, error)
    for record in reversed(kept):
        if record.kind in kinds and fits(record):
            left = _left(row, record, kept)
            if left > 0:
                return record, left
    raise payment.stop(asked, result.UNREADABLE if missed else result.NO_ORIGINAL, missed)


def known(t: "Terminal", row: transactions.Transaction, trace: int) -> bool:
    """Has the journal one with that trace that the row may name, whatever became of it?  True too where it cannot be read."""
    fits, kinds = by_trace(trace), [one.kind for one in row.of]
    try:
        for record in t.store.records():
            if record.state == records.UNREADABLE or (record.kind in kinds and fits(record)):
                return True
    except StoreError:
        return True
    return False


def name(asked: Pending, record: records.Record) -> None:
    """`asked` is about that record."""
    asked.original = (record.batch, record.stan, timestamp.month_day(record.requested_at))
    asked.original_at, asked.reference, asked.original_auth = record.requested_at, record.rrn, record.auth


def _left(row: transactions.Transaction, record: records.Record, kept: "list[records.Record]") -> int:
    """How much of a record a transaction of that row may still be about; `kept` has all that stands and is about it."""
    if _undone(record, kept):
        return 0
    taken = [one for one in kept if _about(one, [record]) and not _undone(one, kept)]
    if row.several:
        return record.approved * row.share // 100 - sum([one.approved for one in taken])
    return 0 if taken else record.approved * row.share // 100


def _undone(record: records.Record, kept: "list[records.Record]") -> bool:
    """Is there one that undoes it whole?"""
    undoing = [row.kind for row in transactions.ROWS if row.undoes]
    return bool([one for one in kept if one.kind in undoing and _about(one, [record])])


def _about(record: records.Record, kept: "list[records.Record]") -> bool:
    """Is it about one of them?"""
    for one in kept:
        if record.original and record.original[:2] == (one.batch, one.stan):
            return True
    return False


def _same(one: records.Record, other: records.Record) -> bool:
    """Are both about the same payment?  A trace alone may have been used before (94)."""
    return (one.stan, one.amount, one.requested_at) == (other.stan, other.amount, other.requested_at)
