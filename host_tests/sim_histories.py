"""Histories for test_sim_shrink.py, and with the argument "page" for test_sim_page.py, in a process of their own.

The first prints a JSON object, the second a pickled sim.paying.Paying.

The seeded bug: the terminal takes F39 12 of an 0410 for "reversed", which a host says of a sale of a day that it has closed.
"""

import datetime
import json
import pickle
import sys

from campaigns import invariants
from sim import base, bugs, history, paying, plan, plan_file, recording, shrink, tale, world
from sim.faults import Fault
from sim.person import Act

_BAD = Act(
    "sell",
    4321,
    "mastercard-credit",
    habits=("restless", "typo"),
    faults=(Fault("request", 1, "answer-lost", 5), Fault("host", 2, "day-cut"), Fault("power", 90, "cut", 5)),
)
# Around it, nothing that does harm.
_BEFORE = (
    Act("sell", 1250, "visa-credit", faults=(Fault("request", 2, "answer-split", 3),)),
    Act("menu", row="TALLY"),
    Act("sell", 990, "phone", habits=("typo",)),
    Act("void", card="phone", trace=-1),
    Act("wait", minutes=2, faults=(Fault("link", 0, "off", 900),)),
)
_AFTER = (
    Act("sell", 500, "unionpay-debit", faults=(Fault("request", 1, "answer-doubled"),)),
    Act("plug"),
    Act("sell", 12345, "visa-debit", habits=("walks-away",)),
    Act("menu", row="ECHO"),
    Act("sell", 100, "visa-credit", faults=(Fault("host", 1, "code", 0, "51"),)),
)
_BEGINS = datetime.datetime(2027, 12, 31, 23, 58, tzinfo=datetime.timezone.utc)
_BUG = bugs.BUGS["12 of an 0410 closes"]
_SETTINGS = {"answer_timeout_s": 15, "tls": False, "mac": "retail", "ntp_host": "", "reversal_tries": 2}


def _played(one: plan.Plan) -> world.World:
    found = world.World(one, base.the())
    history.play(found)
    return found


def _same(seed: int, believable: bool) -> bool:
    """Is a history the same whether it is recorded or not, and after its plan has been in a file?"""
    one = plan.drawn(seed, believable)
    read = plan_file.plan_of(plan_file.text_of(one))
    recorded = recording.record(read)
    return read == one and recorded.world.notes == _played(one).notes and bool(recorded.events)


def main() -> None:
    base.the()
    if sys.argv[1:] == ["page"]:
        with bugs.put_in(_BUG):
            _print_page()
        return
    same = [_same(seed, believable) for seed in (0, 1) for believable in (True, False)]
    with bugs.put_in(_BUG):
        _print_short(same)


def _print_page() -> None:
    one = plan.Plan(5, {"ntp_host": ""}, _BEGINS, (_BEFORE[2], _BAD, _AFTER[2]))
    sys.stdout.buffer.write(pickle.dumps(paying.paying(one)))


def _print_short(same: "list[bool]") -> None:
    long = plan.Plan(5, _SETTINGS, _BEGINS, (*_BEFORE, _BAD, *_AFTER))
    invariant = invariants.NEVER_FALSE_FAILURE

    known: dict[str, bool] = {}

    def falls(one: plan.Plan) -> bool:
        key = repr(one)
        if key not in known:
            known[key] = any(found.invariant == invariant for found in _played(one).judge.violations)
        return known[key]

    short = shrink.shrink(long, falls)
    again = shrink.shrink(long, falls)
    bounded = shrink.shrink(long, falls, 5)
    print(
        json.dumps(
            {
                "same": same,
                "invariant": invariant,
                "acts": len(long.acts),
                "plan": plan_file.text_of(short.plan),
                "plays": short.plays,
                "again": again == short,
                "bounded": [bounded.plays, len(bounded.plan.acts), falls(bounded.plan)],
                "tale": tale.told(short.plan),
            }
        )
    )


main()
