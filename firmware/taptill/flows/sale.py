"""A sale by tap."""

from ..core import transactions
from . import payment, pin, result, tap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .terminal import Terminal


async def sale(t: "Terminal", amount: int) -> result.Result:
    """Sell `amount` (minor units) to the card that is tapped."""
    try:
        asked = await payment.begin(t, transactions.SALE, amount)
        await tap.tap(t, asked)
        await pin.enter(t, asked)
        return await payment.carry(t, asked)
    except payment.Ended as early:
        return early.result
