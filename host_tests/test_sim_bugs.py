"""The simulation is itself tested: errors that are put into the firmware are found, each by the invariant that it breaks.

In `make test` those that take a handful of histories; `make simulate-bugs` hunts for all of them.
"""

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest

from campaigns import invariants
from rig.firmware import taptill_on_path

taptill_on_path()

from sim.bugs import BUGS

_HUNT = pathlib.Path(__file__).parent / "sim_hunt.py"
_ALL = os.environ.get("TAPTILL_BUGS") == "all"
_MOST = 1000 if _ALL else 12  # histories in which a bug is to be found
_PATIENCE_S = 3600 if _ALL else 1200
_HUNTED = [name for name, bug in BUGS.items() if bug.within <= _MOST]


@pytest.fixture(scope="module")
def hunted() -> "dict[str, Any]":
    done = subprocess.run([sys.executable, _HUNT, "1", str(_MOST)], capture_output=True, text=True, timeout=_PATIENCE_S)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.timeout(_PATIENCE_S)
@pytest.mark.parametrize("name", _HUNTED)
def test_it_is_found(name: str, hunted: "dict[str, Any]") -> None:
    found = hunted[name]
    assert found, f"not found in {BUGS[name].within} histories"
    histories, invariant, seen = found
    print(f"{name}: found after {histories} histories: {invariant}: {seen}")
    assert histories <= BUGS[name].within and invariant in BUGS[name].breaks


def test_without_them_the_same_histories_break_nothing(hunted: "dict[str, Any]") -> None:
    assert hunted[""] == []


def test_every_invariant_that_a_terminal_can_break_is_broken_by_one() -> None:
    broken = {invariant for bug in BUGS.values() for invariant in bug.breaks}
    assert broken == set(invariants.HOLDS)
    assert len(_HUNTED) >= 10 and len(BUGS) > len(_HUNTED) or _ALL
