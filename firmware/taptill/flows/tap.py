"""A card is presented and read completely.  From then on the card is not needed."""

from ..core import checks, transactions
from ..core.emv import field55, outcome, schemes
from ..core.emv.config import EmvTxn
from ..core.emv.tap import read_card
from ..core.emv.terminal import preprocess
from ..core.errors import CardLost, ReaderFault
from ..core.journal.pending import Pending
from ..core.masking import mask_pan
from . import payment, result, terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .terminal import Terminal


_ANY_AMOUNT = 1


async def tap(t: "Terminal", asked: Pending) -> None:
    """Pre-processing, tap, reading: puts into `asked` what its request needs of the card.  Raises payment.Ended."""
    # What is read for its number alone computes nothing that is sent: limits of taps are not about it.
    row = transactions.of(asked.kind)
    amount = asked.amount if row.chip else _ANY_AMOUNT
    refusal, _ = preprocess(t.emv, amount, row.emv)
    if refusal:
        raise payment.stop(asked, result.OVER_LIMIT if refusal == outcome.LIMIT else result.BAD_AMOUNT)
    now = t.clock.now()
    time = "%02d%02d%02d" % now[3:] if now else "000000"
    txn = EmvTxn(amount, t.clock.today(), t.entropy.bytes(4), asked.stan, time, row.emv)
    t.screen.progress(terminal.PRESENT, asked.amount)
    try:
        card = await t.reader.wait_card(t.config.card_timeout_s * 1000, t.screen.cancelled)
        if card is None:
            raise payment.stop(asked, result.CANCELLED if t.screen.cancelled() else result.NO_CARD)
        t.screen.progress(terminal.READING, asked.amount)
        read = await read_card(card, t.emv, txn)
    except CardLost as error:
        foreign = str(error) == "not a payment card"  # the port's own words
        raise payment.stop(asked, result.NO_PAYMENT_CARD if foreign else result.CARD_LOST, error)
    except ReaderFault as error:
        t.health.note(checks.Finding(checks.READER, checks.READER_SILENT, "", str(error)))
        raise payment.stop(asked, result.READER, error)
    finally:
        await t.reader.off()
    if read.outcome != outcome.ONLINE:
        refused = payment.stop(asked, result.CARD)
        refused.result.card = read
        refused.result.pan = mask_pan(read.pan or "")
        raise refused
    t.screen.progress(terminal.REMOVE_CARD, asked.amount)
    asked.pan, asked.psn, asked.expiry, asked.track2 = read.pan or "", read.psn, read.expiry or "", read.track2
    asked.cvm = read.cvm
    asked.organisation = schemes.code_of(read.tags.get(0x84, b""))
    asked.de55 = field55.de55(read)
    asked.tvr = bytes(read.terminal[0x95])
    # The preferred name (9F12) may need a code table of its own, so a slip has the label.
    cryptogram, tvr = (read.cryptogram or "", asked.tvr) if row.chip else ("", b"")
    asked.facts = (read.aid or "", read.label or "", cryptogram, tvr)
    asked.atc = bytes(read.tags[0x9F36])
    asked.iad = bytes(read.tags.get(0x9F10, b""))
