"""A sale by tap, top to bottom.

What holds, whatever happens (flows page, "The invariants"): the intent is durable before the first byte of the
request leaves; "approved" needs the answer's MAC, its match with the request, an approving F39 *and* the journal
entry on flash; whatever else happens after the request may have left ends in a reversal.

Reading a card (`flows.tap`) and talking to the host (`flows.authorise`) are two rooms: a small heap holds one at a time,
so each is loaded when it is entered and let go when it is left.
"""

from ..core.errors import CodecError, KeyError_, PendingDamaged, StoreError
from . import result

_CVM_PIN = 1  # core.emv.outcome.CVM_PIN

_TAP = ("taptill.flows.tap", "taptill.core.emv", "taptill.core.dol")
_HOST = (
    "taptill.flows.authorise",
    "taptill.flows.reversal",
    "taptill.flows.signon",
    "taptill.flows.status",
    "taptill.flows.verdict",
    "taptill.flows.talk",
    "taptill.flows.messages",
    "taptill.core.profile",
    "taptill.core.iso8583",
)


async def sale(t, amount: int) -> result.Result:
    """Sell `amount` (minor units) to the card that is tapped."""
    blocked = await _clear_the_way(t)
    if blocked:
        return blocked
    try:
        stan = t.store.next_stan()
    except StoreError as error:
        return result.not_sent(amount, result.STORE, error)

    card = await _read_card(t, amount, stan)
    if isinstance(card, result.Result):
        return card
    pin_block = None
    if card.cvm == _CVM_PIN:
        try:
            pin_block = await _enter_pin(t, amount, card.pan)
        except KeyError_ as error:
            return result.not_sent(amount, result.NO_KEYS, error)
        except CodecError as error:
            return result.not_sent(amount, result.CARD, error)  # a card number too short for a PIN block
        if pin_block is None:
            return result.not_sent(amount, result.PIN_CANCELLED)

    from .authorise import authorise

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
        from . import reversal

        settled = await reversal.settle_pending(t)
        if settled.end != result.REVERSED:
            return settled
    if not t.keys.ready():
        return result.Result(result.NOT_SENT, result.NOT_TAKEN, result.NO_KEYS)
    if not t.store.room():
        return result.Result(result.NOT_SENT, result.NOT_TAKEN, result.JOURNAL_FULL)
    return None


async def _read_card(t, amount: int, stan: int):
    t.let_go(*_HOST)
    from .tap import tap

    try:
        return await tap(t, amount, stan)
    finally:
        del tap
        t.let_go(*_TAP)


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
