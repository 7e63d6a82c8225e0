"""A void (撤销): what stands is undone whole, by its trace or by its card; the original itself stays in the journal."""

from ..core import transactions
from ..core.masking import mask_pan
from . import original, payment, pin, result, tap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .terminal import Terminal


async def void(t: "Terminal", trace: int = 0, row: transactions.Transaction = transactions.VOID) -> result.Result:
    """Undo the transaction with that trace (flows.original), or with 0 the newest one of the card that is tapped."""
    try:
        asked = await payment.begin(t, row, 0)
        found = original.find(t, asked, original.by_trace(trace))[0] if trace else None
        if found:
            asked.amount = found.approved
        await tap.tap(t, asked)
        card = mask_pan(asked.pan)
        if found is None:
            found, _ = original.find(t, asked, lambda record: record.pan == card)
        elif found.pan != card:
            raise payment.stop(asked, result.OTHER_CARD)
        await pin.enter(t, asked)
        asked.amount = found.approved
        original.name(asked, found)
        if not await t.screen.agree(asked, found.stan):
            raise payment.stop(asked, result.CANCELLED)
        return await payment.carry(t, asked)
    except payment.Ended as early:
        return early.result
