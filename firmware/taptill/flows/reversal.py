"""Reversal (冲正): the one place where a transaction of unknown fate is settled.

Rules (flows page, "Reversal"):

- one request is pending at most, and nothing financial is sent while it is, except its own 0400;
- the 0400 says why (F39): 98 no answer, A0 wrong MAC, 96 approved but not finished, 06 anything else;
- it is tried at once, then with growing pauses, a configured number of tries a round;
- it ends by an answer of the host that settles it, or by a supervisor's act that is journaled. Nothing else ends it.

| F39 of the 0410 | done |
|---|---|
| 00 | reversed |
| 25 | the host never saw the original: nothing was debited, flagged |
| 12, same day, and the host does not say that it booked it | the host had not approved it: nothing stands |
| 12 otherwise | stays pending: the debit may stand, a supervisor must look |
| A0, or a wrong MAC | sign on again, then repeat |
| others | repeat with F39 = 06, then a supervisor |
"""

from ..core import pending as pendings
from ..core import profile, records, stamp
from ..core.emv import field55
from ..core.errors import HostTimeout, KeyError_, LinkDown, MessageError, PendingDamaged, StoreError
from ..core.masking import mask_pan
from . import messages, result, signon, talk, terminal

_LONGEST_PAUSE_MS = 30000  # with the longest connection and answer still below the watchdog's patience


async def settle_pending(t) -> result.Result:
    """One round of tries for the pending reversal.  Result REVERSED, or UNKNOWN: it stays pending."""
    pending = t.store.pending()
    if pending is None:
        return result.Result(result.DONE, result.NOT_TAKEN)
    if pending.state != pendings.REVERSING:
        # A power cut before any answer was recorded.
        try:
            begin(t, pending, pendings.TIMEOUT)
        except StoreError as error:
            unsaved = _still_pending(pending, result.STORE)
            unsaved.detail = str(error)
            return unsaved
    signed_on = False
    for number in range(t.config.reversal_tries):
        if number:
            await t.clock.pause(min(t.config.reversal_pause_s * 1000 << (number - 1), _LONGEST_PAUSE_MS))
        t.screen.progress(terminal.REVERSING, pending.amount, number + 1)
        if not t.keys.ready():
            # The 0400 needs a MAC; without keys the sign-on is part of the reversal.
            signed_on = True
            if (await signon.sign_on(t, for_reversal=True)).end != result.DONE:
                why = _note(t, pending, result.NO_KEYS)
                continue
            t.screen.progress(terminal.REVERSING, pending.amount, number + 1)
        try:
            answer = await _try_once(t, pending)
        except LinkDown:
            why = _note(t, pending, result.NO_LINK)
            continue
        except HostTimeout:
            why = _note(t, pending, result.TIMEOUT)
            continue
        except talk.BadMac:
            answer = None
            f39 = "A0"
        except talk.BadAnswer:
            why = _note(t, pending, result.BAD_ANSWER)
            continue
        except KeyError_:
            why = _note(t, pending, result.NO_KEYS)
            continue
        except MessageError:
            # What the record kept does not fit a message: no repeat will make it fit.
            why = _note(t, pending, result.DAMAGED)
            break
        else:
            f39 = answer.fields.get(39, "")

        if f39 == "A0":
            why = _note(t, pending, result.BAD_MAC)
            if not signed_on:
                signed_on = True
                await signon.sign_on(t, for_reversal=True)
            continue
        settled = _settles(f39)
        if f39 == "12" and _same_day(pending, answer) and not await _booked(t, pending):
            settled = records.NOT_APPROVED
        if settled:
            return _settled(t, pending, settled, f39)
        if f39 == "12":
            why = _note(t, pending, result.OTHER_DAY)
            break
        why = result.REFUSED
        again = pending.reason != pendings.OTHER
        pending.reason = pendings.OTHER
        _note(t, pending, why)
        if not again:
            break
    return _still_pending(pending, why)


def begin(t, pending, reason: int) -> None:
    """Decide that `pending` has to be reversed, and make the decision durable before any 0400 leaves.

    `reason` is a reason of core.pending.  Raises StoreError: nothing is decided then.
    """
    before = pending.reason, pending.state
    pending.reason, pending.state = reason, pendings.REVERSING
    try:
        t.store.save_pending(pending)
    except StoreError:
        pending.reason, pending.state = before
        raise


async def recover(t):
    """At power-on: settle what a power cut left behind.  None when there was nothing, else a Result.

    A cut with no recorded answer is reversed with F39 98; a decision that was durable keeps its own reason.
    """
    try:
        pending = t.store.pending()
    except PendingDamaged as error:
        damaged = result.Result(result.UNKNOWN, result.MONEY_UNKNOWN, result.DAMAGED)
        damaged.detail = str(error)
        return damaged
    if pending is None:
        return None
    return await settle_pending(t)


def move_to_manual(t, reason: int) -> result.Result:
    """A supervisor takes the pending reversal over: journaled with its evidence, then financial work is free again.

    `reason` is the number of the reason chosen on the screen.  Raises StoreError: then it is still pending.
    """
    pending = t.store.pending()
    if pending is None:
        return result.Result(result.FAILED, result.NOT_TAKEN, result.OK)
    record = _record(t, pending, records.MANUAL)
    record.reason = reason
    t.store.append(record)
    return _result(pending, result.MANUAL, result.MONEY_UNKNOWN, result.SUPERVISOR)


def set_damaged_aside(t) -> result.Result:
    """A supervisor sets a pending record aside that cannot be read; it is kept, and the act is journaled.

    Raises StoreError.
    """
    record = records.Record(records.SALE, records.MANUAL, t.store.batch(), 0, 0)
    record.cause = result.DAMAGED
    record.ended_at = stamp.pack(t.clock.now())
    t.store.set_aside(record)
    return result.Result(result.MANUAL, result.MONEY_UNKNOWN, result.SUPERVISOR)


async def _try_once(t, pending):
    chip_data = field55.de55_reversal(pending.tvr, t.emv.serial, pending.iad, pending.atc)
    request = talk.Request(t, "0400", messages.reversal(pending, chip_data), True)
    await t.host.connect()
    try:
        return await request.send()
    finally:
        await t.host.close()


def _settles(f39: str) -> int:
    """State of the record that this answer alone settles the intent with, or 0."""
    if f39 == "00":
        return records.REVERSED
    return records.NOT_FOUND if f39 == "25" else 0


def _same_day(pending, answer) -> bool:
    """Has the host's day (F13) not changed since the request?  Never true when the terminal had no clock then."""
    day = stamp.month_day(pending.requested_at)
    return bool(day) and day == answer.fields.get(13, "")


async def _booked(t, pending) -> bool:
    """May the host have the original on its books, although the calendar says that it has not?

    A business day can end before the calendar day does, and then 12 is said of a sale that stands.  So the host is
    asked; one that answers, but does not know the inquiry, leaves it at the calendar.
    """
    from . import status

    found = await status.inquire(t, pending.batch, pending.stan)
    if found.state:
        return found.state == profile.STATE_APPROVED
    return found.why != result.BAD_ANSWER


def _settled(t, pending, state: int, f39: str) -> result.Result:
    record = _record(t, pending, state)
    record.f39 = f39
    record.tries = min(pending.tries + 1, 255)
    try:
        t.store.append(record)
    except StoreError as error:
        # The host has reversed, flash has not noted it: it stays pending, and repeating a reversal is harmless.
        unnoted = _still_pending(pending, result.STORE)
        unnoted.detail = str(error)
        return unnoted
    return _result(pending, result.REVERSED, result.NOT_TAKEN, result.OK)


def _note(t, pending, why: int) -> int:
    """Keep count and cause of a try in the record; returns `why`."""
    pending.tries = min(pending.tries + 1, 255)
    pending.cause = why
    try:
        t.store.save_pending(pending)
    except StoreError:
        # The reversal itself does not depend on the count; the intent on flash still stands.
        return result.STORE
    return why


def _still_pending(pending, why: int) -> result.Result:
    return _result(pending, result.UNKNOWN, result.MONEY_UNKNOWN, why)


def _record(t, pending, state: int):
    record = records.Record(pending.kind, state, pending.batch, pending.stan, pending.amount)
    record.requested_at = pending.requested_at
    record.ended_at = stamp.pack(t.clock.now())
    record.pan = mask_pan(pending.pan)
    record.reversal = pending.f39()
    record.auth = pending.auth.strip()
    record.tries = pending.tries
    record.cause = pending.cause
    record.cvm = pending.cvm
    return record


def _result(pending, end: int, money: int, why: int) -> result.Result:
    outcome = result.Result(end, money, why)
    outcome.asked = pending.amount
    outcome.stan = pending.stan
    outcome.pan = mask_pan(pending.pan)
    outcome.tries = pending.tries
    return outcome
