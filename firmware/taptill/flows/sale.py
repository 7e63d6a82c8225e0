"""A sale by tap, and a pre-authorisation (预授权), which holds the money and does not take it."""

from ..core import transactions
from . import payment, pin, result, tap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .terminal import Terminal


async def sale(t: "Terminal", amount: int, row: transactions.Transaction = transactions.SALE) -> result.Result:
    """Sell `amount` (minor units) to the card that is tapped, or with that row hold it."""
    try:
        asked = await payment.begin(t, row, amount)
        await tap.tap(t, asked)
        await pin.enter(t, asked)
        return await payment.carry(t, asked)
    except payment.Ended as early:
        return early.result
