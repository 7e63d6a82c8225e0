"""One payment of any kind, top to bottom: clear the way, gather, durable intent, exchange, judge, journal.

What holds, whatever happens (flows page, "The invariants"): the intent is durable before the first byte of the
request leaves; "approved" needs the answer's MAC, its match with the request, an approving F39 *and* the journal
entry on flash; whatever else happens after the request may have left ends in a reversal, or, of a row that is not reversed, in
the question what became of it.
"""

from ..core import responses, transactions
from ..core.errors import PendingDamaged, StoreError
from ..core.journal import pending as pendings
from ..core.journal import record as records
from ..core.journal import timestamp
from . import errands, exchange, result, reversal, terminal, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..core.journal.record import Record
    from ..core.message import Message
    from ..core.responses import Responses
    from .terminal import Terminal


# Why there is no answer to believe → the reason that the reversal gives.
_REASONS = {result.TIMEOUT: pendings.TIMEOUT, result.LINK_BROKEN: pendings.TIMEOUT, result.BAD_MAC: pendings.BAD_MAC}


class Ended(Exception):
    """The payment is over before its request could leave: `result` tells how."""

    def __init__(self, end: result.Result):
        super().__init__()
        self.result = end


def stop(asked: pendings.Pending, why: int, error: "Exception | None" = None) -> Ended:
    """To be raised: nothing has left, and this is why."""
    end = result.Result(result.NOT_SENT, result.NOT_TAKEN, why, asked.kind)
    end.asked = asked.amount
    end.detail = str(error) if error else ""
    end.wants_sign_on = why == result.NO_KEYS
    return Ended(end)


async def begin(t: "Terminal", row: transactions.Transaction, amount: int) -> pendings.Pending:
    """Clear the way for a payment over `amount` (minor units), and open it.  Raises Ended."""
    asked = pendings.Pending()
    asked.kind = row.kind
    asked.amount = amount
    asked.currency = t.config.currency[1:]
    asked.terminal = t.config.terminal_id
    asked.merchant = t.config.merchant_id
    asked.owner = t.owner.mark
    await _clear_the_way(t, asked)
    try:
        asked.stan = t.store.next_stan()
    except StoreError as error:
        raise stop(asked, result.STORE, error)
    asked.batch = t.store.batch()
    return asked


async def carry(t: "Terminal", asked: pendings.Pending) -> result.Result:
    """Ask the host for what was gathered, and see it through to the journal."""
    row = transactions.of(asked.kind)
    if not row.chip:
        asked.tvr = asked.atc = asked.iad = b""  # not sent, so not kept for a reversal either
    asked.entry = "071" if asked.pin_block else "072"
    asked.requested_at = timestamp.pack(t.clock.now())
    if not t.screen.visible():
        return stop(asked, result.NO_DISPLAY).result  # it went dark since the amount was typed
    t.screen.progress(terminal.CONNECTING, asked.amount)
    try:
        about = t.profile.about(asked)
        del about[4]  # _fits judges it
        fits = _fits(t.profile.responses, row, asked.amount)
        request = exchange.Request(t, t.profile.request(asked), True, fits, about)
        asked.forget()
        await request.open()
        await _make_durable(t, request, asked)
    except exchange.Stopped as stopped:
        return stop(asked, stopped.why, stopped).result
    t.screen.progress(terminal.WAITING, asked.amount)
    try:
        answer = await request.send()
    except exchange.Stopped as stopped:
        if not stopped.sent:
            return _unsent(t, asked, stopped.why)
        return await _reverse(t, asked, _REASONS.get(stopped.why, pendings.OTHER), stopped.why)
    return await _judge(t, asked, answer.fields)


async def ask(t: "Terminal", asked: pendings.Pending) -> "Message":
    """The answer to what moves no money: nothing is kept of the request, and nothing is owed without an answer.  Raises Ended."""
    asked.entry = "071" if asked.pin_block else "072"
    asked.requested_at = timestamp.pack(t.clock.now())
    t.screen.progress(terminal.CONNECTING)
    try:
        request = exchange.Request(t, t.profile.request(asked), True, about=t.profile.about(asked))
        asked.forget()
        await request.open()
        t.screen.progress(terminal.WAITING)
        return await request.send()
    except exchange.Stopped as stopped:
        raise stop(asked, stopped.why, stopped)


def found(t: "Terminal", before: "Record | None", row: transactions.Transaction, amount: int) -> result.Result:
    """What became of a payment of that row over `amount` whose flow did not come to its end: flash knows.

    `before` is what `t.store.last()` was when it began.  An open intent means unknown; a record that has come since
    tells the end; neither means that nothing was sent.
    """
    try:
        pending = t.store.pending()
    except PendingDamaged as error:
        return result.damaged(error)
    if pending is not None:
        return result.of(pending.ended(0, 0), result.UNKNOWN, result.MONEY_UNKNOWN, result.NO_MEMORY)
    record = t.store.last()
    if record is None or record is before:
        not_sent = result.Result(result.NOT_SENT, result.NOT_TAKEN, result.NO_MEMORY, row.kind)
        not_sent.asked = amount
        return not_sent
    end, money = result.STOOD.get(record.state, (result.REVERSED, result.NOT_TAKEN))
    return result.of(record, end, money, result.HOST_CODE if end == result.DECLINED else result.NO_MEMORY)


async def _clear_the_way(t: "Terminal", asked: pendings.Pending) -> None:
    """Pending-first: returns when financial work may begin, else raises Ended."""
    try:
        open_one = t.store.pending()
    except PendingDamaged as error:
        raise Ended(result.damaged(error))
    if open_one is not None:
        settled = await reversal.settle_pending(t)
        if settled.end == result.UNKNOWN:
            raise Ended(settled)
    if not t.screen.visible():
        raise stop(asked, result.NO_DISPLAY)
    refusal = await t.health.refusal()
    if refusal:
        raise stop(asked, refusal)
    if not t.keys.ready():
        raise stop(asked, result.NO_KEYS)
    try:
        room = t.store.room()
    except StoreError as error:
        raise stop(asked, result.STORE, error)
    if not room:
        raise stop(asked, result.JOURNAL_FULL)


async def _make_durable(t: "Terminal", request: exchange.Request, asked: pendings.Pending) -> None:
    try:
        t.store.save_pending(asked)
    except StoreError as error:
        await request.close()
        raise exchange.stopped(t, error)


def _fits(codes: "Responses", row: transactions.Transaction, amount: int) -> "Callable[[Message], bool]":
    """Is an authentic answer about this amount?  A partial approval (10) brings its own, lower, one."""

    def fits(answer: "Message") -> bool:
        f39 = answer.fields.get(39, "")
        f4 = answer.fields.get(4, "")
        if not codes.approves(f39):
            return not f4 or int(f4) == amount
        if not f4:
            return False
        return row.partial and 0 < int(f4) < amount if codes.in_part(f39) else int(f4) == amount

    return fits


async def _judge(t: "Terminal", asked: pendings.Pending, answered: dict) -> result.Result:
    """An authentic answer to this very request: what its F39 says of the money decides."""
    f39 = answered.get(39, "")
    fate = t.profile.responses.fate(f39)
    if fate == responses.UNKNOWN:
        # It neither approves nor declines.
        return await _reverse(t, asked, pendings.OTHER, result.UNKNOWN_CODE if f39.strip() else result.BAD_ANSWER)
    if fate == responses.EARLIER:
        return await _reverse(t, asked, pendings.OTHER, result.DUPLICATE, pendings.ASKING)
    if fate == responses.IN_DOUBT:
        undoable = transactions.reversed_(asked.kind)  # else asking is all that settles it
        if not undoable or not verdict.of_word(await errands.inquire(t, asked.batch, asked.stan, asked), asked):
            return await _reverse(t, asked, pendings.OTHER, result.IN_DOUBT)
    return await _journal(t, asked, answered, fate == responses.TAKEN)


async def _journal(t: "Terminal", asked: pendings.Pending, answered: dict, approved: bool) -> result.Result:
    """The host's decision is certain: journal it, and only then say so."""
    record = asked.ended(records.DECLINED, timestamp.pack(t.clock.now()))
    record.f39 = answered[39]
    record.rrn = _text(answered.get(37, ""))
    record.auth = _text(answered.get(38, ""))
    if approved:
        record.state = records.PARTIAL if t.profile.responses.in_part(record.f39) else records.APPROVED
        record.approved = int(answered[4])
    try:
        t.store.append(record)
    except StoreError:
        if not transactions.reversed_(asked.kind):
            asked.ending = record  # the host has said how it ended: only the writing is tried again
        elif approved:
            asked.auth = answered.get(38, "")  # goes back as it came, with its blanks
        # An approval cannot stand without its record.  A decline can, but its intent is still open and has to be closed.
        return await _reverse(t, asked, pendings.NOT_FINISHED if approved else pendings.OTHER, result.STORE)
    end, money = result.STOOD[record.state]
    told = result.of(record, end, money, result.OK if approved else result.HOST_CODE)
    told.wants_sign_on = t.profile.responses.wants_sign_on(record.f39)
    told.facts = asked.facts
    return told


async def _reverse(
    t: "Terminal", asked: pendings.Pending, reason: int, why: int, state: int = pendings.REVERSING
) -> result.Result:
    """The request may have left, and nothing that can stand is known of it: reverse it now, or ask about it where its row or
    `state` (ASKING) says so.
    """
    asked.cause = why
    try:
        if transactions.reversed_(asked.kind) or state == pendings.ASKING:
            reversal.begin(t, asked, reason, state)
    except StoreError as error:
        if t.store.in_doubt() or state == pendings.ASKING:
            return _unknown(asked, error)  # only what is on flash at the next start tells whether it may be reversed
        asked.reason = reason
    settled = await reversal.settle_pending(t)
    if settled.end == result.REVERSED:
        settled.why = why
    return settled


def _unsent(t: "Terminal", asked: pendings.Pending, why: int) -> result.Result:
    """The intent was durable but no byte left: close it with a record, no reversal is owed."""
    asked.cause = why
    record = asked.ended(records.UNSENT, timestamp.pack(t.clock.now()))
    try:
        t.store.append(record)
    except StoreError as error:
        # It stays pending and is reversed before the next payment: the host says then that it has never seen it.
        return _unknown(asked, error)
    return result.of(record, result.NOT_SENT, result.NOT_TAKEN, why)


def _unknown(asked: pendings.Pending, error: StoreError) -> result.Result:
    unknown = result.of(asked.ended(0, 0), result.UNKNOWN, result.MONEY_UNKNOWN, result.STORE)
    unknown.detail = str(error)
    return unknown


def _text(value: "Any") -> str:
    """A text field as the record can keep it: printable ASCII only, whatever a host sends."""
    return "".join([c for c in str(value) if " " <= c <= "~"]).strip()
