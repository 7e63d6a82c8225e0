"""Errors that a terminal may have, put into the firmware of this process one at a time: the simulation must find each of them.

Each takes the place of a few functions of the firmware's own modules while `put_in` lasts.  The table says which invariant has to
fall, and within how many histories, counted from seed 1, it did when it was measured (with room to spare).
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from campaigns import invariants

from . import base, history, plan, world
from . import bug_patches as patches
from . import original_patches as originals
from . import store_patches as stored
from .bug_patches import Patch
from .judge import Judge, Violation

_FAULTY = 0.8


class Bug(NamedTuple):
    """`breaks`: one of these invariants falls `within` so many histories.  `lying`: it takes a host that lies to show it;
    `others`: customers who come for something else than a sale.
    """

    put: Callable[[], "list[Patch]"]
    breaks: "tuple[str, ...]"
    within: int
    lying: bool = False
    others: bool = False


class Found(NamedTuple):
    """The number of the history in which it was found, and what fell."""

    histories: int
    violation: Violation


def histories(most: int, lying: bool, others: bool = False) -> "Iterator[Judge]":
    """What the judge says of the histories in which bugs are looked for, from seed 1: twice as much goes wrong as elsewhere."""
    the = base.the()
    for seed in range(1, most + 1):
        yield history.play(world.World(plan.drawn(seed, not lying, faulty=_FAULTY, longer=False, others=others), the))


def hunt(bug: Bug, most: int) -> "Found | None":
    """Histories from seed 1 until one of its invariants falls; None when `most` were played and none has."""
    with put_in(bug):
        for number, judge in enumerate(histories(most, bug.lying, bug.others), 1):
            for violation in judge.violations:
                if violation.invariant in bug.breaks:
                    return Found(number, violation)
    return None


@contextlib.contextmanager
def put_in(bug: Bug) -> Iterator[None]:
    """Meanwhile the firmware has it.  The firmware must be loaded."""
    put = bug.put()
    before = [(owner, name, owner.__dict__[name]) for owner, name, _ in put]
    for owner, name, new in put:
        setattr(owner, name, new)
    try:
        yield
    finally:
        for owner, name, old in before:
            setattr(owner, name, old)


# isort: off
_N = invariants
BUGS: "dict[str, Bug]" = {
    # before and after flash
    "the request leaves before the intent is saved": Bug(patches.sends_first, (_N.DURABLE_FIRST,), 10),
    "the decision to reverse is not saved": Bug(patches.decides_in_memory, (_N.DURABLE_FIRST,), 10),
    "the intent is cleared before the end is recorded": Bug(patches.clears_first, (_N.POWER_CUT,), 40),
    "approved is told before it is recorded": Bug(patches.says_it_before_it_is_written, (_N.STRICT_APPROVAL,), 10),
    "a record that flash refuses counts as written": Bug(patches.refused_counts_as_done, (_N.POWER_CUT, _N.STRICT_APPROVAL), 80),
    "trace numbers are not reserved": Bug(patches.does_not_reserve, (_N.UNIQUE_TRACE,), 10),
    "the intent is not sealed": Bug(patches.seals_nothing, (_N.NO_SECRETS_AT_REST,), 10),
    # what stands on flash, and how it is read back
    "the counter counts before it is written": Bug(stored.counts_before_it_is_written, (_N.UNIQUE_TRACE,), 150),
    "trace numbers begin anew in each batch": Bug(stored.begins_anew_in_each_batch, (_N.UNIQUE_TRACE,), 600),
    "the newest record is not put back": Bug(stored.puts_nothing_back, (_N.POWER_CUT, _N.STRICT_APPROVAL), 600),
    "nothing is marked before a request": Bug(stored.marks_nothing_before_a_request, (_N.DURABLE_FIRST,), 10),
    "a decline that is not recorded is told": Bug(stored.tells_a_decline_that_is_not_kept, (_N.NO_SILENT_DROP,), 600),
    "the number of an append in doubt is used again": Bug(stored.uses_a_doubtful_number_again, (_N.DURABLE_FIRST,), 120),
    "what is in doubt is reversed": Bug(stored.is_never_in_doubt, (_N.DURABLE_FIRST,), 200),
    "an intent that flash has lost is not missed": Bug(stored.misses_no_intent, (_N.POWER_CUT,), 130),
    "a start goes on in the journal's first file": Bug(stored.starts_in_the_first_file, (_N.POWER_CUT,), 10),
    "the journal's next file is forgotten": Bug(stored.forgets_the_next_file, (_N.RECONCILED,), 10),
    # what is believed
    "a MAC is not checked": Bug(patches.believes_any_mac, (_N.STRICT_APPROVAL,), 80),
    "any answer under a good MAC is trusted": Bug(patches.believes_any_answer, (_N.STRICT_APPROVAL, _N.NO_SILENT_DROP), 100),
    "a late answer revives a sale that is being reversed": Bug(patches.revives_with_a_late_answer, (_N.NO_RESURRECTION,), 100),
    "the amount of an answer is not compared": Bug(patches.takes_any_amount, (_N.STRICT_APPROVAL,), 90, lying=True),
    "what an answer repeats is not compared": Bug(patches.compares_nothing, (_N.STRICT_APPROVAL,), 80, lying=True),
    "whose an open payment is is not asked": Bug(patches.asks_any_host, (_N.NO_SILENT_DROP,), 100),
    "what the host calls used before is reversed": Bug(patches.reverses_an_earlier_one, (_N.RECONCILED,), 100),
    "the amount of a word about a trace is not compared": Bug(
        patches.takes_a_word_about_any_amount, (_N.NO_SILENT_DROP,), 300, lying=True
    ),
    "25 of an 0410 closes": Bug(patches.closes_on("25"), (_N.NO_SILENT_DROP,), 10),
    "12 of an 0410 closes": Bug(patches.closes_on("12"), (_N.NO_SILENT_DROP,), 130),
    "any word about a trace closes it": Bug(patches.closes_on_any_word, (_N.NO_SILENT_DROP,), 180),
    # what is left undone
    "nothing is reversed after a wrong MAC": Bug(patches.reverses(lambda why: why.BAD_MAC), (_N.NEVER_FALSE_FAILURE,), 10),
    "declined is told when no answer comes": Bug(patches.reverses(lambda why: why.TIMEOUT), (_N.NEVER_FALSE_FAILURE,), 20),
    "a payment begins while one is open": Bug(patches.sells_beside_an_open_one, (_N.PENDING_FIRST,), 40),
    "idle is shown while one is open": Bug(patches.rests_while_one_is_open, (_N.NO_SILENT_DROP,), 20),
    "the batch changes while one is open": Bug(patches.changes_batch_while_one_is_open, (_N.PENDING_FIRST,), 10),
    "a round has more tries than are set": Bug(patches.tries_without_counting, (_N.BOUNDED,), 20),
    "not sent is told of what is open": Bug(patches.says_not_sent_of_what_is_open, (_N.NEVER_FALSE_FAILURE,), 100),
    "sent, told as not sent": Bug(patches.begins_when_it_has_left, (_N.NEVER_FALSE_FAILURE,), 50),
    "an answer is waited for without end": Bug(patches.waits_for_ever, (_N.BOUNDED,), 10),
    # what is about an earlier payment
    "what is only asked about is reversed": Bug(originals.reverses_what_is_asked_about, (_N.RECONCILED,), 40, others=True),
    "a refund without an answer is told as not made": Bug(
        originals.tells_an_unanswered_refund_as_not_made, (_N.NEVER_FALSE_FAILURE, _N.NO_SILENT_DROP), 150, others=True
    ),
    "more is given back than is left": Bug(originals.gives_back_more_than_is_left, (_N.RECONCILED,), 120, others=True),
    "another balance is told": Bug(originals.tells_another_balance, (_N.STRICT_APPROVAL,), 10, others=True),
    # what is written and shown
    "what was asked is recorded as approved": Bug(patches.writes_what_was_asked, (_N.STRICT_APPROVAL,), 60),
    "a record is written twice": Bug(patches.writes_it_twice, (_N.RECONCILED,), 30),
    "a void is recorded as a sale": Bug(patches.books_a_void_as_a_sale, (_N.RECONCILED,), 40),
    "a part approval shows what was asked": Bug(patches.shows_what_was_asked, (_N.STRICT_APPROVAL,), 60),
    "a void of a part goes over what was asked": Bug(patches.voids_more_than_was_taken, (_N.RECONCILED,), 100),
    "a sale whose approval was taken back can be voided": Bug(patches.voids_what_was_reversed, (_N.RECONCILED,), 400),
    "every status is told as booked": Bug(patches.always_says_booked, (_N.NEVER_FALSE_FAILURE,), 20),
    "the manual list asks for no supervisor": Bug(patches.lets_anybody_in, (_N.NO_SILENT_DROP,), 60),
    "the PIN is shown": Bug(patches.shows_the_pin, (_N.NO_SECRETS_AT_REST,), 10),
    "requests are logged with their card": Bug(patches.logs_the_request, (_N.NO_SECRETS_AT_REST,), 10),
}
# isort: on
