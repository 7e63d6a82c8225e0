"""Errors that are put into the firmware, and what the enumeration of cuts says of them: `python cut_bugs.py BUG KIND DEPTH MOST`
tries every point of depth one, and to each further depth MOST of each life.

A process that has loaded the firmware into the simulation is of no other use, so the tests start this one.
"""

import sys
from collections.abc import Callable
from typing import Any

from rig.firmware import taptill_on_path

taptill_on_path()

from sim import port
from sim.base import the
from sim.cuts import Runner, named

BUGS: "dict[str, Callable[[], None]]" = {}


def _bug(function: "Callable[[], None]") -> "Callable[[], None]":
    BUGS[function.__name__.replace("_", "-")] = function
    return function


@_bug
def none() -> None:
    """The firmware as it is."""


@_bug
def intent_cleared_first() -> None:
    """The intent counts as settled before its outcome is in the journal."""
    FlashStore = port.of("adapters.store").FlashStore
    append = FlashStore.append

    def wrong(store: Any, record: Any) -> None:
        _clear(store)
        append(store, record)

    FlashStore.append = wrong


def _clear(store: Any) -> None:
    """What is open counts as settled, on flash too."""
    pending = store.pending()
    if pending is not None:
        store._intent.save(pending, store._journal.seq)
        store._marks.opened = None
        store._mark()
        pending.seq = store._journal.seq + 1


@_bug
def recovery_clears_first() -> None:
    """Only a reversal's end does so: the host has given its word, and it is not in the journal yet."""
    reversal = port.of("flows.reversal")
    close = reversal._close

    def wrong(t: Any, pending: Any, record: Any) -> Any:
        _clear(t.store)
        return close(t, pending, record)

    reversal._close = wrong


if __name__ == "__main__":
    bug, kind, depth, most = sys.argv[1:]
    the()
    BUGS[bug]()
    runner = Runner(named(kind), the())
    for to in range(1, int(depth) + 1):
        outcome = runner.explore(to, int(most) if to > 1 else None)
        print(outcome)
        for found in outcome.found:
            print(found.path or "without a cut", *found.violations, sep=" | ")
