"""Reversal (冲正): the one place where a transaction of unknown fate is settled.

Rules (flows page, "Reversal"):

- one request is pending at most, and nothing financial is sent while it is, except its own 0400;
- the 0400 says why (F39): 98 no answer, A0 wrong MAC, 96 approved but not finished, 06 anything else;
- it is tried at once, then with growing pauses, a configured number of tries a round; without a link there is no try;
- it ends by an answer of the host that settles it, or by a supervisor's act that is journaled. Nothing else ends it;
- that host is the one that it was sent to: while the settings lead to another, nothing is sent and nobody is asked.

What an answer means stands in `flows.verdict`.  An intent whose trace the host calls used before (94) is not reversed, because
that would undo the earlier sale: it is only asked about, from the moment that this is on flash.  A power cut before that, or
a flash that refuses the note until the power goes, leaves an intent like any other.

A row that is not reversed (core.transactions) is settled here too, by the same rounds of tries: each asks the host what became of
it, and its word is the end, "approved" too.  It is never sent a second time.

An intent on flash is enough to send its 0400, also when flash takes no more writes.  One whose outcome may stand in a record that
cannot be read is not reversed before a person says so, and one that is lost itself never: they are asked about.
"""

from ..core import responses, trace_state, transactions
from ..core.emv import field55
from ..core.errors import MessageError, PendingDamaged, StoreError
from ..core.journal import pending as pendings
from ..core.journal import record as records
from ..core.journal import timestamp
from . import errands, exchange, result, terminal, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.journal.pending import Pending
    from ..core.message import Message
    from .terminal import Terminal


_LONGEST_PAUSE_MS = 30000  # with the longest connection and answer still below the watchdog's patience
_LINK_PATIENCE_MS = 30000
_ASK_PATIENCE_MS = 10000  # a person who asks stands and waits
_NO_SIGN_ON = result.NO_CONNECTION + (result.TIMEOUT, result.KEY_FILE)  # what keeps a sign-on from its host


class _Told:
    """What one try brought: the record state that `closes` the intent (0: none), else `why` it does not.

    `last`: another try changes nothing; `keys`: sign on before the next one; `rrn`: the reference (F37) that the host has told.
    """

    def __init__(self, why: int, f39: str = "", closes: int = 0, last: bool = False, keys: bool = False, rrn: str = ""):
        self.why = why
        self.rrn = rrn
        self.f39 = f39
        self.closes = closes
        self.last = last
        self.keys = keys


async def settle_pending(t: "Terminal") -> result.Result:
    """One round of tries for what is pending.  Result UNKNOWN: it stays so; else how it ended, DONE when nothing was pending."""
    pending = t.store.pending()
    if pending is None:
        return result.Result(result.DONE, result.NOT_TAKEN)
    if not t.owns(pending):
        return _still_pending(pending, result.OTHER_HOST)
    if pending.ending:
        return _close(t, pending, pending.ending)
    pending.owner = t.owner.mark  # where an earlier firmware left none, from the first note on
    if pending.state == pendings.SENT and not _asked_only(pending):
        # A power cut before any answer was recorded.
        try:
            begin(t, pending, pending.reason)
        except StoreError as error:
            if t.store.in_doubt():
                return _still_pending(pending, result.STORE, error)
            # The intent that is on flash is enough: the next start would find it and send the same 0400.
    signed_on = False
    for number in range(t.config.reversal_tries):
        if number:
            await t.clock.pause(min(t.config.reversal_pause_s * 1000 << (number - 1), _LONGEST_PAUSE_MS))
        if not await _link(t, pending):
            return _still_pending(pending, exchange.stopped(t, t.host.no_link()).why)
        _show(t, pending, number + 1)
        told = await _try(t, pending, number + 1)
        if told.closes:
            pending.tries = min(pending.tries + 1, 255)
            return _settled(t, pending, told)
        if told.why in result.NO_CONNECTION and not await t.host.link_up(0):
            continue  # the link went away: that was no try
        _note(t, pending, told)
        if told.last:
            break
        if told.keys and not signed_on:
            signed_on = True
            await errands.sign_on(t, for_reversal=True)
    open_ = _still_pending(pending, told.why)
    open_.f39 = told.f39
    return open_


async def ask(t: "Terminal", pending: pendings.Pending) -> tuple:
    """A person asks the host about the open intent: (flows.errands.Status, Result when its word closed it, else None)."""
    if not t.owns(pending):
        return errands.Status(result.OTHER_HOST), None
    t.screen.progress(terminal.ASKING)
    await t.host.link_up(_ASK_PATIENCE_MS)  # it may be in the long pause between two tries; one that does not come is told below
    found = await errands.inquire(t, pending.batch, pending.stan, pending)
    closes = verdict.of_word(found, pending)
    return found, _settled(t, pending, _Told(result.OK, "", closes, rrn=found.rrn)) if closes else None


def insist(t: "Terminal", pending: pendings.Pending) -> None:
    """A person decides that a doubted intent is to be reversed, whatever became of it.  Raises StoreError.

    One that is only asked about stays so: what would be undone is another payment.
    """
    try:
        pending.trust = pendings.WHOLE
        begin(t, pending, pending.reason, max(pending.state, pendings.REVERSING))
    except (StoreError, MemoryError):
        pending.trust = pendings.DOUBTED
        raise


def begin(t: "Terminal", pending: "Pending", reason: int, state: int = pendings.REVERSING) -> None:
    """Decide that `pending` has to be reversed, and make the decision durable before any 0400 leaves.

    `reason` is a reason of core.journal.pending, `state` its REVERSING or ASKING.  Raises StoreError, or MemoryError where the
    heap is full: then nothing is decided.
    """
    before = pending.reason, pending.state
    try:
        pending.reason, pending.state = reason, state
        t.store.save_pending(pending)
    except (StoreError, MemoryError):
        # What the host called used before (ASKING) is not reversed all the same, as long as this is remembered at all.
        if state == pendings.REVERSING:
            pending.reason, pending.state = before
        raise


async def recover(t: "Terminal") -> "result.Result | None":
    """At power-on: settle what a power cut left behind.  None when there was nothing, else a Result.

    A cut with no recorded answer is reversed with F39 98; a decision that was durable keeps its own reason.
    """
    try:
        pending = t.store.pending()
    except PendingDamaged as error:
        return result.damaged(error)
    if pending is None:
        return None
    return await settle_pending(t)


def move_to_manual(t: "Terminal", reason: int) -> result.Result:
    """A supervisor takes the pending reversal over: journaled with its evidence, then financial work is free again.

    `reason` is the number of the reason chosen on the screen.  Raises StoreError: then it is still pending.  Where the host has
    given its word already, and only flash did not take it, that is what is journaled.
    """
    pending = t.store.pending()
    if pending is None:
        return result.Result(result.FAILED, result.NOT_TAKEN, result.OK)
    if pending.ending:
        t.store.append(pending.ending)
        return _settled_by(pending.ending)
    record = _record(t, pending, records.MANUAL)
    record.reason = reason
    t.store.append(record)
    return result.of(record, result.MANUAL, result.MONEY_UNKNOWN, result.SUPERVISOR)


def set_damaged_aside(t: "Terminal") -> result.Result:
    """A supervisor sets a pending record aside that cannot be read; it is kept, and the act is journaled.

    Raises StoreError.
    """
    remains = _plausible(t, t.store.remains())
    record = _record(t, remains, records.MANUAL) if remains else records.Record(0, records.MANUAL, t.store.batch(), 0, 0)
    record.ended_at = timestamp.pack(t.clock.now())
    record.cause = result.DAMAGED
    t.store.set_aside(record)
    return result.of(record, result.MANUAL, result.MONEY_UNKNOWN, result.SUPERVISOR)


def _plausible(t: "Terminal", remains: "Pending | None") -> "Pending | None":
    """`remains` of a damaged intent when they look like one of this terminal; nothing vouches for them but that."""
    if remains is None or remains.terminal != t.config.terminal_id or not remains.pan.isdigit():
        return None
    try:
        transactions.of(remains.kind)
    except MessageError:
        return None
    return remains if 1 <= remains.stan <= 999999 else None


async def _link(t: "Terminal", pending: "Pending") -> bool:
    """Is there a link to try it on?  Waits for it for a while, and the screen says so."""
    if await t.host.link_up(0):
        return True
    _show(t, pending, 0)
    return await t.host.link_up(_LINK_PATIENCE_MS)


def _show(t: "Terminal", pending: "Pending", number: int) -> None:
    """The number of the try; what is only asked about is not said to be reversed."""
    reverses = transactions.reversed_(pending.kind)
    t.screen.progress(terminal.REVERSING if reverses else terminal.ASKING, pending.amount, number)


def _asked_only(pending: "Pending") -> bool:
    """Is nothing sent of it but the question what became of it?"""
    unsure = pending.state == pendings.ASKING or pending.trust != pendings.WHOLE
    return unsure or not transactions.reversed_(pending.kind)


async def _try(t: "Terminal", pending: "Pending", number: int) -> _Told:
    """Send the 0400 once and judge what comes; an intent that may not be reversed is only asked about."""
    if not t.keys.ready():
        # Both messages need a MAC; without keys the sign-on is part of the try.
        signed_on = await errands.sign_on(t, for_reversal=True)
        if signed_on.end != result.DONE:
            return _Told(signed_on.why if signed_on.why in _NO_SIGN_ON else result.NO_KEYS, last=signed_on.why == result.KEY_FILE)
        _show(t, pending, number)
    if pending.state == pendings.ASKING:
        return await _asked(t, pending, "94", result.DUPLICATE)
    if pending.trust != pendings.WHOLE:
        return await _asked(t, pending, "", result.LOST if pending.trust == pendings.LOST else result.DOUBTED)
    if _asked_only(pending):
        return await _asked(t, pending, "", result.NOT_KNOWN)
    try:
        answer = await _send(t, pending)
    except exchange.Stopped as stopped:
        # What the record kept does not fit a message: no repeat will make it fit.
        unfit = stopped.why == result.UNFIT
        return _Told(result.DAMAGED if unfit else stopped.why, last=unfit, keys=stopped.why == result.BAD_MAC)
    f39 = answer.fields.get(39, "")
    found = t.profile.responses.of_reversal(f39)
    if found == responses.REVERSED:
        return _Told(result.OK, f39, records.REVERSED)
    if found == responses.DIFFERS:
        return _Told(result.DIFFERS, f39, last=True)
    if found == responses.SIGN_ON:
        return _Told(result.BAD_MAC if f39 == "A0" else result.HOST_CODE, f39, keys=True)
    if found == responses.TOLD:
        return _Told(result.HOST_CODE, f39, last=True)
    pending.reason = pendings.OTHER  # a repeat after a refusal says so
    return await _asked(t, pending, f39, result.REFUSED)


async def _send(t: "Terminal", pending: pendings.Pending) -> "Message":
    chip_data = field55.de55_reversal(pending.tvr, t.emv.serial, pending.iad, pending.atc) if pending.atc else b""
    try:
        message = t.profile.reversal(pending, chip_data)
    except MessageError as error:
        raise exchange.stopped(t, error)
    return await exchange.Request(t, message, True, about=t.profile.about(pending)).ask()


async def _asked(t: "Terminal", pending: "Pending", f39: str, why: int) -> _Told:
    """The host did not reverse (`f39`): its positive word about the trace closes the intent, nothing else does."""
    found = await errands.inquire(t, pending.batch, pending.stan, pending)
    closes = verdict.of_word(found, pending)
    if closes:
        return _Told(result.OK, f39, closes, rrn=found.rrn)
    if not transactions.reversed_(pending.kind) and why == result.NOT_KNOWN:
        # The question is all there is: what kept it from an answer is why it stays open.
        differs = found.state and found.amount != pending.amount and found.state != trace_state.NONE
        return _Told(result.DIFFERS if differs else found.why or why, found.f39, last=bool(differs))
    if found.state != trace_state.APPROVED or why == result.DUPLICATE:
        return _Told(why, f39)
    # It is on the host's books.  A host with a passing fault may still take it back at the next try.
    return _Told(result.STANDS, f39, last=not t.profile.responses.passing(f39))


def _settled(t: "Terminal", pending: pendings.Pending, told: _Told) -> result.Result:
    pending.ending = record = _record(t, pending, told.closes)
    record.f39 = told.f39
    if told.closes == records.APPROVED:
        record.approved, record.rrn = pending.amount, told.rrn
    return _close(t, pending, record)


def _close(t: "Terminal", pending: pendings.Pending, record: records.Record) -> result.Result:
    """The host has given its word: journal it.  A flash that does not take it is tried again, the host need not be."""
    try:
        t.store.append(record)
    except StoreError as error:
        open_ = _still_pending(pending, result.NOT_KEPT, error)
        open_.money = result.STOOD[record.state][1]
        return open_
    return _settled_by(record)


def _settled_by(record: records.Record) -> result.Result:
    end, money = result.STOOD[record.state]
    settled = result.of(record, end, money, result.HOST_CODE if end == result.DECLINED else result.OK)
    if end == result.REVERSED:
        settled.f39 = ""  # that was the code of the reversal, not of the payment
    return settled


def _note(t: "Terminal", pending: pendings.Pending, told: _Told) -> None:
    """Keep count and cause of a try in the record."""
    pending.tries = min(pending.tries + 1, 255)
    pending.cause = told.why
    try:
        t.store.save_pending(pending)
    except StoreError:
        # The reversal itself does not depend on the count; the intent on flash still stands.  The person is told.
        told.why = result.STORE


def _still_pending(pending: pendings.Pending, why: int, error: "Exception | None" = None) -> result.Result:
    open_ = result.of(pending.ended(0, 0), result.UNKNOWN, result.MONEY_UNKNOWN, why)
    open_.detail = str(error) if error else ""
    return open_


def _record(t: "Terminal", pending: pendings.Pending, state: int) -> records.Record:
    record = pending.ended(state, timestamp.pack(t.clock.now()))
    record.reversal = "" if _asked_only(pending) else pending.reversal_code()
    return record
