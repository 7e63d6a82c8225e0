"""The first half of a sale: a card is presented and read completely.  From then on the card is not needed."""

from ..core.emv import field55, outcome
from ..core.emv.config import EmvTxn
from ..core.emv.tap import read_card
from ..core.emv.terminal import preprocess
from ..core.errors import CardLost, ReaderFault
from ..core.masking import mask_pan
from . import result, terminal
from .tapped import Tapped


async def tap(t, amount: int, stan: int):
    """Pre-processing, tap, reading.  Returns a Tapped for an online request, or the Result of an early end."""
    refusal, _ = preprocess(t.emv, amount)
    if refusal:
        return result.not_sent(amount, result.OVER_LIMIT if refusal == outcome.LIMIT else result.BAD_AMOUNT)
    now = t.clock.now()
    time = "%02d%02d%02d" % now[3:] if now else "000000"
    txn = EmvTxn(amount, t.clock.today(), t.entropy.bytes(4), stan, time)
    t.screen.progress(terminal.PRESENT, amount)
    try:
        card = await t.reader.wait_card(t.config.card_timeout_s * 1000, t.screen.cancelled)
        if card is None:
            return result.not_sent(amount, result.CANCELLED if t.screen.cancelled() else result.NO_CARD)
        t.screen.progress(terminal.READING, amount)
        read = await read_card(card, t.emv, txn)
    except CardLost as error:
        foreign = str(error) == "not a payment card"  # the port's own words
        return result.not_sent(amount, result.NO_PAYMENT_CARD if foreign else result.CARD_LOST, error)
    except ReaderFault as error:
        return result.not_sent(amount, result.READER, error)
    finally:
        await t.reader.off()
    if read.outcome != outcome.ONLINE:
        refused = result.not_sent(amount, result.CARD)
        refused.card = read
        refused.pan = mask_pan(read.pan or "")
        return refused
    t.screen.progress(terminal.REMOVE_CARD, amount)
    return _tapped(read)


def _tapped(read) -> Tapped:
    """What the rest of the sale needs; the reading itself can be forgotten."""
    card = Tapped()
    card.pan, card.psn, card.expiry, card.track2 = read.pan, read.psn, read.expiry, read.track2
    card.cvm = read.cvm
    card.de55 = field55.de55(read)
    card.tvr = bytes(read.terminal[0x95])
    card.atc = bytes(read.tags[0x9F36])
    card.iad = bytes(read.tags.get(0x9F10, b""))
    return card
