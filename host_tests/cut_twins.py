"""Do moments that are alike go on alike?  `python cut_twins.py KIND` lives the first and the last of each such group.

A process that has loaded the firmware into the simulation is of no other use, so the tests start this one.
"""

import collections
import sys

from rig.firmware import taptill_on_path

taptill_on_path()

from sim.base import the
from sim.cuts import Runner, named
from sim.stand import Cut

_TIME = len("     0.000  ")  # in front of each line that is told


def lived(runner: Runner, cut: Cut) -> "tuple[list[int], list[str]]":
    """The marks of all moments at which this life could be cut, and what it tells."""
    found: list[Cut] = []
    stand = runner.stand
    stand.watched = found.append
    stand.live(cut.moment, cut.told)
    stand.see_through()
    return [one.moment.mark for one in found], [line[_TIME:] for line in stand.notes]


if __name__ == "__main__":
    runner = Runner(named(sys.argv[1]), the())
    groups: "dict[int, list[Cut]]" = collections.defaultdict(list)
    for cut in runner.cuts:
        groups[cut.moment.mark].append(cut)
    twins = [(group[0], group[-1]) for group in groups.values() if len(group) > 1]
    differ = [(one, other) for one, other in twins if lived(runner, one) != lived(runner, other)]
    for one, other in differ:
        print(f"{one.told.end} | {other.told.end}")
    print(f"{len(twins)} groups, {len(differ)} differ")
