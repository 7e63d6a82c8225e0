"""A failing history: made short, told in words, kept as a file."""

import json
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest

from sim import fault_words, faults, plan_file, telling
from sim.faults import Fault
from sim.plan_file import PlanError

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def found() -> "dict[str, Any]":
    done = subprocess.run([sys.executable, str(HERE / "sim_histories.py")], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_history_is_the_same_when_it_is_recorded_and_when_its_plan_was_in_a_file(found: "dict[str, Any]") -> None:
    assert found["same"] and all(found["same"])


def test_what_is_left_of_a_failing_plan_is_what_makes_it_fail(found: "dict[str, Any]") -> None:
    short = plan_file.plan_of(found["plan"])
    assert found["invariant"] == "never-false-failure" and found["acts"] > 10
    (act,) = short.acts
    assert (act.what, act.card, act.amount, act.habits) == ("sell", "visa-credit", 1000, ())
    assert {(fault.where, fault.how) for fault in act.faults} == {("request", "answer-lost"), ("host", "day-cut")}
    assert short.settings == {} and all(fault.value == 0 for fault in act.faults)


def test_what_is_made_short_stays_about_the_same() -> None:
    """Traces, amounts and words on the glass may change, what is said of which message may not."""
    first = telling.about("durable-first: 0200 of STAN 000021 leaves, and on flash is (1, 20)")
    assert first == telling.about("durable-first: 0200 of STAN 000002 leaves, and on flash is (1, 1)")
    assert first != telling.about("durable-first: 0400 of STAN 000021 leaves, and the decision is not on flash")
    assert first != telling.about("durable-first: 0400 of STAN 000021 leaves, and on flash is (1, 20)")
    glass = [
        telling.about(f"bounded: no end of: sells {amount}; on the glass: {lines}")
        for amount, lines in (
            ("1.00 to phone", ("a", "b")),
            ("2.50 to phone", ("c",)),
        )
    ]
    assert glass[0] == glass[1]


def test_of_two_faults_at_one_occasion_none_is_lost() -> None:
    given = (Fault("request", 1, "late"), Fault("request", 1, "lost"), Fault("request", 2, "doubled"), Fault("host", 1, "slow"))
    strikes = faults.Strikes(given)
    assert [strikes.next("request") for _ in range(4)] == [*given[:3], None]
    assert strikes.next("host") == given[3] and strikes.struck == list(given)


def test_shrinking_is_bounded_and_always_comes_to_the_same(found: "dict[str, Any]") -> None:
    assert found["again"] and found["plays"] < 100
    plays, acts, falls = found["bounded"]
    assert plays == 5 and acts <= found["acts"] and falls


def test_the_history_is_told_in_words_and_the_screens_in_both_languages(found: "dict[str, Any]") -> None:
    lines = found["tale"]
    for wanted in (
        "the 2nd request is decided, and the answer is lost",
        "the 3rd request that arrives comes after the host has closed its day",
        "→ 0200 sale STAN 000002 10.00",
        "← 0410 STAN 000002 10.00 F39 12",
        "*** never-false-failure",
    ):
        assert any(wanted in line for line in lines), wanted
    (reversed_,) = [line for line in lines if "▏REVERSED" in line]
    assert "▏已冲正 · 款项已撤回" in reversed_
    assert sum("(never-false-failure: not taken is never said" in line for line in lines) == 1
    assert not any(re.search(r"\d{13}", line) for line in lines), "that may be a card number"


def test_every_fault_that_there_is_has_its_words() -> None:
    for where, hows in plan_file.HOWS.items():
        for how in hows:
            said = fault_words.words(Fault(where, 2, how, 7, "51"))
            assert said and "{" not in said
    assert set(faults.NET) < set(plan_file.HOWS)
    assert [fault_words.ordinal(number) for number in (1, 2, 3, 4, 11, 22, 113)] == [
        "1st", "2nd", "3rd", "4th", "11th", "22nd", "113th",
    ]  # fmt: skip


_GOOD = {
    "taptill": 1,
    "kind": "history",
    "seed": 1,
    "settings": {"tls": False},
    "begins": "2026-11-30T09:00:00+00:00",
    "acts": [{"what": "sell", "amount": 1000, "card": "phone", "faults": [{"where": "open", "at": 1, "how": "refused"}]}],
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "payment"}, "not a plan of till simulate"),
        ({"seed": "1"}, "plan: seed: '1' is no int"),
        ({"seed": True}, "plan: seed: True is no int"),
        ({"more": 1}, "plan: 'more' is none of seed, settings"),
        ({"begins": "today"}, "begins: 'today' is no date and time"),
        ({"begins": "2026-11-30T09:00:00"}, "begins: its offset from UTC is missing"),
        ({"settings": {"colour": 1}}, "setting: 'colour' is none of"),
        ({"settings": {"tls": 1}}, "setting tls: 1 is no bool"),
        ({"ntp": "wrong"}, "ntp: 'wrong' is none of unreachable, right"),
        ({"blocks": 5}, "blocks: from 16 to 512"),
        ({"acts": [{"what": "void", "trace": -2}]}, "act 1: trace: -2 is less than -1"),
        ({"acts": [{"what": "steal"}]}, "act 1: what: 'steal' is none of sell"),
        ({"acts": [{"amount": 1}]}, "act 1: what is missing"),
        ({"acts": [{"what": "sell", "amount": -5, "card": "phone"}]}, "act 1: amount: -5 is less than 0"),
        ({"acts": [{"what": "sell", "amount": 1000, "card": "gold"}]}, "act 1: card: 'gold' is none of"),
        ({"acts": [{"what": "sell", "amount": 1, "card": "phone"}]}, "act 1: a sale has a card and an amount of two figures"),
        ({"acts": [{"what": "menu", "row": "QUIT"}]}, "act 1: row: 'QUIT' is none of"),
        ({"acts": [{"what": "wait", "habits": ["sings"]}]}, "act 1: habit: 'sings' is none of"),
        ({"acts": [{"what": "wait", "faults": [{"where": "sky", "at": 1, "how": "falls"}]}]}, "act 1: fault 1: where: 'sky'"),
        ({"acts": [{"what": "wait", "faults": [{"where": "host", "at": 1, "how": "cut"}]}]}, "act 1: fault 1: how: 'cut'"),
        ({"acts": [7]}, "act 1: an object is wanted"),
    ],
)
def test_a_file_that_is_no_plan_is_one_line(changes: dict, said: str) -> None:
    with pytest.raises(PlanError) as error:
        plan_file.plan_of(json.dumps({**_GOOD, **changes}))
    assert str(error.value).startswith(said) and "\n" not in str(error.value)


def test_what_is_left_out_of_a_file_is_as_it_usually_is(tmp_path: pathlib.Path) -> None:
    one = plan_file.plan_of(json.dumps(_GOOD))
    assert one.believable and one.acts[0].faults == (Fault("open", 1, "refused"),)
    path = tmp_path / "plan.json"
    path.write_text(plan_file.text_of(one), encoding="utf-8")
    assert plan_file.read(path) == one


def test_a_file_that_cannot_be_read_is_named(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "none.json"
    with pytest.raises(PlanError, match=r"none\.json: No such file"):
        plan_file.read(path)
    for content, said in ((b"{", "not JSON"), (b"\xff", "not a text"), (b"[" * 100_000, "not"), (b"[]", "not a plan")):
        path.write_bytes(content)
        with pytest.raises(PlanError, match=rf"none\.json: ({said})"):
            plan_file.read(path)


def _till(*words: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "till.cli", "simulate", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_plan_that_was_saved_is_played_again(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "plan.json"
    first = _till("--seed", 3, "--acts", 3, "--show", "--save", path)
    again = _till("--plan", path, "--show")
    assert first.returncode == again.returncode == 0, first.stderr + again.stderr
    played = [
        line
        for line in first.stdout.splitlines()
        if not line.startswith(("seed 3, believable", "plan: ")) and "second" not in line
    ]
    assert played == [line for line in again.stdout.splitlines() if "second" not in line] and len(played) > 20
    assert len(plan_file.read(path).acts) == 3


def test_a_plan_with_a_setting_that_cannot_be_is_one_line(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({**_GOOD, "settings": {"answer_timeout_s": 1000}}), encoding="utf-8")
    refused = _till("--plan", path)
    assert refused.returncode == 2 and refused.stdout == ""
    assert refused.stderr == f"till: {path}: config: answer_timeout_s must be a number from 1 to 90\n"
    assert _till("--plan", path, "--seed", 3).stderr.startswith("till: --plan: not together with --seed")
