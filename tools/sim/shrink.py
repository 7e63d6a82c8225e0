"""A plan made as short as it goes while the same invariant falls.

A plan comes from one seed, and not from a strategy, so hypothesis has nothing to shrink it by; what can be left out of one is a
short list.  Each pass tries the boldest change first, and keeps what still fails; the passes are repeated until none helps.
The same plan always becomes the same.
"""

import dataclasses
import datetime
from collections.abc import Callable, Iterator
from typing import Any

from .faults import Fault
from .person import Act
from .plan import Plan

MOST_PLAYS = 600
_PLAIN_WORLD: "dict[str, Any]" = {
    "begins": datetime.datetime(2026, 11, 30, 9, 0, tzinfo=datetime.timezone.utc),
    "believable": True,
    "ntp": "unreachable",
    "ntp_off_s": 0,
    "blocks": 64,
    "first_stan": 0,
    "records": 256,
    "files": 64,
}
_PLAIN = Act("sell", amount=1000, card="visa-credit", row="ECHO", minutes=1)
_PLAIN_FIELDS = ("amount", "card", "trace", "row", "minutes", "apdus")
_OF_MESSAGES = ("request", "host", "open")
_SPEAKING = "code"  # a host's fault whose text is what it says: no shorter one says the same


@dataclasses.dataclass(frozen=True)
class Shrunk:
    """The plan that is left, and how many histories it took."""

    plan: Plan
    plays: int


class _Trial:
    """Plays plans until there were too many; remembers which were tried."""

    def __init__(self, falls: Callable[[Plan], bool], most: int):
        self._falls, self._most = falls, most
        self._known: dict[str, bool] = {}

    @property
    def plays(self) -> int:
        return len(self._known)

    def falls(self, plan: Plan) -> bool:
        key = repr(plan)
        if key not in self._known:
            if self.plays >= self._most:
                return False
            self._known[key] = self._falls(plan)
        return self._known[key]


def shrink(plan: Plan, falls: Callable[[Plan], bool], most: int = MOST_PLAYS) -> Shrunk:
    """`falls(plan)`: does the invariant in question fall in it?  That it does in `plan` is known."""
    trial = _Trial(falls, most)
    while True:
        before = plan
        for attempts in _PASSES:
            plan = _pass(plan, attempts, trial)
        if plan == before or trial.plays >= most:
            return Shrunk(plan, trial.plays)


def _pass(plan: Plan, attempts: "Callable[[Plan], Iterator[Plan]]", trial: _Trial) -> Plan:
    """The first attempt that still fails is what the next attempts are made from."""
    while True:
        shorter = next((one for one in attempts(plan) if one != plan and trial.falls(one)), None)
        if shorter is None:
            return plan
        plan = shorter


# -- the passes: plans that are simpler than the one given, the boldest first


def _fewer_acts(plan: Plan) -> "Iterator[Plan]":
    size = len(plan.acts)
    while size := size // 2:
        for start in range(len(plan.acts) - size, -1, -size):
            yield _with(plan, plan.acts[:start] + plan.acts[start + size :])
    if len(plan.acts) > 1:  # the first act has the sign-on in it: what strikes a message of the next comes one later then
        second = plan.acts[1]
        later = [dataclasses.replace(fault, at=fault.at + (fault.where in _OF_MESSAGES)) for fault in second.faults]
        yield _with(plan, (dataclasses.replace(second, faults=tuple(later)), *plan.acts[2:]))


def _fewer_faults(plan: Plan) -> "Iterator[Plan]":
    yield _with(plan, tuple(dataclasses.replace(act, faults=()) for act in plan.acts))
    for place, act in enumerate(plan.acts):
        yield _but(plan, place, faults=())
        for at in range(len(act.faults)):
            yield _but(plan, place, faults=act.faults[:at] + act.faults[at + 1 :])


def _fewer_habits(plan: Plan) -> "Iterator[Plan]":
    yield _with(plan, tuple(dataclasses.replace(act, habits=()) for act in plan.acts))
    for place, act in enumerate(plan.acts):
        for habit in act.habits:
            yield _but(plan, place, habits=tuple(other for other in act.habits if other != habit))


def _plainer_world(plan: Plan) -> "Iterator[Plan]":
    """As few settings as possible that are not the terminal's own; a day like any other, in a world without lies."""
    yield dataclasses.replace(plan, settings={}, **_PLAIN_WORLD)
    yield dataclasses.replace(plan, settings={})
    for name in plan.settings:
        yield dataclasses.replace(plan, settings={other: value for other, value in plan.settings.items() if other != name})
    for name, value in _PLAIN_WORLD.items():
        yield dataclasses.replace(plan, **{name: value})


def _plainer_acts(plan: Plan) -> "Iterator[Plan]":
    for place, act in enumerate(plan.acts):
        plain = {name: getattr(_PLAIN, name) for name in _PLAIN_FIELDS}
        if act.what != _PLAIN.what:
            yield _but(plan, place, what=_PLAIN.what, settings={}, **plain)
        if act.what == "owner":  # its row is of another table
            for name in act.settings:
                yield _but(plan, place, settings={other: value for other, value in act.settings.items() if other != name})
            continue
        yield _but(plan, place, **plain)
        for name, value in plain.items():
            yield _but(plan, place, **{name: value})


def _plainer_faults(plan: Plan) -> "Iterator[Plan]":
    """Earlier, and with smaller numbers."""
    for place, act in enumerate(plan.acts):
        for at, fault in enumerate(act.faults):
            for plainer in _plainer(fault):
                yield _but(plan, place, faults=(*act.faults[:at], plainer, *act.faults[at + 1 :]))


def _plainer(fault: Fault) -> "Iterator[Fault]":
    for name in ("at", "value"):
        number = getattr(fault, name)
        least = 1 if name == "at" and number else 0
        # Halved, and halved again: what is short of a threshold is found in steps that shrink.
        tried = [least, *(number - (number >> shift) for shift in range(1, number.bit_length() + 1))] if number > least else []
        for smaller in tried:
            if least <= smaller < number:
                yield dataclasses.replace(fault, **{name: smaller})
    if fault.text and fault.how != _SPEAKING:
        yield dataclasses.replace(fault, text="")


_PASSES = (_fewer_acts, _fewer_faults, _fewer_habits, _plainer_world, _plainer_acts, _plainer_faults)


def _with(plan: Plan, acts: "tuple[Act, ...]") -> Plan:
    return dataclasses.replace(plan, acts=acts)


def _but(plan: Plan, place: int, **changes: Any) -> Plan:
    return _with(plan, (*plan.acts[:place], dataclasses.replace(plan.acts[place], **changes), *plan.acts[place + 1 :]))
