"""The PIN of a payment, encrypted as soon as it is complete."""

from ..core import transactions
from ..core.emv.outcome import CVM_PIN
from ..core.errors import CodecError, KeyError_
from ..core.journal.pending import Pending
from . import payment, result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .terminal import Terminal


async def enter(t: "Terminal", asked: Pending) -> None:
    """Where transaction and card want one: ask for the PIN and put its encrypted block into `asked`.  Raises payment.Ended."""
    wanted = transactions.of(asked.kind).pin
    if wanted == transactions.NEVER or (wanted == transactions.WHEN_ASKED and asked.cvm != CVM_PIN):
        return
    pin = await t.screen.pin(asked.amount)
    if pin is None:
        raise payment.stop(asked, result.PIN_CANCELLED)
    try:
        asked.pin_block = t.keys.pin_block(pin, asked.pan)
    except KeyError_ as error:
        raise payment.stop(asked, result.NO_KEYS, error)
    except CodecError as error:
        raise payment.stop(asked, result.CARD, error)  # a card number too short for a PIN block
    finally:
        for at in range(len(pin)):
            pin[at] = 0
