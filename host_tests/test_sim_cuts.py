"""Cuts of cuts: no invariant falls wherever the power fails; and what finds an error that is put in, at which depth.

`make cuts` is the long form.  Each run is a process of its own: who has loaded the simulated firmware is of no other use.
"""

import pathlib
import re
import subprocess
import sys

import pytest

from sim.kinds import KINDS

_TILL = pathlib.Path(sys.executable).parent / "till"
_BUGS = pathlib.Path(__file__).parent / "cut_bugs.py"
_TWINS = pathlib.Path(__file__).parent / "cut_twins.py"


def _run(*words: "str | pathlib.Path", code: int = 0) -> str:
    done = subprocess.run([*words], capture_output=True, text=True, timeout=600)
    assert done.returncode == code, done.stdout[-4000:] + done.stderr
    return done.stdout


def _cuts(*words: str, code: int = 0) -> str:
    return _run(_TILL, "simulate", "--cuts", "--workers", "1", *words, code=code)


def _with_bug(bug: str, kind: str, depth: int) -> "tuple[list[int], str]":
    """How many histories broke an invariant, depth by depth, and what was said."""
    said = _run(sys.executable, _BUGS, bug, kind, str(depth), "12")
    return [int(count) for count in re.findall(r"violations: (\d+)", said)], said


@pytest.mark.parametrize("half", [0, 1])
def test_a_cut_at_every_step_of_every_kind_and_some_in_the_starts_that_follow(half: int) -> None:
    kinds = [word for kind in KINDS[half::2] for word in ("--kind", kind.name)]
    said = _cuts(*kinds, "--depth", "1", "--most", "20", "--samples", "10", "--seed", str(1 + 100 * half))
    print(said)
    every = said.splitlines()[-1]
    assert every.startswith("all: ") and "violations: 0" in every
    (points, distinct) = map(int, re.findall(r"depth 1: (\d+) points, (\d+) distinct", every)[0])
    assert points > distinct > 1200
    for kind in KINDS[half::2]:  # each is a kind: there is something to be cut
        assert re.search(rf"^{kind.name}: depth 1: \d\d+ points", said, re.MULTILINE), kind.name


def test_a_write_cache_that_is_lost_changes_nothing() -> None:
    """LittleFS syncs before anybody depends on what it has written."""
    words = ("--kind", "answer lost", "--depth", "1", "--most", "40", "--samples", "8", "--seed", "1")
    lost, kept = (_cuts(*words, *more).splitlines()[-1] for more in (("--volatile",), ()))
    assert "violations: 0" in lost and "violations: 0" in kept
    more, fewer = (int(re.findall(r"depth 1: (\d+) points", said)[0]) for said in (lost, kept))
    assert more > fewer  # there are ways more


def test_the_firmware_as_it_is_passes_where_the_errors_below_are_found() -> None:
    assert _with_bug("none", "sale", 2)[0] == [0, 0]


def test_an_intent_that_is_cleared_before_the_journal_has_its_outcome_is_found_at_depth_one() -> None:
    (count,), said = _with_bug("intent-cleared-first", "sale", 1)
    assert count and "power-cut: STAN 000003 was sent, and is neither recorded nor pending" in said
    assert "is said to be lost, and flash has lost nothing" in said


def test_what_only_the_second_cut_shows_is_found_at_depth_two() -> None:
    """It is the start after the first cut that reverses the sale, and clears the intent before the journal has that."""
    (once, twice), said = _with_bug("recovery-clears-first", "sale", 2)
    assert not once and twice and "was sent, and is neither recorded nor pending" in said
    assert re.search(r"^\d+\.\d+ \| ", said, re.MULTILINE)


def test_moments_that_are_alike_go_on_alike() -> None:
    """So it is enough to live one of them: the other tells the same, and could be cut at the same moments."""
    said = _run(sys.executable, _TWINS, "void unanswered")
    (groups, differ) = map(int, re.findall(r"(\d+) groups, (\d+) differ", said)[0])
    assert groups > 10 and not differ, said


def test_a_history_is_told_again_by_the_numbers_of_its_cuts() -> None:
    once, again = (_cuts("--kind", "sale", "--point", "64.20") for _ in range(2))
    assert once == again
    assert once.count("CUT: the power fails at") == 2 and "-> 0200 STAN 000003" in once


def test_a_sampled_history_is_told_by_its_seed() -> None:
    assert _cuts("--kind", "void", "--point", "seed 5").count("CUT: the power fails at") >= 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--point", "3"), "--point: wants one --kind"),
        (("--kind", "sale", "--point", "x"), "--point: x: numbers of cuts with dots, or: seed N"),
        (("--kind", "start", "--point", "4000"), "start: there are "),
        (("--histories", "5"), "--cuts: not together with what is about histories by chance"),
    ],
)
def test_a_point_that_is_none_is_one_line(words: "tuple[str, ...]", said: str) -> None:
    done = subprocess.run([_TILL, "simulate", "--cuts", *words], capture_output=True, text=True, timeout=100)
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1
