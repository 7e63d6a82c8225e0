"""Hunts for seeded bugs in the simulation, in a process of its own: `python sim_hunt.py LEAST MOST`.

Prints a JSON object: of each bug whose `within` lies in that range the histories that it took, the invariant and what was seen
(null where it was not found), and under "" what the same histories say of the firmware as it is.
"""

import json
import signal
import sys

from sim import base, bugs

_ENDLESS_S = 600


def main(least: int, most: int) -> None:
    base.the()
    found: dict = {}
    longest: dict = {}
    for name, bug in bugs.BUGS.items():
        if not least <= bug.within <= most:
            continue
        signal.alarm(_ENDLESS_S)  # a bug may make an endless loop of the firmware
        hit = bugs.hunt(bug, bug.within)
        found[name] = hit and [hit.histories, hit.violation.invariant, hit.violation.seen]
        if hit:
            kind = bug.lying, bug.others
            longest[kind] = max(longest.get(kind, 1), hit.histories)
    signal.alarm(_ENDLESS_S)
    found[""] = [
        str(violation)
        for kind, count in longest.items()
        for judge in bugs.histories(count, *kind)
        for violation in judge.violations
    ]
    print(json.dumps(found))


main(*map(int, sys.argv[1:]))
