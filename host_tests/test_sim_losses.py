"""What the simulation's judge calls a loss (sim.losses), and what it takes for still there (sim.left): one row for each rule."""

import dataclasses
import types
from typing import Any

import pytest
from stage import Disk, PlainSeal, Trouble

from campaigns import invariants
from sim.left import Left, depends, on
from sim.littlefs import FileSystem
from sim.losses import Losses
from sim.nor import Nor, PowerCut
from sim.tears import WEAK, Tear
from taptill.adapters.intent import MAGICS
from taptill.adapters.store import FlashStore
from taptill.core.errors import PendingDamaged
from taptill.core.journal import pending as pendings
from taptill.core.journal import record as records

_SENT, _BEFORE, _OTHER = (1, 7), (1, 6), (1, 9)


# -- losses


class _Judge:
    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def wrong(self, invariant: str, seen: str) -> None:
        self.found.append((invariant, seen))


@dataclasses.dataclass
class _World:
    """`struck`: something went wrong on flash; `damaged`: it has lost something; `doubtful`: a read may fail
    just now; `misread`: one has.
    """

    struck: bool = True
    damaged: bool = True
    doubtful: bool = False
    misread: bool = False
    left: Left = Left()

    def __post_init__(self) -> None:
        self.flash_struck, self.flash_damaged = self.struck, self.damaged
        self.board = types.SimpleNamespace(flash=types.SimpleNamespace(doubtful=self.doubtful, misread=self.misread))
        self.notes: list[str] = []

    def left_for_this_life(self) -> Left:
        return self.left

    def note(self, line: str) -> None:
        self.notes.append(line)


class _Store:
    def __init__(self, *lost: str, pending: "tuple[int, int] | None" = None, unreadable: bool = False):
        self.lost = list(lost)
        self._pending, self._unreadable = pending, unreadable

    def pending(self) -> Any:
        if self._unreadable:
            raise PendingDamaged("pending: damaged")
        return self._pending and types.SimpleNamespace(batch=self._pending[0], stan=self._pending[1])


def _record(key: "tuple[int, int]", state: int = records.APPROVED) -> Any:
    return types.SimpleNamespace(batch=key[0], stan=key[1], state=state)


def _looked(world: Any, store: Any, *listed: Any) -> "tuple[Losses, _Judge]":
    judge = _Judge()
    losses = Losses(world, judge)  # type: ignore[arg-type]  # stand-ins
    losses.look(store, list(listed), [_SENT])
    return losses, judge


_READABLE = Left(records=frozenset({_SENT}))
_UNTOLD = "is gone from flash, and nobody says that anything is lost"
_NOWHERE = "was sent, and is neither recorded nor pending"
_UNTRUE = "is said to be lost, and flash has lost nothing"
_SOUND = {"struck": False, "damaged": False}


def test_settings_that_are_gone_tell_of_everything_else() -> None:
    """The screen of a terminal without them says that a payment may be open; on a sound flash they cannot be gone."""
    for world, wrong in ({}, []), (_SOUND, [f"['settings'] {_UNTRUE}", f"STAN 000007 {_NOWHERE}"]):
        judge = _Judge()
        losses = Losses(_World(**world), judge)  # type: ignore[arg-type]  # stand-ins
        losses.look(_Store(), [], [_SENT], unset=True)
        assert [seen for _, seen in judge.found] == wrong
        assert losses.said == {"settings"} and losses.gone == {_SENT}


@pytest.mark.parametrize(
    ("world", "store", "listed", "wrong", "gone"),
    [
        pytest.param(_SOUND, _Store(), [_record(_SENT)], "", False, id="recorded"),
        pytest.param(_SOUND, _Store(pending=_SENT), [], "", False, id="open"),
        pytest.param(_SOUND, _Store(pending=_OTHER), [_record(_BEFORE)], _NOWHERE, True, id="neither, on a sound flash"),
        pytest.param({**_SOUND, "left": _READABLE}, _Store(), [], _NOWHERE, True, id="not listed, on a sound flash"),
        pytest.param(_SOUND, _Store("journal"), [_record(_SENT)], _UNTRUE, False, id="told, on a sound flash"),
        pytest.param(_SOUND, _Store(unreadable=True), [_record(_SENT)], _UNTRUE, False, id="damage told, on a sound flash"),
        pytest.param({}, _Store("journal"), [_record(_SENT)], "", False, id="told, and known all the same"),
        pytest.param({"left": _READABLE}, _Store("journal"), [], "can be read on flash", True, id="told, but it can be read"),
        pytest.param({"left": _READABLE, "doubtful": True}, _Store(), [], "", False, id="it can be read, though not for certain"),
        pytest.param({"left": _READABLE, "misread": True}, _Store(), [], "", False, id="it can be read, now"),
        pytest.param({"damaged": False}, _Store("journal"), [], _NOWHERE, True, id="flash has refused, and lost nothing"),
        pytest.param({}, _Store(), [], _UNTOLD, True, id="lost, and nothing told"),
        pytest.param({"doubtful": True}, _Store(), [], _UNTOLD, True, id="lost while reads fail, and nothing told"),
        pytest.param({}, _Store("counter"), [], _UNTOLD, True, id="lost, and told of the numbers only"),
        pytest.param({}, _Store("counter", "pending"), [], "", True, id="lost, and told of the intent too"),
        pytest.param({}, _Store("journal"), [], "", True, id="lost, and told of the journal"),
        pytest.param({}, _Store(unreadable=True), [], "", True, id="lost, and the intent is told to be damaged"),
        pytest.param({}, _Store(), [_record((0, 0), records.UNREADABLE)], "", True, id="lost, and a record listed as unreadable"),
    ],
)
def test_what_is_a_loss_and_whether_it_is_one_that_is_excused(
    world: "dict[str, Any]", store: _Store, listed: "list[Any]", wrong: str, gone: bool
) -> None:
    losses, judge = _looked(_World(**world), store, *listed)
    assert len(judge.found) == bool(wrong), judge.found
    assert all(
        wrong in seen and invariant == (invariants.NO_SILENT_DROP if wrong == _UNTOLD else invariants.POWER_CUT)
        for invariant, seen in judge.found
    ), judge.found
    assert losses.gone == ({_SENT} if gone else set())


def test_an_excused_loss_stands_in_the_story() -> None:
    world = _World()
    _looked(world, _Store("journal"))
    assert world.notes == ["flash has lost STAN 000007, and it is said that something is lost"]


def test_a_loss_is_told_once_until_it_is_known_again() -> None:
    losses, judge = _looked(_World(), _Store())
    losses.look(_Store(), [], [_SENT])
    assert len(judge.found) == 1, "it is known to be gone"
    losses.look(_Store(), [_record(_SENT)], [_SENT])
    assert not losses.gone, "a read had failed"
    losses.look(_Store(), [], [_SENT])
    assert len(judge.found) == 2, "and it is lost anew"


def test_what_a_life_says_in_its_middle_is_good_for_the_next_look_only() -> None:
    losses, judge = _looked(_World(), _Store(), _record(_SENT))
    losses.hear(_Store("journal"))
    losses.look(_Store(), [], [_SENT])
    assert not judge.found and losses.gone == {_SENT}
    losses.look(_Store(), [], [_SENT, _OTHER])
    assert [seen for _, seen in judge.found] == [f"STAN 000009 {_UNTOLD}"]
    assert losses.said == {"journal"}


def test_all_that_was_ever_said_is_kept() -> None:
    losses, _ = _looked(_World(), _Store("counter"), _record(_SENT))
    losses.look(_Store(unreadable=True), [_record(_SENT)], [_SENT])
    assert losses.said == {"counter", "pending"}


# -- left

_SEAL = PlainSeal()
_CHECK_VALUE = 1  # which operation of LittleFS's commit of a small file programs it
_APPROVED, _DECLINED, _OPEN = (1, 1), (1, 2), (1, 3)


def _pending(stan: int, state: int = pendings.SENT) -> pendings.Pending:
    asked = pendings.Pending()
    asked.batch, asked.stan, asked.amount, asked.kind, asked.state = 1, stan, 1250, 1, state
    asked.pan, asked.currency, asked.terminal, asked.merchant = "4761739001010010", "156", "TILL0001", "MERCHANT0000001"
    return asked


def _content(settled: bool = False) -> "dict[str, bytes]":
    """The files of a terminal: a payment approved, one declined, and one whose reversal is decided (and done: `settled`)."""
    content: dict[str, bytes] = {}
    store = FlashStore(Disk(content, Trouble()), _SEAL)
    store.open()
    for stan, end in ((1, records.APPROVED), (2, records.DECLINED), (3, 0)):
        asked = _pending(stan)
        store.save_pending(asked)
        if end:
            store.append(asked.ended(end, 0))
    asked.state = pendings.REVERSING
    store.save_pending(asked)
    if settled:
        store.append(asked.ended(records.REVERSED, 0))
    return content


def _flash(content: "dict[str, bytes]") -> Nor:
    nor = Nor(24)
    FileSystem(nor, new=True)
    system = FileSystem(nor)
    system.mkdir("/data")
    system.mkdir("/data/beside")
    for name, data in content.items():
        with system.open(f"/data/{name}", "wb") as file:
            file.write(data)
    return nor


def _without(*names: str, settled: bool = False) -> Nor:
    return _flash({name: data for name, data in _content(settled).items() if name not in names})


def _spoilt(name: str, at: int) -> Nor:
    content = _content()
    data = bytearray(content[name])
    data[at] ^= 1
    return _flash({**content, name: bytes(data)})


def _left(**differs: Any) -> Left:
    """What is left of the files when none is lost, but for what `differs`."""
    whole = Left(frozenset({_APPROVED, _DECLINED}), _DECLINED, _OPEN, _OPEN, pendings.REVERSING, frozenset({_OPEN}))
    return whole._replace(**differs)


_NO_RECORD: "frozenset[tuple[int, int]]" = frozenset()
_NO_INTENT = {"intent": None, "state": 0}
_NO_MARKS = {"newest": None, "marked": None}


@pytest.mark.parametrize(
    ("lost", "settled", "differs"),
    [
        ((), False, {}),
        (("pending",), False, _NO_INTENT),
        (("beside/marks",), False, _NO_MARKS),
        (("journal.000",), False, {"records": _NO_RECORD}),
        (("journal.000", "beside/marks"), False, {"records": _NO_RECORD, **_NO_MARKS}),
        (("pending", "beside/marks"), False, {**_NO_INTENT, **_NO_MARKS, "unsettled": _NO_RECORD}),
        ((), True, {"records": {_APPROVED, _DECLINED, _OPEN}, "newest": _OPEN, "unsettled": _NO_RECORD}),
        (("journal.000",), True, {"records": _NO_RECORD, "newest": _OPEN, "unsettled": _NO_RECORD}),
        (("beside/marks",), True, {"records": {_APPROVED, _DECLINED, _OPEN}, **_NO_MARKS, "unsettled": _NO_RECORD}),
    ],
    ids=lambda row: "+".join(row) or "nothing" if isinstance(row, tuple) else None,
)
def test_what_is_left_where_files_are_lost(lost: "tuple[str, ...]", settled: bool, differs: "dict[str, Any]") -> None:
    assert on(_without(*lost, settled=settled), _SEAL) == _left(**differs)


def test_a_spoilt_record_is_no_record_and_the_next_one_is() -> None:
    assert on(_spoilt("journal.000", 20), _SEAL) == _left(records={_DECLINED})
    assert on(_spoilt("journal.000", records.SIZE + 20), _SEAL) == _left(records={_APPROVED})


def test_a_spoilt_intent_is_none_and_spoilt_marks_know_nothing() -> None:
    assert on(_spoilt("pending", 20), _SEAL) == _left(**_NO_INTENT)
    assert on(_spoilt("beside/marks", 20), _SEAL) == _left(**_NO_MARKS)


def test_the_marks_may_know_a_later_state_of_the_intent() -> None:
    """Of the same one: what they say of another payment under its number is not said of it."""
    content = _content()
    for stan, state in (3, pendings.REVERSING), (4, pendings.SENT):
        older: dict[str, bytes] = {}
        store = FlashStore(Disk(older, Trouble()), _SEAL)
        store.open()
        for before in 1, 2:
            asked = _pending(before)
            store.save_pending(asked)
            store.append(asked.ended(records.DECLINED, 0))
        store.save_pending(_pending(stan))
        found = on(_flash({**content, "pending": older["pending"]}), _SEAL)
        assert (found.intent, found.state) == ((1, stan), state)


def test_every_file_of_the_journal_counts_and_no_other() -> None:
    content = _content()
    one, two = content["journal.000"][: records.SIZE], content["journal.000"][records.SIZE :]
    assert on(_flash({**content, "journal.000": one, "journal.007": two}), _SEAL) == _left()
    assert on(_flash({**content, "journal.000": one, "damaged.007": two}), _SEAL) == _left(records={_APPROVED})


def test_without_the_journal_its_newest_record_counts_by_the_marks() -> None:
    assert on(_without(settled=True), _SEAL, journal=False) == _left(records=_NO_RECORD, newest=_OPEN, unsettled=_NO_RECORD)


def test_the_trace_numbers_that_something_says_are_taken() -> None:
    """Counter and marks have to be there for that, and of one batch."""
    content = _content()
    store = FlashStore(Disk(content, Trouble()), _SEAL)
    store.open()
    store.next_stan()
    marks = content["beside/marks"]
    taken = store._counter.reserved
    assert taken >= 16 and on(_flash(content), _SEAL)[6:] == (1, taken)
    for lost in "counter", "beside/marks":
        assert on(_flash({name: data for name, data in content.items() if name != lost}), _SEAL)[6:] == (0, 0)
    behind = _pending(taken + 5)
    store.append(_pending(3).ended(records.REVERSED, 0))
    store.save_pending(behind)
    assert on(_flash(content), _SEAL)[6:] == (1, taken + 5)
    store.append(behind.ended(records.DECLINED, 0))
    store.set_batch(2)
    assert on(_flash(content), _SEAL)[6:] == (2, taken)
    assert on(_flash({**content, "beside/marks": marks}), _SEAL)[6:] == (0, 0)


def test_of_a_flash_that_holds_no_file_system_nothing_is_left() -> None:
    assert on(Nor(24), _SEAL) == Left()


def test_what_reads_as_it_likes_is_not_left() -> None:
    """A further intent is written, and the power fails at the end of it: one start finds it, and the next one the former."""
    nor = _without()
    system = FileSystem(nor)
    further = _pending(4)
    nor.arm(_CHECK_VALUE, Tear(WEAK))
    with pytest.raises(PowerCut), system.open("/data/pending", "wb") as file:
        file.write(_SEAL.seal(MAGICS[0], 4, 0, further.pack()))
    as_it_should, otherwise = (Nor(24, b"".join(blocks)) for blocks in nor.firm())
    assert on(as_it_should, _SEAL) == _left(intent=(1, 4), state=pendings.SENT, unsettled={_OPEN, (1, 4)})
    assert on(otherwise, _SEAL) == _left()
    assert on(nor, _SEAL) == _left(**_NO_INTENT)
    assert depends(nor, _SEAL, (1, 4)) and not depends(nor, _SEAL, _OPEN) and not depends(nor, _SEAL, _APPROVED)
    assert not depends(_without(), _SEAL, _OPEN)


@pytest.mark.parametrize(
    ("key", "left", "known"),
    [
        (_SENT, Left(records=frozenset({_SENT})), True),
        (_SENT, Left(newest=_SENT), True),
        (_SENT, Left(intent=_SENT, marked=_SENT, unsettled=frozenset({_SENT})), True),
        (_SENT, Left(intent=_SENT, marked=_SENT), False),  # one that is settled, and its record is gone: nobody knows how
        (_SENT, Left(frozenset({_OTHER}), _OTHER, _OTHER, _OTHER, 1, frozenset({_OTHER})), False),
    ],
)
def test_what_is_known_of_a_payment(key: "tuple[int, int]", left: Left, known: bool) -> None:
    assert left.knows(key) is known


@pytest.mark.parametrize(
    ("other", "common"),
    [
        ({}, {}),
        ({"records": {_APPROVED, _OPEN}}, {"records": {_APPROVED}}),
        ({"newest": _APPROVED}, {"newest": None}),
        ({"marked": _APPROVED}, {"marked": None}),
        ({"intent": _APPROVED}, {"intent": None, "state": 0}),
        ({"state": pendings.SENT}, {"state": pendings.SENT}),
        ({"unsettled": {_DECLINED}}, {"unsettled": set()}),
        ({"batch": 1, "taken": 16}, {"batch": 0, "taken": 0}),
    ],
    ids=lambda row: "".join(row) or "nothing",
)
def test_common_is_what_stands_in_both(other: "dict[str, Any]", common: "dict[str, Any]") -> None:
    whole, differing = _left(), _left(**other)
    assert whole.common(differing) == differing.common(whole) == _left(**common)
