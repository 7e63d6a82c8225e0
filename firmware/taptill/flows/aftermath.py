"""What became of a sale whose flow did not come to its end: flash knows."""

from ..core import records
from ..core.errors import PendingDamaged
from . import result


def found(t, before, amount: int) -> result.Result:
    """Result of a sale over `amount` that broke off, told by the store alone.

    `before` is what `t.store.last()` was when the sale began.  An open intent means unknown; a record that has come
    since tells the end; neither means that nothing was sent.
    """
    try:
        pending = t.store.pending()
    except PendingDamaged:
        return result.Result(result.UNKNOWN, result.MONEY_UNKNOWN, result.DAMAGED)
    if pending is not None:
        unknown = result.Result(result.UNKNOWN, result.MONEY_UNKNOWN, result.NO_MEMORY)
        unknown.asked, unknown.stan = pending.amount, pending.stan
        return unknown
    record = t.store.last()
    if record is before:
        return result.not_sent(amount, result.NO_MEMORY)
    if record.state in (records.APPROVED, records.PARTIAL):
        end, money = (result.APPROVED if record.state == records.APPROVED else result.PARTIAL), result.TAKEN
    elif record.state == records.DECLINED:
        end, money = result.DECLINED, result.NOT_TAKEN
    elif record.state == records.UNSENT:
        end, money = result.NOT_SENT, result.NOT_TAKEN
    else:
        end, money = result.REVERSED, result.NOT_TAKEN
    told = result.Result(end, money, result.HOST_CODE if end == result.DECLINED else result.NO_MEMORY)
    told.amount = record.approved
    told.asked, told.stan, told.pan = record.amount, record.stan, record.pan
    told.f39, told.auth, told.rrn, told.cvm = record.f39, record.auth, record.rrn, record.cvm
    return told
