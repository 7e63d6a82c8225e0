"""A void (撤销): a sale of this batch is undone, by its trace or by its card; the sale itself stays in the journal."""

from ..core import transactions
from ..core.errors import StoreError
from ..core.journal import record as records
from ..core.journal import timestamp
from ..core.journal.pending import Pending
from ..core.masking import mask_pan
from . import payment, pin, result, tap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .terminal import Terminal


_ANY_AMOUNT = 1  # until the sale is known: nothing of what the chip computes is sent


async def void(t: "Terminal", stan: int = 0) -> result.Result:
    """Undo the sale with that trace, or with 0 the newest one of the card that is tapped."""
    try:
        asked = await payment.begin(t, transactions.VOID, _ANY_AMOUNT)
        original = _sale(t, asked, lambda record: record.stan == stan) if stan else None
        if original:
            asked.amount = original.approved
        await tap.tap(t, asked)
        card = mask_pan(asked.pan)
        if original is None:
            original = _sale(t, asked, lambda record: record.pan == card)
        elif original.pan != card:
            raise payment.stop(asked, result.OTHER_CARD)
        await pin.enter(t, asked)
        asked.amount = original.approved
        asked.original = (original.batch, original.stan, timestamp.month_day(original.requested_at))
        asked.original_at, asked.reference, asked.original_auth = original.requested_at, original.rrn, original.auth
        if not await t.screen.agree(asked, original.stan):
            raise payment.stop(asked, result.CANCELLED)
        return await payment.carry(t, asked)
    except payment.Ended as early:
        return early.result


def _sale(t: "Terminal", asked: Pending, fits: "Callable[[Any], bool]") -> records.Record:
    """The newest sale of this batch that stands, is not voided, and `fits(record)`.  Raises payment.Ended."""
    standing: "list[records.Record]" = []
    voids: "list[records.Record]" = []
    missed = None
    try:
        for record in t.store.records():
            if record.state == records.UNREADABLE:
                missed = StoreError(record.place)
            if record.batch != asked.batch:
                continue
            kept = voids if record.kind == transactions.VOID.kind else standing
            if record.state in (records.APPROVED, records.PARTIAL):
                if kept is voids or (record.kind == transactions.SALE.kind and fits(record)):
                    kept.append(record)
            elif kept and _same(kept[-1], record):
                kept.pop()  # an approval whose writing seemed to fail, and behind it its reversal
    except StoreError as error:
        raise payment.stop(asked, result.STORE, error)
    undone = [record.original[:2] for record in voids if record.original]
    standing = [sale for sale in standing if (sale.batch, sale.stan) not in undone]
    if not standing:
        raise payment.stop(asked, result.UNREADABLE if missed else result.NO_ORIGINAL, missed)
    return standing[-1]


def _same(one: records.Record, other: records.Record) -> bool:
    """Are both about the same payment?  A trace alone may have been used before (94)."""
    return (one.stan, one.amount, one.requested_at) == (other.stan, other.amount, other.requested_at)
