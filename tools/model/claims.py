"""What must hold in the model: the invariants of campaigns.invariants, of a state and of a step, and who has to settle it."""

from campaigns import invariants

# isort: off
from .state import (
    APPEND, APPROVED, ASKING, BARRED, BOOKED, DECLINED, IDLE, MANUAL, NONE, NOTHING, OFF, READY, REVERSED, REVERSING, UNSENT,
    State, at_host, in_journal, is_open,
)  # fmt: skip
# isort: on


def broken_in(s: State) -> str:
    """The invariant that falls in this state, or ""."""
    if (s.asked or s.undo) and s.intent == NONE:
        return invariants.DURABLE_FIRST
    if s.told == APPROVED and not (s.record == APPROVED and s.book == BOOKED):
        return invariants.STRICT_APPROVAL
    if s.told in (UNSENT, DECLINED, REVERSED) and s.book == BOOKED:
        return invariants.NEVER_FALSE_FAILURE
    if s.at == OFF and not is_open(s) and not _one_of_three(s):
        return invariants.POWER_CUT
    if s.at in (IDLE, OFF) and s.mind == NONE and not is_open(s) and s.record != MANUAL and at_host(s) != in_journal(s):
        return invariants.RECONCILED
    return ""


def _one_of_three(s: State) -> bool:
    """Nothing was sent, or it is recorded as it stands at the host and cannot change there any more; open is the third."""
    if s.record == NONE:
        return not s.asked
    if s.record in (UNSENT, MANUAL):
        return s.record == MANUAL or not s.asked
    return s.book == BOOKED if s.record == APPROVED else s.book not in (NOTHING, BOOKED)


def broken_by(s: State, t: State) -> str:
    """The invariant that falls by the step from `s` to `t`, or ""."""
    if t.at == READY and s.at == IDLE and is_open(s) and s.asked:
        return invariants.PENDING_FIRST
    if t.record == APPROVED != s.record and (s.undo or ASKING in (s.intent, s.mind) or REVERSING in (s.intent, s.mind)):
        return invariants.NO_RESURRECTION
    if is_open(s) and s.asked and not is_open(t) and not _ended(s, t):
        return invariants.NO_SILENT_DROP
    return ""


def _ended(s: State, t: State) -> bool:
    """By a record that the host's word is behind, or by a supervisor's act that is in the journal."""
    if s.at != APPEND or t.record != s.about:
        return False
    if t.record in (REVERSED, DECLINED):
        return s.book in (REVERSED, DECLINED, BARRED)
    return t.record == MANUAL or (t.record == APPROVED and s.book == BOOKED)


def needs_a_person(s: State) -> bool:
    """The host will never say a word that closes it: the debit stands and may not be reversed, so a supervisor has to."""
    return s.book == BOOKED and (s.closed or ASKING in (s.intent, s.mind) or s.about in (ASKING,))
