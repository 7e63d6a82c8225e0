"""The campaign that changes core and flows a little: what it makes, what it tells of it, and a small sample of it."""

import pathlib
import subprocess
import sys

import pytest

from campaigns import mutant_trials as trials
from campaigns.mutant_harmless import Harmless
from campaigns.mutations import mutants

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_SAMPLE = 8

_MODULE = '''"""Tiny."""

LIMIT = 3


def fits(count: int) -> bool:
    """Is it little enough?"""
    return count < LIMIT


def first(things: list):
    at = 0
    while not things[at]:
        at += 1
    return things[at]


def alone(count):
    return count + 1


def strict(count):
    if count < 0:
        raise ValueError("count: %d is too little" % (count - 0))
    return count
'''
_TESTS = """import small


def test_fits():
    assert small.fits(2) and not small.fits(3)


def test_first():
    assert small.first([0, 5]) == 5


def test_strict():
    try:
        small.strict(-1)
    except ValueError:
        return
    raise AssertionError()
"""


@pytest.fixture
def place(tmp_path: pathlib.Path) -> trials.Place:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "small.py").write_text(_MODULE)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_small.py").write_text(_TESTS)
    return trials.Place(tmp_path / "sources", "", tmp_path / "tests")


def _made(place: trials.Place) -> dict:
    """{(before, after): mutant}"""
    return {(mutant.before, mutant.after): mutant for mutant in mutants(place.root, "small.py")}


def _verdict(place: trials.Place, before: str, after: str) -> str:
    reach = trials.reach(place, ())
    mutant = _made(place)[(before, after)]
    return trials.attempt(place, mutant, reach.of(mutant), reach.seconds)[0]


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ("return count < LIMIT", "return count <= LIMIT", trials.KILLED),
        ("LIMIT = 3", "LIMIT = 4", trials.KILLED),  # a line that runs while the module is loaded
        ("at += 1", "at = 1", trials.SURVIVED),  # the list of the test is too short to tell
        ("while not things[at]:", "while things[at]:", trials.KILLED),
        ("at += 1", "at -= 1", trials.SURVIVED),
        ("return count + 1", "return count - 1", trials.SURVIVED),  # no test comes there
        ('raise ValueError("count: %d is too little" % (count - 0))', "pass", trials.KILLED),
    ],
)
def test_verdicts(place: trials.Place, before: str, after: str, verdict: str) -> None:
    assert _verdict(place, before, after) == verdict


def test_an_endless_loop_is_timed_out(place: trials.Place) -> None:
    (place.root / "small.py").write_text("def f():\n    at = 1\n    while at < 9:\n        at = at + 1\n    return at\n")
    (place.tests / "test_small.py").write_text("import small\n\n\ndef test_f():\n    assert small.f() == 9\n")
    assert _verdict(place, "at = at + 1", "at = at - 1") == trials.TIMED_OUT


def test_words_of_errors_annotations_and_docstrings_stay(place: trials.Place) -> None:
    after = "\n".join(after for _, after in _made(place))
    assert "XX" not in after and "count + 0" not in after and "LIMIT = None" not in after


def test_where_a_mutant_is(place: trials.Place) -> None:
    mutant = _made(place)[("return count < LIMIT", "return count <= LIMIT")]
    assert (mutant.function, mutant.line, mutant.at_import) == ("fits", 8, False)
    assert mutant.source(_MODULE) == _MODULE.replace("count < LIMIT", "count <= LIMIT")


def test_tests_that_fail_anyway_are_named(place: trials.Place) -> None:
    (place.tests / "test_small.py").write_text("def test_no():\n    assert False\n")
    with pytest.raises(trials.TestsFail, match="test_small.py::test_no"):
        trials.reach(place, ())


def test_harmless_entries_are_matched_by_their_text_and_told_when_stale(place: trials.Place) -> None:
    mutant = _made(place)[("return count + 1", "return count - 1")]
    pairs = "- return count + 1\n+ return count - 1\n- return count + 1\n+ return count + 9\n"
    listed = Harmless("# remark\nsmall.py alone: nobody calls it\n" + pairs)
    assert listed.knows(mutant)
    assert listed.stale(["small.py"]) == ["small.py alone: - return count + 1 + return count + 9"]
    assert listed.stale(["other.py"]) == []


def test_a_line_that_is_no_entry_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        Harmless("# remark\n+ after without before\n")


def test_a_sample_of_the_campaign() -> None:
    """Its score is printed and not judged: what `make mutants` finds is for people to look at."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "campaigns.mutants",
            *"--quick --module core/tlv.py --tests test_tlv.py --seed 1".split(),
            "--sample",
            str(_SAMPLE),
        ],
        cwd=_ROOT / "tools",
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    last = done.stdout.splitlines()[-1]
    assert last.startswith("mutants: %d, killed: " % _SAMPLE) and last.endswith(" %")
