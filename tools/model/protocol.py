"""The protocol as a table of guarded actions: who does what, where the terminal is then, when it may happen, what follows.

It says what design and code promise, not how: the code's own steps are held to it by host_tests/test_model_conformance.py.
Everything may happen at any time that its row allows; a message that has left may come once, twice, late or never.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

# isort: off
from .state import (
    APPEND, APPROVED, ASK, ASKED, ASKING, BARRED, BOOKED, DECIDE, DECLINED, DOUBT, EARLIER, IDLE, LAST, MANUAL, NONE, NOTE,
    NOTHING, OFF, PERSON_ASKS, READY, REVERSAL, REVERSED, REVERSING, ROUND, SALE, SAVED, SENT, TELL, TRIES, TRY, UNKNOWN, UNSENT,
    VOID, WAITING, State, is_open,
)  # fmt: skip
# isort: on

TERMINAL, PERSON, SUPERVISOR, HOST = "terminal", "person", "supervisor", "host"
NETWORK, FLASH, POWER, TROUBLED, LATE, SETTINGS = "network", "flash", "power", "troubled host", "late message", "settings"
FAULTS = (NETWORK, FLASH, POWER, TROUBLED, LATE, SETTINGS)
OUTSIDE = (HOST, TROUBLED, LATE)  # what the terminal does not notice
ON = (IDLE, READY, SAVED, WAITING, APPEND, TELL, DECIDE, ROUND, TRY, REVERSAL, ASK, ASKED, NOTE)
LATER = (OFF, *[at for at in ON if at != WAITING])
NOBODY_ANSWERS = (
    "no answer comes in time", "the link breaks", "the answer has a wrong MAC", "the answer repeats another payment's data",
)  # fmt: skip
OF_A_0210 = {
    "00": lambda s: to(s, APPEND, APPROVED),
    "51": lambda s: to(s, APPEND, DECLINED),
    "96": lambda s: to(s, ASK, DOUBT),
    "94": lambda s: to(s, DECIDE, ASKING),
    "ZZ": lambda s: to(s, DECIDE, REVERSING),
}  # fmt: skip
OF_A_0410 = {
    "00": lambda s: to(s, APPEND, REVERSED),
    "12": lambda s: to(s, ASK, "12"),
    "25": lambda s: to(s, ASK, "25"),
    "96": lambda s: to(s, ASK, "96"),
    "90": lambda s: to(s, NOTE, LAST),
}  # fmt: skip
LETTERS = {BOOKED: "A", DECLINED: "D", REVERSED: "R", BARRED: "B", NOTHING: "N"}
CLOSING = ("D", "R", "B")


class Action(NamedTuple):
    name: str
    who: str
    at: "tuple[str, ...]"
    when: "Callable[[State], bool]"
    then: "Callable[[State], State]"


def to(s: State, at: str, about: str = NONE, **changed: object) -> State:
    """The terminal goes on to its next step; what has answered is not waited for any more."""
    return s._replace(at=at, about=about, answer=NONE, **changed)


def idle(s: State, told: str = NONE) -> State:
    return to(s, IDLE, told=told or s.told, tries=0)


def a_try(s: State, tries: int) -> State:
    return to(s, ASK, EARLIER, tries=tries) if s.mind == ASKING else to(s, TRY, tries=tries)


def after_note(s: State) -> State:
    return idle(s, UNKNOWN) if s.about == LAST or s.tries == 1 else a_try(s, s.tries - 1)


def kept(s: State, state: str) -> State:
    """The intent lies on flash with that state; over the record that flash may hold, if there is one."""
    return s._replace(intent=state, over=s.over or (s.doubt and s.record != NONE))


def saved(s: State, state: str) -> State:
    return kept(s, state)._replace(mind=state, doubt=False)


def recorded(s: State) -> State:
    return s._replace(record=s.about, over=False)


def undecided(s: State) -> State:
    """Flash refuses the decision: what it holds is enough to reverse on, unless it may hold an outcome or 94 was said."""
    if s.at == ROUND:
        return idle(s, UNKNOWN) if s.doubt else a_try(s, TRIES)
    if s.about == ASKING:
        return idle(s._replace(mind=ASKING), UNKNOWN)
    return idle(s._replace(mind=SENT), UNKNOWN) if s.doubt else to(s._replace(mind=SENT), ROUND)


def unrecorded(s: State) -> State:
    """Flash refuses the record, and may hold it all the same."""
    s = s._replace(doubt=True)
    if s.about in (APPROVED, DECLINED):
        return to(s, DECIDE, REVERSING)
    return idle(s._replace(ending=s.about == REVERSED), s.told if s.about == MANUAL else UNKNOWN)


def no_word(s: State) -> State:
    """Nothing that closes has been said about the trace."""
    if s.about == DOUBT:
        return to(s, DECIDE, REVERSING)
    if s.about == PERSON_ASKS:
        return idle(s)
    return to(s, NOTE, LAST if s.answer == "A" and s.about in ("12", "25") else NONE)


def word(s: State) -> State:
    return to(s, APPEND, DECLINED if s.about == DOUBT else REVERSED) if s.answer in CLOSING else no_word(s)


def reverses(s: State) -> "tuple[str, str]":
    """A host's books after an 0400, and its F39: it bars what it has never seen; a closed day is not opened again."""
    if s.book == BOOKED and not s.closed:
        return REVERSED, "00"
    return {NOTHING: (BARRED, "25"), BARRED: (BARRED, "25"), REVERSED: (REVERSED, "00")}.get(s.book, (s.book, "12"))


def writes(name: str, at: str, when: "Callable[[State], bool]", *thens: "Callable[[State], State]") -> "Iterator[Action]":
    """A write that is durable; one that flash refuses; one that it refuses and holds all the same."""
    ways = ("", TERMINAL), ("flash refuses: ", FLASH), ("flash refuses and keeps: ", FLASH)
    for (way, who), then in zip(ways, thens):
        yield Action(way + name, who, (at,), when, then)


def starts(s: State) -> State:
    """Power on: what is open is settled first; an end that nobody has seen is told."""
    return to(s, ROUND, mind=s.intent) if is_open(s) else to(s, IDLE if s.record in (NONE, s.told) else TELL)


def fails(s: State) -> State:
    return to(s, OFF, mind=NONE, tries=0, doubt=False, ending=False, late=s.answer if s.at == WAITING else s.late)


def undecided_yet(s: State) -> bool:
    """An 0200 is under way to a host that has not decided its trace, and has not barred it."""
    return s.asked and s.book == NOTHING


def always(s: State) -> bool:
    return True


# fmt: off
def actions() -> "Iterator[Action]":
    # A payment, to its answer
    for kind in (SALE, VOID):
        yield Action(f"a {kind} begins", PERSON, (IDLE,), lambda s: s.mind == NONE and not is_open(s),
                     lambda s, kind=kind: State(kind, at=READY, sale=kind == VOID))
    yield Action("no connection", NETWORK, (READY,), always, lambda s: idle(s, UNSENT))
    yield from writes("the intent is saved", READY, always,
                      lambda s: to(saved(s, SENT), SAVED), lambda s: idle(s, UNSENT), lambda s: idle(kept(s, SENT), UNSENT))
    yield Action("the 0200 leaves", TERMINAL, (SAVED,), always, lambda s: to(s, WAITING, asked=True))
    yield Action("the link is gone before a byte left", NETWORK, (SAVED,), always, lambda s: to(s, APPEND, UNSENT))
    for code, then in OF_A_0210.items():
        yield Action(f"0210 {code} is taken", TERMINAL, (WAITING,), lambda s, code=code: s.answer == code, then)
    for name in NOBODY_ANSWERS:
        yield Action("0200: " + name, NETWORK, (WAITING,), always, lambda s: to(s, DECIDE, REVERSING, late=s.answer))
    yield Action("somebody else's answer is left aside", NETWORK, (WAITING, REVERSAL, ASKED), always, lambda s: s)
    yield Action("a late 0210 is left aside", NETWORK, (REVERSAL, ASKED), lambda s: s.late != NONE, lambda s: s)

    # Its end
    yield from writes("the end is recorded", APPEND, always,
                      lambda s: to(recorded(s), TELL, mind=NONE, doubt=False, ending=False), unrecorded,
                      lambda s: unrecorded(recorded(s)))
    yield Action("the end is told", TERMINAL, (TELL,), always, lambda s: idle(s, s.record))

    # Its reversal
    yield from writes("the decision is saved", DECIDE, always,
                      lambda s: to(saved(s, s.about), ROUND), undecided, lambda s: undecided(kept(s, s.about)))
    yield Action("it belongs to another host", TERMINAL, (ROUND,), lambda s: s.elsewhere, lambda s: idle(s, UNKNOWN))
    yield Action("the host's word is known", TERMINAL, (ROUND,), lambda s: not s.elsewhere and s.ending,
                 lambda s: to(s, APPEND, REVERSED))
    yield Action("a first try", TERMINAL, (ROUND,), lambda s: not s.elsewhere and not s.ending and s.mind != SENT,
                 lambda s: a_try(s, TRIES))
    yield from writes("the round's decision is saved", ROUND, lambda s: not s.elsewhere and not s.ending and s.mind == SENT,
                      lambda s: a_try(saved(s, REVERSING), TRIES), undecided, lambda s: undecided(kept(s, REVERSING)))
    yield Action("no network", NETWORK, (TRY, ASK), lambda s: s.at == TRY or s.about == EARLIER, lambda s: idle(s, UNKNOWN))
    yield Action("the network goes: that was no try", NETWORK, (TRY,), always,
                 lambda s: idle(s, UNKNOWN) if s.tries == 1 else a_try(s, s.tries - 1))
    yield Action("0400: no connection", NETWORK, (TRY,), always, lambda s: to(s, NOTE))
    yield Action("the 0400 leaves", TERMINAL, (TRY,), always, lambda s: to(s, REVERSAL, undo=True))
    for code, then in OF_A_0410.items():
        yield Action(f"0410 {code} is taken", TERMINAL, (REVERSAL,), lambda s, code=code: s.answer == code, then)
    for name in NOBODY_ANSWERS:
        yield Action("0400: " + name, NETWORK, (REVERSAL,), always, lambda s: to(s, NOTE))
    yield Action("0820: no connection", NETWORK, (ASK,), always, no_word)
    yield Action("the 0820 leaves", TERMINAL, (ASK,), always, lambda s: to(s, ASKED, s.about))
    for letter in (*LETTERS.values(), "?"):
        yield Action(f"0830 {letter} is taken", TERMINAL, (ASKED,), lambda s, letter=letter: s.answer == letter, word)
    for name in NOBODY_ANSWERS:
        yield Action("0820: " + name, NETWORK, (ASKED,), always, lambda s: no_word(s._replace(answer=NONE)))
    yield from writes("the try is noted", NOTE, always,
                      lambda s: after_note(saved(s, s.mind)), after_note, lambda s: after_note(kept(s, s.mind)))

    # Persons
    yield Action("a round is begun", PERSON, (IDLE,), lambda s: s.mind != NONE, lambda s: to(s, ROUND))
    yield Action("a person asks the host", PERSON, (IDLE,), lambda s: s.mind != NONE and not s.elsewhere,
                 lambda s: to(s, ASK, PERSON_ASKS))
    yield Action("a supervisor takes it over", SUPERVISOR, (IDLE,), lambda s: s.mind != NONE,
                 lambda s: to(s, APPEND, REVERSED if s.ending else MANUAL))
    yield Action("the settings lead to another host", SETTINGS, (IDLE, OFF), lambda s: is_open(s) and not s.elsewhere,
                 lambda s: s._replace(elsewhere=True))
    yield Action("the settings lead back", PERSON, (IDLE, OFF), lambda s: s.elsewhere, lambda s: s._replace(elsewhere=False))

    # The power
    yield Action("the power fails", POWER, ON, always, fails)
    yield Action("power on", TERMINAL, (OFF,), always, starts)

    # The host, and what comes late
    for book, code in ((BOOKED, "00"), (DECLINED, "51")):
        yield Action(f"the 0200 comes: {book}", HOST, (WAITING,), undecided_yet,
                     lambda s, book=book, code=code: s._replace(book=book, answer=code))
        yield Action(f"the 0200 comes late: {book}", LATE, LATER, undecided_yet,
                     lambda s, book=book, code=code: s._replace(book=book, late=code))
    for book, code in ((BOOKED, "96"), (DECLINED, "96"), (NOTHING, "96"), (BOOKED, "ZZ"), (NOTHING, "ZZ")):
        yield Action(f"the 0200 comes: {book}, and {code} is answered", TROUBLED, (WAITING,), undecided_yet,
                     lambda s, book=book, code=code: s._replace(book=book, answer=code))
    yield Action("the 0200 comes twice, and 94 is answered", TROUBLED, (WAITING,), lambda s: s.book != NOTHING,
                 lambda s: s._replace(answer="94"))
    yield Action("the 0400 comes", HOST, (REVERSAL,), lambda s: not s.elsewhere and s.answer == NONE,
                 lambda s: s._replace(book=reverses(s)[0], answer=reverses(s)[1]))
    yield Action("the 0400 comes late", LATE, (*ON, OFF), lambda s: s.undo and reverses(s)[0] != s.book,
                 lambda s: s._replace(book=reverses(s)[0]))
    for code in ("96", "90"):
        yield Action(f"the 0400 comes, nothing is done and {code} answered", TROUBLED, (REVERSAL,), always,
                     lambda s, code=code: s._replace(answer=code))
    yield Action("the 0820 comes", HOST, (ASKED,), lambda s: not s.elsewhere and s.answer == NONE,
                 lambda s: s._replace(answer=LETTERS[s.book]))
    yield Action("the 0820 comes, and no word is answered", TROUBLED, (ASKED,), always, lambda s: s._replace(answer="?"))
    yield Action("another host answers 25", HOST, (REVERSAL,), lambda s: s.elsewhere and s.answer == NONE,
                 lambda s: s._replace(answer="25"))
    yield Action("another host says that it has barred it", HOST, (ASKED,), lambda s: s.elsewhere and s.answer == NONE,
                 lambda s: s._replace(answer="B"))
    yield Action("the business day is closed", TROUBLED, (*ON, OFF), lambda s: s.book == BOOKED and not s.closed,
                 lambda s: s._replace(closed=True))
# fmt: on
