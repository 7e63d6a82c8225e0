"""A sale by tap, top to bottom.

What holds, whatever happens (flows page, "The invariants"): the intent is durable before the first byte of the
request leaves; "approved" needs the answer's MAC, its match with the request, an approving F39 *and* the journal
entry on flash; whatever else happens after the request may have left ends in a reversal.
"""

from ..core.emv.outcome import CVM_PIN
from ..core.errors import CodecError, KeyError_, PendingDamaged, StoreError
from . import result, reversal
from .authorise import authorise
from .tap import tap


async def sale(t, amount: int) -> result.Result:
    """Sell `amount` (minor units) to the card that is tapped."""
    blocked = await _clear_the_way(t)
    if blocked:
        return blocked
    try:
        stan = t.store.next_stan()
    except StoreError as error:
        return result.not_sent(amount, result.STORE, error)

    card = await tap(t, amount, stan)
    if isinstance(card, result.Result):
        return card
    pin_block = None
    if card.cvm == CVM_PIN:
        try:
            pin_block = await _enter_pin(t, amount, card.pan)
        except KeyError_ as error:
            return result.not_sent(amount, result.NO_KEYS, error)
        except CodecError as error:
            return result.not_sent(amount, result.CARD, error)  # a card number too short for a PIN block
        if pin_block is None:
            return result.not_sent(amount, result.PIN_CANCELLED)

    return await authorise(t, amount, stan, card, pin_block)


async def _clear_the_way(t):
    """Pending-first: None when financial work may begin, else why not."""
    try:
        pending = t.store.pending()
    except PendingDamaged as error:
        damaged = result.Result(result.UNKNOWN, result.MONEY_UNKNOWN, result.DAMAGED)
        damaged.detail = str(error)
        return damaged
    if pending is not None:
        settled = await reversal.settle_pending(t)
        if settled.end != result.REVERSED:
            return settled
    if not t.keys.ready():
        return result.Result(result.NOT_SENT, result.NOT_TAKEN, result.NO_KEYS)
    if not t.store.room():
        return result.Result(result.NOT_SENT, result.NOT_TAKEN, result.JOURNAL_FULL)
    return None


async def _enter_pin(t, amount: int, pan: str):
    """Encrypted PIN block, or None when the person cancelled or took too long."""
    pin = await t.screen.pin(amount)
    if pin is None:
        return None
    try:
        return t.keys.pin_block(pin, pan)
    finally:
        for at in range(len(pin)):
            pin[at] = 0
