"""A transaction about an earlier one: which it is, by whose card, how much of it; then a payment like any other."""

from ..core import transactions
from ..core.masking import mask_pan
from . import original, payment, pin, result, tap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .terminal import Terminal


async def about(
    t: "Terminal", row: transactions.Transaction, trace: int = 0, amount: int = 0, typed: "tuple[str, str] | None" = None
) -> result.Result:
    """About the transaction with that trace (flows.original), or with 0 the newest one of the card that is tapped.

    `amount` in minor units, 0: all that is left of it.  `typed`: ("MMDD", authorisation code) of one that the journal does not
    have; its batch stands in `trace`.
    """
    try:
        asked = await payment.begin(t, row, amount)
        found = left = None
        if trace and not typed:
            found, left = original.find(t, asked, original.by_trace(trace))
            _much(asked, left, amount)
        await tap.tap(t, asked)
        card = mask_pan(asked.pan)
        if typed:
            asked.original = (trace // original.BATCH or asked.batch, trace % original.BATCH, typed[0])
            asked.original_auth = typed[1]
        else:
            if found is None:
                found, left = original.find(t, asked, lambda record: record.pan == card)
                _much(asked, left, amount)
            elif found.pan != card:
                raise payment.stop(asked, result.OTHER_CARD)
            original.name(asked, found)
        await pin.enter(t, asked)
        if not await t.screen.agree(asked, asked.original[1] if asked.original else 0):
            raise payment.stop(asked, result.CANCELLED)
        return await payment.carry(t, asked)
    except payment.Ended as early:
        return early.result


def _much(asked: payment.pendings.Pending, left: int, amount: int) -> None:
    """The amount, of which so much is left.  Raises payment.Ended."""
    if amount > left:
        raise payment.stop(asked, result.TOO_MUCH)
    asked.amount = amount or left
