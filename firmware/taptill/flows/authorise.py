"""The second half of a sale: the intent is made durable, the request sent, the answer judged and recorded."""

from ..core import pending as pendings
from ..core import records, responses, stamp, transactions
from ..core.errors import CodecError, HostTimeout, KeyError_, LinkDown, StoreError
from ..core.masking import mask_pan
from . import messages, result, reversal, status, talk, terminal, verdict


async def authorise(t, amount: int, stan: int, card, pin_block) -> result.Result:
    """Ask the host for `amount` with a flows.tapped.Tapped and an encrypted PIN block, or None."""
    row = transactions.SALE
    pending = _intent(t, row, stan, amount, card, pin_block)
    t.screen.progress(terminal.CONNECTING, amount)
    try:
        fields = messages.request(pending, card.track2, card.de55, pin_block)
        request = talk.Request(t, row.message.mti, fields, True, _fits(amount))
        await t.host.connect()
        t.store.save_pending(pending)
    except CodecError as error:
        await t.host.close()
        return result.not_sent(amount, result.CARD, error)
    except KeyError_ as error:
        return result.not_sent(amount, result.NO_KEYS, error)
    except LinkDown as error:
        return result.not_sent(amount, result.link_why(error, t.clock.now() is not None), error)
    except StoreError as error:
        await t.host.close()
        return result.not_sent(amount, result.STORE, error)
    return await _send(t, pending, request)


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
            return _unsent(t, pending, result.link_why(error, t.clock.now() is not None))
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
    fate = responses.fate(f39)
    if fate == responses.UNKNOWN:
        # Authentic, but it neither approves nor declines.
        return await _reverse(t, pending, pendings.OTHER, result.UNKNOWN_CODE if f39.strip() else result.BAD_ANSWER)
    if fate == responses.EARLIER_SALE:
        return await _reverse(t, pending, pendings.OTHER, result.DUPLICATE, pendings.ASKING)
    if fate == responses.IN_DOUBT:
        found = await status.inquire(t, pending.batch, pending.stan)
        if not verdict.of_word(found, pending.amount):
            return await _reverse(t, pending, pendings.OTHER, result.IN_DOUBT)
    return await _record(t, pending, answer.fields, fate == responses.TAKEN)


async def _record(t, pending, answered: dict, approved: bool) -> result.Result:
    """The host's decision is certain: journal it, and only then say so."""
    f39 = answered[39]
    record = records.Record(pending.kind, records.DECLINED, pending.batch, pending.stan, pending.amount)
    record.requested_at = pending.requested_at
    record.ended_at = stamp.pack(t.clock.now())
    record.pan = mask_pan(pending.pan)
    record.f39 = f39
    record.rrn = _text(answered.get(37, ""))
    record.auth = _text(answered.get(38, ""))
    record.cvm = pending.cvm
    if approved:
        record.state = records.PARTIAL if f39 == "10" else records.APPROVED
        record.approved = int(answered[4])
    try:
        t.store.append(record)
    except StoreError:
        if approved:
            pending.auth = answered.get(38, "")  # goes back as it came, with its blanks
            return await _reverse(t, pending, pendings.NOT_FINISHED, result.STORE)
        # Declined, and only the note of it failed: the intent is still open, its reversal will find nothing to undo.
        return await _reverse(t, pending, pendings.OTHER, result.STORE)
    return _finished(pending, record, approved)


async def _reverse(t, pending, reason: int, why: int, state: int = pendings.REVERSING) -> result.Result:
    """The request may have left and cannot stand: reverse it now (`state` ASKING: only ask about it)."""
    pending.cause = why
    try:
        reversal.begin(t, pending, reason, state)
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
    not_sent = result.not_sent(pending.amount, why)
    not_sent.stan = pending.stan
    not_sent.pan = record.pan
    return not_sent


def _intent(t, row, stan: int, amount: int, card, pin_block):
    pending = pendings.Pending()
    pending.kind = row.kind
    pending.batch = t.store.batch()
    pending.stan = stan
    pending.amount = amount
    pending.pan = card.pan
    pending.expiry = card.expiry
    pending.entry = "071" if pin_block else "072"
    pending.psn = card.psn
    pending.currency = t.config.currency[1:]
    pending.tvr, pending.atc, pending.iad = card.tvr, card.atc, card.iad
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


def _text(value) -> str:
    """A text field as the record can keep it: printable ASCII only, whatever a host sends."""
    return "".join(c for c in str(value) if " " <= c <= "~").strip()
