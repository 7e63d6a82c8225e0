"""The seeded simulation, in short: twenty thousand sales in which everything goes wrong, and no invariant falls.

`make simulate` is the long form.  Each run is a process of its own: who has loaded the simulated firmware is of no other use.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

from rig.firmware import taptill_on_path
from sim import bank, campaign, plan, settings
from sim.faults import FLASH, KEYS, NET
from sim.nor import PowerCut
from sim.person import HABITS, MENU, OTHERS, OWNERS, WHATS

taptill_on_path()

TILL = pathlib.Path(sys.executable).parent / "till"
FOUND = sorted((pathlib.Path(__file__).resolve().parent / "fixtures" / "plans").glob("*.json"))
SHARDS = 8
HISTORIES = 142  # of each
FIRST = 1_000_000


def simulated(*words: str, code: int = 0, **environment: str) -> str:
    done = subprocess.run(
        [TILL, "simulate", *words], capture_output=True, text=True, timeout=600, env={**os.environ, **environment}
    )
    assert done.returncode == code, done.stdout[-4000:] + done.stderr
    return done.stdout


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_invariant_falls(shard: int) -> None:
    first = FIRST + shard * HISTORIES
    said = simulated("--seed", str(first), "--histories", str(HISTORIES), "--world", "both", "--workers", "1")
    print(said)
    # A slow run has told figures on its way too; the last ones are of the whole.
    sales, cuts = (re.findall(pattern, said)[-1] for pattern in (r"(\d+) sales, ", r"(\d+) power cuts"))
    assert "\n0 violations" in said and int(sales) > 15 * HISTORIES and int(cuts) > 2 * HISTORIES


def test_a_seed_is_a_history() -> None:
    """The same to the last millisecond, whatever the process; another seed is another one."""
    runs = [
        simulated("--seed", seed, "--show", "--world", "malicious", PYTHONHASHSEED=salt)
        for seed, salt in (("5", "1"), ("5", "2"), ("6", "1"))
    ]
    one, again, other = (re.sub(r"\d+ sales and .*", "", run) for run in runs)
    assert one == again != other
    assert "→ 0200" in one and re.search(r"^  \d+\. sells", one, re.MULTILINE)


def test_everything_that_may_go_wrong_is_drawn() -> None:
    """Every fault, every habit and every act of the tables comes up in the first few hundred plans of both worlds."""
    faults, habits, whats, cards, rows = set(), set(), set(), set(), {""}
    for seed in range(600):
        for act in plan.drawn(seed, seed % 2 == 0).acts:
            faults |= {(fault.where, fault.how) for fault in act.faults}
            habits |= set(act.habits)
            whats.add(act.what)
            cards.add(act.card)
            rows.add(act.row)
    wanted = {(where, how) for where, hows in NET.items() for how in hows}
    wanted |= {("host", how) for how in (*bank.KINDS, *bank.LIES)} | {("flash", how) for how in FLASH}
    wanted |= {("power", "cut"), ("heap", "MemoryError"), ("memory", "MemoryError"), ("clock", "leap")}
    wanted |= {(where, "off") for where in ("link", "display", "reader", "time")} | {("key", how) for how in KEYS}
    assert wanted <= faults, wanted - faults
    assert habits == set(HABITS) and whats == {*WHATS, "other", "owner"} and cards == {"", *plan.CARDS, *plan.ODD_CARDS}
    assert rows == {"", *MENU, *OTHERS, *OWNERS}


def test_every_setting_is_varied() -> None:
    """All that the firmware has; what stands in OWNED the owner alone changes, in the middle of a history."""
    from taptill.core import profiles
    from taptill.core import settings as rules

    found: dict[str, set] = {}
    for seed in range(600):
        for name, value in plan.drawn(seed).settings.items():
            found.setdefault(name, set()).add(value)
    known = {*rules.RULES, *(name for profile in profiles.NAMES for name in profiles.settings(profile))}
    assert set(found) == known - {*settings.OWNED, "supervisor"}
    assert not [name for name, values in found.items() if len(values) < 2]


def test_a_believable_plan_has_no_liar_in_it() -> None:
    for seed in range(300):
        drawn = plan.drawn(seed)
        lies = [fault for act in drawn.acts for fault in act.faults if fault.where == "host" and fault.how in bank.LIES]
        assert not lies and drawn.believable and drawn.ntp_off_s == 0
        assert drawn == plan.drawn(seed)


def test_a_plan_is_told_in_words() -> None:
    words = plan.drawn(5).words()
    assert words[0].startswith("seed 5, believable, begins 20")
    assert any(re.match(r"  act 1: (sells|voids|opens|waits|pulls)", line) for line in words)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--seed", "-1"), "-1 is not in the range"),
        (("--seed", "x"), "'x' is not a valid integer"),
        (("--histories", "0"), "0 is not in the range"),
        (("--world", "other"), "'other' is not one of"),
    ],
)
def test_what_it_cannot_play_is_named(words: "tuple[str, ...]", wanted: str) -> None:
    done = subprocess.run([TILL, "simulate", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and wanted in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("plan_file", FOUND, ids=lambda path: path.stem)
def test_what_was_found_once_is_found_no_more(plan_file: pathlib.Path) -> None:
    """closed_flash: a flash that closed itself in a life that was no first one stayed so, and an open reversal with it.

    marginal_record: a record of marginal bits read as not there, then as there, and flash refused everything between.

    decided_in_the_marks: the judge did not see that the marks hold a decision which a bad bit has taken from the intent.

    journal_goes_back: a bad bit set the journal back while the terminal worked, and the next record took the place of others.

    reserve_astray: a spoilt file that nobody needs kept every other one from growing, and so what was open from its end.

    undecided: a decision to reverse that the heap had no room to save was taken for one that is on flash.

    other_currency: what was open was shown in the currency of settings that came meanwhile.

    number_given_twice: a bad bit brought back an intent on which nothing was sent, under the number of the one that was open.

    numbers_set_back: bad bits took the counter and set back the marks, and numbers that were used were given out again.

    owner_cannot_mount: the simulation itself ended where a read failed while the owner's visit mounted the file system.
    """
    assert "\n0 violations" in simulated("--plan", str(plan_file))


def test_its_processes_end_with_the_campaign() -> None:
    """… also when that is killed: nothing plays on that nobody waits for."""
    played = [TILL, "simulate", "--histories", "100000", "--workers", "2"]
    buffered = {**os.environ, "PYTHONUNBUFFERED": "1"}
    campaign_ = subprocess.Popen(played, stdout=subprocess.PIPE, text=True, start_new_session=True, env=buffered)
    try:
        assert campaign_.stdout is not None and campaign_.stdout.readline().startswith("seed")
        while len(_group(campaign_.pid)) < 3:  # it and its two
            time.sleep(0.05)
        campaign_.kill()
        campaign_.wait()
        while _group(campaign_.pid):  # pytest's time-out ends a wait that has no end
            time.sleep(0.05)
    finally:
        for process in _group(campaign_.pid):
            os.kill(process, signal.SIGKILL)


def _group(leader: int) -> "list[int]":
    """The processes of a session that still run."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(group) == leader and state != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_history_in_which_the_simulation_falls_is_told_and_the_others_are_played(monkeypatch) -> None:
    def played(seed: int, mode: str, acts: int) -> campaign.Outcome:
        if seed == 8:
            raise PowerCut("this life is over")
        return campaign.Outcome(seed, 1)

    monkeypatch.setattr(campaign, "played", played)
    found = list(campaign.run(7, 3, campaign.BOTH, 0, 1))
    assert [outcome.seed for outcome in found] == [7, 8, 9] and [len(outcome.violations) for outcome in found] == [0, 1, 0]
    assert found[1].violations[0].startswith("simulation: PowerCut: this life is over (")
