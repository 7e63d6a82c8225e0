"""The heap runs out at any allocation of a sale, a void, a reversal, on the real VM: what is said is true, a start settles it.

Every step of so many bytes is tried, from none to all that it takes: a prime number by default, `TAPTILL_HEAP=all` (`make heap`)
each block of the heap.  The bank stands in the same heap and may run out of it too, as a host that dies before it answers.
"""

import os

from accounts import AMOUNT
from expect import run
from stage import Stage
from starve import starving
from unsettled import sell, unsettled

from taptill.core import transactions
from taptill.flows import payment, result, reversal, void

_STEP = 32 if os.getenv("TAPTILL_HEAP") == "all" else 1201
_LARGEST = 8192  # bytes: no single allocation of what is tried is larger, so more than that left over means that nothing failed
_SALE = 1  # STAN of what is voided


def _sold() -> Stage:
    stage = Stage()
    assert sell(stage).end == result.APPROVED
    return stage


def _sweep(begin, act, row, told) -> int:
    """Try `act(stage)` on what `begin()` makes, with ever more memory until it takes no more; the number of points.

    `told` are the ends of money that must come up.
    """
    left = count = 0
    seen = set()
    while True:
        stage = begin()
        before = stage.store.last()
        value, used = starving(left, lambda: act(stage))
        stage.bank.faults = []
        if value is None and row is not None:
            value = payment.found(stage.t, before, row, AMOUNT)  # as app.shop does
        if value is not None:
            seen.add(value.money)
            _told_truly(stage, value, left)
        _settled(stage, left)
        count += 1
        if used + _LARGEST < left:
            break
        left += _STEP
    assert seen == told, seen
    print("%d points, %d bytes in all" % (count, used))
    return count


def _stands(stage) -> "list[tuple]":
    return [key for key in stage.bank.ledger if stage.bank.ledger[key][0] == "A"]


def _told_truly(stage, value, left: int) -> None:
    stan = value.stan
    stands = stan in [key[1] for key in _stands(stage)]
    if value.money == result.NOT_TAKEN:
        assert not stands, (left, stan)
    elif value.money == result.TAKEN:
        assert stands and stan == stage.store.last().stan and value.amount == AMOUNT, (left, stan)
    else:
        assert stage.store.pending().stan == stan, (left, stan)


def _settled(stage, left: int) -> None:
    """What the next start finds on flash is one of three, and it is settled there and then."""
    again = stage.again()
    pending = again.store.pending()
    recorded = [(record.batch, record.stan) for record in again.store.records()]
    for key in again.bank.ledger:
        is_open = pending is not None and (pending.batch, pending.stan) == key
        assert is_open != (key in recorded), (left, key)
    if pending is not None:
        assert run(reversal.recover(again.t)).end == result.REVERSED, left
    assert again.store.pending() is None and again.bank.debited() == again.journaled(), left
    assert sell(again).end == result.APPROVED, left


def test_a_sale() -> None:
    ends = {result.NOT_TAKEN, result.MONEY_UNKNOWN, result.TAKEN}
    assert _sweep(Stage, sell, transactions.SALE, ends) > 50


def test_a_void() -> None:
    ends = {result.NOT_TAKEN, result.MONEY_UNKNOWN, result.TAKEN}
    assert _sweep(_sold, lambda stage: run(void.void(stage.t, _SALE)), transactions.VOID, ends) > 50


def _silent() -> Stage:
    stage = Stage()
    stage.bank.faults = ["silent"]
    return stage


def test_a_sale_that_is_reversed_at_once() -> None:
    ends = {result.NOT_TAKEN, result.MONEY_UNKNOWN}
    assert _sweep(_silent, sell, transactions.SALE, ends) > 50


def test_the_reversal_of_a_start() -> None:
    """A start that runs out of memory is one of many: the program says FAULT, and the next one goes on."""
    assert _sweep(unsettled, lambda stage: run(reversal.recover(stage.t)), None, {result.NOT_TAKEN}) > 25
