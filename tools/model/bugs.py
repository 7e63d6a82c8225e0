"""Errors that a terminal or a host may have, as changed rows of the table: the exploration must find each of them."""

from collections.abc import Callable, Iterator

from campaigns import invariants

from .protocol import TERMINAL, Action, a_try, actions, reverses, saved, to

# isort: off
from .state import (
    APPEND, APPROVED, DECIDE, DECLINED, IDLE, NONE, READY, REVERSED, REVERSING, ROUND, SENT, UNSENT, VOID, WAITING, State,
)  # fmt: skip
# isort: on


def _changed(name: str, **fields: object) -> "Callable[[], Iterator[Action]]":
    """The table with one row changed."""

    def rows() -> "Iterator[Action]":
        found = [row for row in actions() if row.name == name]
        if len(found) != 1:
            raise ValueError(f"{len(found)} rows are called {name!r}")
        for row in actions():
            yield row._replace(**fields) if row.name == name else row

    return rows


def _with(*more: Action) -> "Callable[[], Iterator[Action]]":
    def rows() -> "Iterator[Action]":
        yield from actions()
        yield from more

    return rows


def _whoever_the_host_is() -> "Iterator[Action]":
    for row in actions():
        if row.name == "it belongs to another host":
            continue
        ours = row.at == (ROUND,)
        yield row._replace(when=lambda s, when=row.when: when(s._replace(elsewhere=False))) if ours else row


def _forgets_the_number(s: State) -> State:
    return to(s._replace(intent=s.about, mind=s.about, doubt=False), ROUND)


def _reverses_the_sale(s: State) -> State:
    if s.kind == VOID and s.sale:
        return s._replace(sale=False, answer="00")
    book, code = reverses(s)
    return s._replace(book=book, answer=code)


def _undoes_what_was_declined(s: State) -> State:
    book, code = reverses(s)
    return s._replace(book=book, answer=code, sale=s.sale + (1 if s.book == DECLINED else 0))


# What is wrong -> the table that has it, and the invariants of which one has to fall.
BUGS: "dict[str, tuple[Callable[[], Iterator[Action]], tuple[str, ...]]]" = {
    "the request leaves before the intent is saved": (
        _with(Action("the 0200 leaves first", TERMINAL, (READY,), lambda s: True, lambda s: to(s, WAITING, asked=True))),
        (invariants.DURABLE_FIRST,),
    ),
    "the intent is cleared before the end is recorded": (
        _with(
            Action("the intent is cleared", TERMINAL, (APPEND,), lambda s: s.intent != NONE, lambda s: s._replace(intent=NONE))
        ),
        (invariants.DURABLE_FIRST, invariants.NO_SILENT_DROP, invariants.POWER_CUT),
    ),
    "a late answer is trusted": (
        _changed("a late 0210 is left aside", then=lambda s: to(s, APPEND, APPROVED if s.late == "00" else DECLINED)),
        (invariants.NO_RESURRECTION,),
    ),
    "somebody else's answer is trusted": (
        _changed("somebody else's answer is left aside", at=(WAITING,), then=lambda s: to(s, APPEND, APPROVED)),
        (invariants.STRICT_APPROVAL, invariants.NO_SILENT_DROP),
    ),
    "25 of another host is trusted": (
        _whoever_the_host_is,
        (invariants.NO_SILENT_DROP,),
    ),
    "a host undoes what it declined": (
        _changed("the 0400 comes", then=_undoes_what_was_declined),
        (invariants.RECONCILED,),
    ),
    "12 closes": (_changed("0410 12 is taken", then=lambda s: to(s, APPEND, REVERSED)), (invariants.NO_SILENT_DROP,)),
    "approved is told before it is recorded": (
        _changed("0210 00 is taken", then=lambda s: to(s, APPEND, APPROVED, told=APPROVED)),
        (invariants.STRICT_APPROVAL,),
    ),
    "failed is told when no answer comes": (
        _changed("0200: no answer comes in time", then=lambda s: to(s, DECIDE, REVERSING, told=UNSENT)),
        (invariants.NEVER_FALSE_FAILURE,),
    ),
    "a payment begins while one is open": (
        _changed("a sale begins", when=lambda s: True),
        (invariants.PENDING_FIRST,),
    ),
    "a decision after a refused record has the record's number": (
        _changed("the decision is saved", then=_forgets_the_number),
        (invariants.NO_SILENT_DROP, invariants.POWER_CUT),
    ),
    "tries are not counted": (
        _changed("the try is noted", then=lambda s: a_try(saved(s, s.mind), s.tries)),
        (invariants.BOUNDED,),
    ),
    "what flash refused is reversed although it may stand": (
        _changed("flash refuses: the decision is saved", then=lambda s: to(s._replace(mind=SENT, doubt=False), ROUND)),
        (invariants.POWER_CUT, invariants.RECONCILED),
    ),
    "the reversal of a void undoes its sale": (_changed("the 0400 comes", then=_reverses_the_sale), (invariants.NO_SILENT_DROP,)),
    "a start forgets what is open": (
        _changed("power on", then=lambda s: to(s, IDLE)),
        (invariants.BOUNDED, invariants.PENDING_FIRST),
    ),
}
