"""F-M5: the end of a payment that nobody has seen is known after a restart, whatever end it is and wherever the power was cut."""

import binascii
import struct

from expect import raises, run
from stage import PowerCut, Stage
from unsettled import sell

from taptill.core.journal import record as records
from taptill.flows import result, reversal, void
from taptill.ports import StoreError


def _end(faults, act=None):
    """A stage on which a sale ended so, after its power came back."""
    stage = Stage()
    stage.bank.faults = list(faults)
    outcome = sell(stage)
    if act:
        outcome = act(stage)
    return stage.again(), outcome


def _voided(stage):
    stage.store.note_seen()
    return run(void.void(stage.t, 1))


def test_f_m5_every_end_is_told_again_as_it_was_told():
    """F-M5: approved; further: in part, declined, reversed, never seen, not approved, not sent, voided, on the manual list."""
    for faults, act, end, money in (
        ([], None, result.APPROVED, result.TAKEN),
        (["part 700"], None, result.PARTIAL, result.TAKEN),
        (["code 51"], None, result.DECLINED, result.NOT_TAKEN),
        (["silent"], None, result.REVERSED, result.NOT_TAKEN),
        (["lost"], None, result.REVERSED, result.NOT_TAKEN),
        (["declined"], None, result.REVERSED, result.NOT_TAKEN),
        (["unsent"], None, result.NOT_SENT, result.NOT_TAKEN),
        ([], _voided, result.APPROVED, result.TAKEN),
        (["silent", "lost", "lost"], lambda s: reversal.move_to_manual(s.t, 1), result.MANUAL, result.MONEY_UNKNOWN),
    ):
        stage, outcome = _end(faults, act)
        told = result.again(stage.store.unseen())
        assert told.earlier and not outcome.earlier and (told.end, told.money) == (outcome.end, outcome.money) == (end, money), (
            faults
        )
        for name in ("kind", "amount", "asked", "stan", "pan", "f39", "why", "auth", "rrn", "cvm"):
            assert getattr(told, name) == getattr(outcome, name), (faults, name)
        stage.store.note_seen()
        assert stage.store.unseen() is None and stage.again().store.unseen() is None


def test_f_m5_what_is_still_open_tells_itself():
    """F-M5: an open reversal has a screen of its own; what ended before it has been seen by whoever went on."""
    stage, outcome = _end(["silent", "lost", "lost"])
    assert outcome.end == result.UNKNOWN and stage.store.unseen() is None
    assert run(reversal.recover(stage.t)).end == result.REVERSED
    assert stage.again().store.unseen().state == records.REVERSED


def test_f_m5_noting_it_survives_a_cut_at_every_step():
    """F-M5: either it is said once more or it has been seen, and the journal is as it was."""
    said = []
    for at in range(1, 10):
        stage, _ = _end([])
        stage = stage.again(at)
        try:
            stage.store.note_seen()
        except PowerCut:
            again = stage.again()
            said.append(again.store.unseen() is not None)
            assert again.journaled() == again.bank.debited() == 1250 and again.store.pending() is None
            continue
        break
    assert said == [True, False]


def test_f_m5_nothing_is_written_twice_and_the_next_end_is_unseen_again():
    stage = Stage()
    assert stage.store.unseen() is None
    stage.store.note_seen()
    assert "seen" not in stage.content
    for number in (1, 2):
        sell(stage)
        assert stage.store.unseen().stan == number
        stage.store.note_seen()
        writes = stage.disk.writes
        stage.store.note_seen()
        assert stage.disk.writes == writes
    packed = struct.pack("<I", 2)
    assert stage.content["seen"] == packed + struct.pack("<I", binascii.crc32(packed))


def test_f_m5_a_mark_that_is_lost_or_damaged_shows_it_once_more():
    """F-M5: rather twice than never; flash that refuses the mark says so."""
    for content in (None, b"", b"\x02\0\0\0", b"\x01\0\0\0\0\0\0\0", bytes(9)):
        stage, _ = _end([])
        stage.store.note_seen()
        if content is None:
            del stage.content["seen"]
        else:
            stage.content["seen"] = content
        assert stage.again().store.unseen().stan == 1, content
    stage, _ = _end([])
    stage.disk.refuse = "seen"
    raises(StoreError, stage.store.note_seen)
    assert stage.store.unseen() is not None


def test_a_record_that_tells_no_end_is_not_told():
    record = records.Record(22, 90, 1, 1, 5)
    assert result.again(record) is None


def test_f_m5_a_mark_of_a_journal_that_is_gone_hides_no_end():
    """F-M5, further: journal and marks are lost and numbers begin anew; what is newer than the mark says is not "seen"."""
    stage = Stage()
    for _ in range(2):
        sell(stage)
        stage.store.note_seen()
    del stage.content["journal.000"], stage.content["beside/marks"], stage.content["pending"]
    stage = stage.again()
    assert stage.store.unseen() is None
    sell(stage)
    told = stage.again().store.unseen()
    assert told and told.seq == 1 and told.state == records.APPROVED
