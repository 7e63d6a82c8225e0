"""A history of the simulation, played again on a real bench: it comes to the same, cut for cut, or says what it cannot do."""

import asyncio
import dataclasses
import datetime
from collections.abc import Callable
from typing import cast

import pytest

from acquirer.faults import Fault as HostFault
from acquirer.memory import MemoryLedger, seeded
from acquirer.server import Acquirer
from rig.supervisor import Bench, Options
from sim import on_bench
from sim.apart import apart
from sim.bench_faults import ActFaults
from sim.bench_openings import Openings
from sim.faults import Fault
from sim.person import Act
from sim.plan import Plan
from sim.score import Cut, Score, score_of

_BEGINS = datetime.datetime(2026, 11, 30, 9, 0, tzinfo=datetime.timezone.utc)
_SETTINGS = {"ntp_host": "", "answer_timeout_s": 2, "reversal_pause_s": 0, "tls": False, "mac": "retail"}


def _plan(*acts: Act) -> Plan:
    return Plan(5, _SETTINGS, _BEGINS, acts)


def _sale(*faults: Fault, card: str = "visa-credit", amount: int = 1000, habits: tuple = ()) -> Act:
    return Act("sell", amount, card, habits=habits, faults=faults)


# The power fails while the intent is written, when the request has left, and when the answer has come.
_PLAN = _plan(
    _sale(Fault("request", 2, "answer-lost"), amount=1250, habits=("typo",)),
    _sale(Fault("host", 1, "code", 0, "51"), card="phone"),
    _sale(Fault("power", 10, "cut", 7)),
    _sale(Fault("power", 13, "cut", 7), card="mastercard-credit"),
)


@pytest.fixture(scope="module")
def score() -> Score:
    return apart(score_of, _PLAN)


def test_the_bench_comes_to_the_same_with_every_cut_at_its_step(score: Score) -> None:
    cuts = [cue.cut for cue in score.cues if cue.cut is not None]
    assert {cut.kind for cut in cuts} >= {"write", "net"} and all(cut.n for cut in cuts), "else the test tries less than it says"
    assert {"REVERSED", "DECLINED"} <= {end for _, end, *_ in score.results} and not score.cannot
    found = on_bench.play(score)
    assert found.differences(score) == []
    assert found.cuts == len(cuts) and found.books == []
    assert [state for _, _, state in found.ledger].count("reversed") >= 2


def test_what_came_otherwise_is_told(score: Score) -> None:
    found = on_bench.Found(list(score.results), score.journal, list(score.ledger))
    assert found.differences(score) == []
    found.ledger = [*found.ledger[:-1], ("sale", 1, "approved")]
    found.results = found.results[1:]
    found.parted = "1.000: away"
    lines = found.differences(score)
    assert [line.partition(":")[0] for line in lines] == ["parted", "results", "ledger"] and "('sale', 1, 'approved')" in lines[2]


def test_keys_and_cards_are_those_of_the_person_and_come_at_their_screens(score: Score) -> None:
    first = [cue for cue in score.cues if cue.do in ("key", "card")][:8]
    assert "".join(cue.what for cue in first[:7]) == "17*250#" and first[7].what == "visa-credit"
    assert first[0].names == ("HINT_IDLE",) and first[1].names[0] == "ENTER_AMOUNT" and first[7].names[0] == "PRESENT_CARD"
    assert [cue.what for cue in score.cues if cue.do == "act"] == ["1", "2", "3", "4", "0"]
    assert all(one.ms <= other.ms for one, other in zip(score.cues, score.cues[1:]))


def test_where_the_power_fails_as_a_screen_stands_what_comes_next_is_not_done() -> None:
    """What writes or connects at once behind a screen would be faster than anybody who looks at it."""
    found = apart(score_of, _plan(_sale(), _sale(Fault("power", 4, "cut"))))
    (dark,) = [cue for cue in found.cues if cue.do == "dark"]
    assert dark.names == ("REMOVE_CARD",) and dark.cut == Cut("net", 1, 3, 0.0, ("open",))


def test_a_plan_says_which_fault_no_bench_has() -> None:
    plan = _plan(
        _sale(Fault("request", 2, "doubled", 500), Fault("request", 9, "other-host"), Fault("open", 3, "silent")),
        _sale(Fault("request", 1, "send-broken")),
        _sale(Fault("flash", 1, "rot", 3), Fault("heap", 500, "MemoryError"), Fault("reader", 0, "off", 1)),
    )
    found = apart(score_of, plan)
    assert [line.partition(" ")[2] for line in found.cannot] == [
        "1: the 2nd request arrives a second time after 500 ms",
        "2: the 1st request breaks off while it is sent, and never arrives whole",
        "3: at the 1st operation on the flash bits rot",
        "3: no memory is left at the 500th line that is run",
    ], "what has not struck is no matter"
    assert found.about == () and found.cues == ()


def test_what_stands_for_a_while_ends_with_its_act() -> None:
    """Neither the Wi-Fi nor the power goes in an act that has no such fault, and the Wi-Fi is back in the next."""
    later = Fault("time", 0, "off", 200_000), Fault("link", 0, "off", 200_000), Fault("display", 0, "off", 200_000)
    gone = Act("wait", faults=(Fault("link", 0, "off", 1),))
    found = apart(score_of, _plan(_sale(*later), Act("wait", minutes=8), _sale(), gone, _sale()))
    assert [cue for cue in found.cues if cue.do in ("dark", "display")] == []
    off, on = [cue for cue in found.cues if cue.do == "wifi"]
    (fourth, fifth) = [cue.ms for cue in found.cues if cue.do == "act" and cue.what in "45"]
    assert fourth < off.ms < on.ms <= fifth < off.ms + 30_000
    assert [end for _, end, *_ in found.results] == ["APPROVED"] * 3


def test_what_is_otherwise_on_the_bench_is_told_and_may_not_change_the_history() -> None:
    plan = dataclasses.replace(_plan(_sale()), ntp="right", settings={"tls": True}, blocks=26, first_stan=7)
    found = apart(score_of, plan)
    assert found.about == (
        "the line to the host is plain TCP",
        "there is no time server",
        "the flash has more than 26 blocks",
        "trace numbers begin at 1",
    )
    assert found.cannot == () and found.cues and found.plan.blocks > 26
    full = apart(score_of, dataclasses.replace(_plan(_sale(), _sale()), seed=0, blocks=12))
    assert full.cannot == ("the history is another one when the flash has more than 12 blocks",)


def test_the_host_does_at_each_message_what_it_did_in_the_simulation() -> None:
    ledger = MemoryLedger(lambda: _BEGINS, seeded(0))
    faults = ActFaults(ledger, "10000001")
    act = _sale(
        Fault("request", 1, "lost"),
        Fault("request", 2, "answer-late", 1500),
        Fault("host", 1, "code", 0, "05"),
        Fault("host", 2, "part", 99999),
        Fault("host", 3, "day-cut"),
    )
    first = ledger.day_cut()
    faults.begin(act)
    assert faults.take("sale", "0200") == {"drop-request": None}, "the host does not count what it never decides"
    assert faults.take("sale", "0200") == {"late": 1.5, "decline": "05"}
    assert faults.take("sale", "0200") == {"partial": 999}
    assert faults.take("reversal", "0400") == {} and ledger.day_cut() > first + 1
    faults.begin(act)
    assert faults.take("sale", "0200") == {"drop-request": None}, "each act counts anew"
    faults.begin(
        _sale(Fault("request", 1, "closed-before"), Fault("request", 2, "closed-after"), Fault("host", 1, "code", 0, "05"))
    )
    assert faults.take("sale", "0200") == {"close": "before"}
    assert faults.take("sale", "0200") == {"close": "after", "decline": "05"}
    faults.begin(None)
    assert faults.take("sale", "0200") == {}


class _Bench:
    """Notes what the air is told."""

    on = True

    def __init__(self) -> None:
        self.options = Options()
        self.told: list[dict] = []

    async def do(self, what: str, **words: object) -> None:
        self.told.append({"do": what, **words})


class _Host:
    def __init__(self) -> None:
        self.refusing = False

    async def add_fault(self, fault: HostFault) -> None:
        assert (fault.kind, fault.left) == ("refuse", None)
        self.refusing = True

    async def clear_faults(self) -> None:
        self.refusing = False


def test_a_connection_is_spoilt_before_it_is_begun_and_the_next_one_stands() -> None:
    async def story() -> None:
        bench, host = _Bench(), _Host()
        openings = Openings(cast(Bench, bench), cast(Acquirer, host))
        await openings.begin(_sale(Fault("open", 2, "refused"), Fault("open", 3, "no-name")))
        assert not host.refusing and bench.told == []
        openings.opens()
        await _until(lambda: host.refusing)
        openings.opens()
        await _until(lambda: not host.refusing and bench.told[-1:] == [{"do": "wifi", "up": True, "names": False}])
        openings.opens()
        await _until(lambda: bench.told[-1] == {"do": "wifi", "up": True})
        await openings.begin(_sale(Fault("open", 1, "refused")))
        assert host.refusing, "the first one of an act is spoilt as the act begins"
        openings.opens()
        await openings.begins_anew(True)
        assert host.refusing, "the power went before that connection was made: the next one is the first"
        openings.opens()
        await _until(lambda: not host.refusing)
        await openings.begins_anew(False)
        assert not host.refusing
        await openings.begin(None)
        assert not host.refusing

    asyncio.run(story())


async def _until(true: Callable[[], bool]) -> None:
    async def look() -> None:
        while not true():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(look(), 10)
