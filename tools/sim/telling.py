"""One history for a person: played, made short when an invariant falls in it, told in words."""

import dataclasses
import re

from . import campaign
from .campaign import Outcome
from .plan import Plan
from .shrink import shrink

_NUMBERS = re.compile(r"\b(?!0[2-8][0-3]0\b)\d+(?:\.\d+)?")  # but the types of messages
_GLASS = re.compile(r"[\[(]'.*'[,\])]+")  # the lines of a screen


@dataclasses.dataclass(frozen=True)
class Telling:
    """What the plan that was asked for came to; `plan` is the one that is told in `lines`: it, or what is left of it."""

    outcome: Outcome
    plan: Plan
    lines: "list[str]"


def tell(plan: Plan, always: bool = True, short: bool = True) -> Telling:
    """`always`: also of a history in which nothing falls.  `short`: one in which something does is made short first."""
    from . import tale

    outcome = campaign.outcome_of(plan)
    lines: list[str] = []
    if outcome.violations and short:
        wanted = about(outcome.violations[0])
        found = shrink(plan, lambda one: _falls(one, wanted))
        left = f"{len(plan.acts)} acts and {_faults(plan)} faults"
        lines = [f"made short in {found.plays} plays, of {left}: {len(found.plan.acts)} and {_faults(found.plan)} are left", ""]
        plan = found.plan
    if always or outcome.violations:
        lines += tale.told(plan)
    return Telling(outcome, plan, lines)


def about(violation: str) -> str:
    """What a violation says, whatever trace, amount, time or words on the glass: a shorter plan has others, of the same fault."""
    return _NUMBERS.sub("0", _GLASS.sub("[]", violation))


def _falls(plan: Plan, wanted: str) -> bool:
    return any(about(line) == wanted for line in campaign.outcome_of(plan).violations)


def _faults(plan: Plan) -> int:
    return sum(len(act.faults) for act in plan.acts)
