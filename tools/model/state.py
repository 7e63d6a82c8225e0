"""A state of the modelled world: one payment, its terminal, the wire, its host and what the person was told of it."""

from typing import NamedTuple

NONE = ""
SALE, VOID = "sale", "void"

# Where the terminal is.
OFF, IDLE = "off", "idle"
READY, SAVED, WAITING = "linked", "intent saved", "waiting for the 0210"
DECIDE, ROUND, TRY, REVERSAL = "deciding to reverse", "a round begins", "a try", "waiting for the 0410"
ASK, ASKED, NOTE = "about to ask", "waiting for the 0830", "noting a try"
APPEND, TELL = "at the journal", "about to tell"

# The intent on flash, and in memory.
SENT, REVERSING, ASKING = "may have left", "reversing", "asking"
# The record in the journal, and what a person is told.
APPROVED, DECLINED, UNSENT, REVERSED, MANUAL = "approved", "declined", "not sent", "reversed", "on the manual list"
UNKNOWN = "unknown"
# On the host's books; REVERSED and DECLINED too.
NOTHING, BOOKED, BARRED = "nothing", "booked", "barred"

# Why the host is asked about the trace, apart from the F39 of an 0410: a 0210 in doubt, one that says 94, a person.
DOUBT, EARLIER, PERSON_ASKS = "in doubt", "94", "a person asks"
LAST = "last"  # another try changes nothing

TRIES = 2


class State(NamedTuple):
    """`intent` and `record` lie on flash; the record settles the intent unless that is `over` it, having the greater number.

    `at`, `about` (what the step is about), `mind` (the intent as memory knows it, NONE when nothing is open), `tries` left,
    `doubt` (flash may hold a record that it refused) and `ending` (the host's word, which flash refused) are lost with the power.
    `asked`, `undo`: an 0200, an 0400 has left, and may arrive at any time from then on, once, twice or never; `answer`: the F39
    or letter of the answer that is under way to the terminal, `late` the F39 of a 0210 that nobody waits for any more.
    `book`, `closed` (its business day) and `sale` (the sale that a void undoes stands) are the host's; `elsewhere`: the settings
    lead to another host than the one that has it.
    """

    kind: str = NONE
    intent: str = NONE
    record: str = NONE
    over: bool = False
    at: str = IDLE
    about: str = NONE
    mind: str = NONE
    tries: int = 0
    doubt: bool = False
    ending: bool = False
    told: str = NONE
    asked: bool = False
    undo: bool = False
    answer: str = NONE
    late: str = NONE
    book: str = NOTHING
    closed: bool = False
    sale: bool = False
    elsewhere: bool = False


def is_open(s: State) -> bool:
    """Will a start find something to be settled?"""
    return s.intent != NONE and (s.record == NONE or s.over)


def settled(s: State) -> bool:
    """Nothing is open that was ever sent, and the person knows how it ended."""
    return s.at == IDLE and s.mind == NONE and not (is_open(s) and s.asked) and (s.record in (NONE, s.told))


def at_host(s: State) -> int:
    """What stands on the host's books, in payments."""
    return s.sale + (s.book == BOOKED) * (-1 if s.kind == VOID else 1)


def in_journal(s: State) -> int:
    """What stands in the terminal's journal, in payments; a void's sale stands there anyway."""
    return (s.kind == VOID) + (s.record == APPROVED) * (-1 if s.kind == VOID else 1)


def terminal_of(s: State) -> tuple:
    """What of it is the terminal's own: flash, memory, where it is and what it told."""
    return s[:11] + (s.elsewhere,)
