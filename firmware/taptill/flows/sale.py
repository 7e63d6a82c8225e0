"""A sale by tap, top to bottom.

What holds, whatever happens (flows page, "The invariants"): the intent is durable before the first byte of the
request leaves; "approved" needs the answer's MAC, its match with the request, an approving F39 *and* the journal
entry on flash; whatever else happens after the request may have left ends in a reversal.
"""

from ..core import pending as pendings
from ..core import records, responses, stamp
from ..core.emv import field55, outcome
from ..core.emv.config import EmvTxn
from ..core.emv.tap import read_card
from ..core.emv.terminal import preprocess
from ..core.errors import (
    CardLost,
    CodecError,
    HostTimeout,
    KeyError_,
    LinkDown,
    PendingDamaged,
    ReaderFault,
    StoreError,
)
from ..core.masking import mask_pan
from . import messages, result, reversal, talk, terminal


async def sale(t, amount: int) -> result.Result:
    """Sell `amount` (minor units) to the card that is tapped."""
    blocked = await _clear_the_way(t)
    if blocked:
        return blocked
    try:
        stan = t.store.next_stan()
    except StoreError as error:
        return _not_sent(amount, result.STORE, error)

    card = await _tap(t, amount, stan)
    if isinstance(card, result.Result):
        return card
    pin_block = None
    if card.cvm == outcome.CVM_PIN:
        try:
            pin_block = await _enter_pin(t, amount, card.pan)
        except KeyError_ as error:
            return _not_sent(amount, result.NO_KEYS, error)
        except CodecError as error:
            return _not_sent(amount, result.CARD, error)  # a card number too short for a PIN block
        if pin_block is None:
            return _not_sent(amount, result.PIN_CANCELLED)

    pending = _intent(t, stan, amount, card, pin_block)
    t.screen.progress(terminal.CONNECTING, amount)
    try:
        fields = messages.sale(t, stan, amount, card, field55.de55(card), pin_block)
        request = talk.Request(t, "0200", fields, True, _fits(amount))
        await t.host.connect()
        t.store.save_pending(pending)
    except CodecError as error:
        await t.host.close()
        return _not_sent(amount, result.CARD, error)
    except KeyError_ as error:
        return _not_sent(amount, result.NO_KEYS, error)
    except LinkDown as error:
        return _not_sent(amount, result.NO_LINK, error)
    except StoreError as error:
        await t.host.close()
        return _not_sent(amount, result.STORE, error)
    return await _send(t, pending, request)


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


async def _tap(t, amount: int, stan: int):
    """Read a card completely.  Returns the CardRead of an online request, or the Result of an early end."""
    refusal, _ = preprocess(t.emv, amount)
    if refusal:
        return _not_sent(amount, result.OVER_LIMIT if refusal == outcome.LIMIT else result.BAD_AMOUNT)
    now = t.clock.now()
    time = "%02d%02d%02d" % now[3:] if now else "000000"
    txn = EmvTxn(amount, t.clock.today(), t.entropy.bytes(4), stan, time)
    t.screen.progress(terminal.PRESENT, amount)
    try:
        card = await t.reader.wait_card(t.config.card_timeout_s * 1000, t.screen.cancelled)
        if card is None:
            return _not_sent(amount, result.CANCELLED if t.screen.cancelled() else result.NO_CARD)
        t.screen.progress(terminal.READING, amount)
        read = await read_card(card, t.emv, txn)
    except CardLost as error:
        foreign = str(error) == "not a payment card"  # the port's own words
        return _not_sent(amount, result.NO_PAYMENT_CARD if foreign else result.CARD_LOST, error)
    except ReaderFault as error:
        return _not_sent(amount, result.READER, error)
    finally:
        await t.reader.off()
    if read.outcome != outcome.ONLINE:
        refused = _not_sent(amount, result.CARD)
        refused.card = read
        refused.pan = mask_pan(read.pan or "")
        return refused
    t.screen.progress(terminal.REMOVE_CARD, amount)
    return read


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


def _fits(amount: int):
    """Is an authentic answer about this amount?  A partial approval (10) brings its own, lower, one."""

    def fits(answer) -> bool:
        f39 = answer.fields.get(39, "")
        f4 = answer.fields.get(4, "")
        if not responses.approves(f39):
            return not f4 or int(f4) == amount
        if not f4:
            return False
        return 0 < int(f4) < amount if f39 == "10" else int(f4) == amount

    return fits


async def _send(t, pending, request) -> result.Result:
    """The intent is durable: send, judge the answer, and record what it means."""
    t.screen.progress(terminal.WAITING, pending.amount)
    try:
        answer = await request.send()
    except LinkDown as error:
        if not error.sent:
            return _unsent(t, pending, result.NO_LINK)
        return await _reverse(t, pending, pendings.TIMEOUT, result.LINK_BROKEN)
    except HostTimeout:
        return await _reverse(t, pending, pendings.TIMEOUT, result.TIMEOUT)
    except talk.BadMac:
        return await _reverse(t, pending, pendings.BAD_MAC, result.BAD_MAC)
    except talk.BadAnswer:
        return await _reverse(t, pending, pendings.OTHER, result.BAD_ANSWER)
    finally:
        await t.host.close()

    f39 = answer.fields.get(39, "")
    if not f39:
        # Authentic, but it neither approves nor declines: no code is no decline.
        return await _reverse(t, pending, pendings.OTHER, result.BAD_ANSWER)
    approved = responses.approves(f39)
    record = records.Record(pending.kind, records.DECLINED, pending.batch, pending.stan, pending.amount)
    record.requested_at = pending.requested_at
    record.ended_at = stamp.pack(t.clock.now())
    record.pan = mask_pan(pending.pan)
    record.f39 = f39
    record.rrn = _text(answer.fields.get(37, ""))
    record.auth = _text(answer.fields.get(38, ""))
    record.cvm = pending.cvm
    if approved:
        record.state = records.PARTIAL if f39 == "10" else records.APPROVED
        record.approved = int(answer.fields[4])
    try:
        t.store.append(record)
    except StoreError:
        if approved:
            pending.auth = answer.fields.get(38, "")  # goes back as it came, with its blanks
            return await _reverse(t, pending, pendings.NOT_FINISHED, result.STORE)
        # Declined, and only the note of it failed: the intent is still open, its reversal will find nothing to undo.
        return await _reverse(t, pending, pendings.OTHER, result.STORE)
    return _finished(pending, record, approved)


async def _reverse(t, pending, reason: int, why: int) -> result.Result:
    """The request may have left and cannot stand: reverse it now."""
    pending.cause = why
    try:
        reversal.begin(t, pending, reason)
    except StoreError as error:
        # Flash refuses: the intent that is on it is enough for the next start, nothing may be sent without it.
        unknown = result.Result(result.UNKNOWN, result.MONEY_UNKNOWN, result.STORE)
        unknown.asked, unknown.stan, unknown.detail = pending.amount, pending.stan, str(error)
        return unknown
    outcome_ = await reversal.settle_pending(t)
    if outcome_.end == result.REVERSED:
        outcome_.why = why
    return outcome_


def _unsent(t, pending, why: int) -> result.Result:
    """The intent was durable but no byte left: close it with a record, no reversal is owed."""
    record = records.Record(pending.kind, records.UNSENT, pending.batch, pending.stan, pending.amount)
    record.requested_at = pending.requested_at
    record.ended_at = stamp.pack(t.clock.now())
    record.pan = mask_pan(pending.pan)
    record.cause = why
    try:
        t.store.append(record)
    except StoreError:
        # It stays pending and is reversed before the next sale; the host will answer 25.
        unknown = result.Result(result.UNKNOWN, result.MONEY_UNKNOWN, result.STORE)
        unknown.asked, unknown.stan = pending.amount, pending.stan
        return unknown
    not_sent = _not_sent(pending.amount, why)
    not_sent.stan = pending.stan
    not_sent.pan = record.pan
    return not_sent


def _intent(t, stan: int, amount: int, card, pin_block):
    pending = pendings.Pending()
    pending.kind = records.SALE
    pending.batch = t.store.batch()
    pending.stan = stan
    pending.amount = amount
    pending.pan = card.pan
    pending.expiry = card.expiry
    pending.entry = "071" if pin_block else "072"
    pending.psn = card.psn
    pending.currency = t.config.currency[1:]
    pending.tvr = bytes(card.terminal[0x95])
    pending.atc = bytes(card.tags[0x9F36])
    pending.iad = bytes(card.tags.get(0x9F10, b""))
    pending.cvm = card.cvm
    pending.requested_at = stamp.pack(t.clock.now())
    pending.terminal = t.config.terminal_id
    pending.merchant = t.config.merchant_id
    return pending


def _finished(pending, record, approved: bool) -> result.Result:
    if approved:
        end = result.PARTIAL if record.state == records.PARTIAL else result.APPROVED
        finished = result.Result(end, result.TAKEN)
        finished.amount = record.approved
    else:
        finished = result.Result(result.DECLINED, result.NOT_TAKEN, result.HOST_CODE)
    finished.asked = pending.amount
    finished.stan = pending.stan
    finished.pan = record.pan
    finished.f39 = record.f39
    finished.auth = record.auth
    finished.rrn = record.rrn
    finished.cvm = record.cvm
    return finished


def _not_sent(amount: int, why: int, error=None) -> result.Result:
    not_sent = result.Result(result.NOT_SENT, result.NOT_TAKEN, why)
    not_sent.asked = amount
    not_sent.detail = str(error) if error else ""
    return not_sent


def _text(value) -> str:
    """A text field as the record can keep it: printable ASCII only, whatever a host sends."""
    return "".join(c for c in str(value) if " " <= c <= "~").strip()
