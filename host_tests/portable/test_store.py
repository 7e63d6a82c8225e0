"""The store on its folder: names, sizes, borders, and what it does with files that are not as they should be."""

import binascii
import struct

from expect import raises, run
from stage import Stage, of_earlier_firmware

from taptill.core.errors import PendingDamaged, SealBroken
from taptill.core.journal import pending
from taptill.core.journal import record as records
from taptill.flows import errands, result, reversal, sale
from taptill.ports import StoreError


def _record(stan: int = 1):
    return records.Record(22, records.DECLINED, 1, stan, 5)


def _packed(seq: int) -> bytes:
    record = _record()
    record.seq = seq
    return record.pack()


class _Long:
    """The bytes of a journal file with the records 1 to `count`, then `more`; made when they are read, for a small heap."""

    def __init__(self, count: int, more: bytes = b""):
        self._count, self._more = count, more

    def __len__(self) -> int:
        return self._count * 80 + len(self._more)

    def __getitem__(self, part) -> bytes:
        at = part.start // 80
        return _packed(at + 1) if at < self._count else self._more[part.start - self._count * 80 :][: part.stop - part.start]

    def __add__(self, data: bytes):
        return _Long(self._count, self._more + data)


def _intent(stan: int):
    one = pending.Pending()
    one.kind, one.batch, one.stan, one.amount, one.pan, one.entry = 22, 1, stan, 5, "4761739001010010", "072"
    one.currency, one.terminal, one.merchant = "156", "12345678", "123456789012345"
    return one


def _with(**files):
    """A stage whose flash holds these files, `journal_000` meaning journal.000; a counter when there is none."""
    stage = Stage()
    stage.content["counter"] = _counter(1, 16)
    for name in files:
        stage.content[name.replace("_", ".")] = files[name]
    return stage.again()


def _counter(batch: int, reserved: int, revision: int = -1) -> bytes:
    """With a revision as it is written, without one as earlier firmware did."""
    data = struct.pack("<II", batch, reserved) + (struct.pack("<I", revision) if revision >= 0 else b"")
    return data + struct.pack("<I", binascii.crc32(data))


def test_trace_numbers_come_in_sixteens():
    stage = Stage()
    assert stage.store.next_stan() == 1 and stage.content["counter"] == _counter(1, 16, 1)
    assert sorted(stage.content) == ["beside/marks", "counter"]
    for stan in range(2, 17):
        assert stage.store.next_stan() == stan
    assert stage.disk.writes == 3  # the marks come first, once
    assert stage.store.next_stan() == 17 and stage.content["counter"] == _counter(1, 32, 2) and stage.disk.writes == 5
    assert stage.again().store.next_stan() == 33


def test_the_last_trace_number_of_a_batch():
    stage = Stage()
    stage.content["counter"] = _counter(7, 999990)
    again = stage.again()
    assert [again.store.next_stan() for _ in range(9)] == list(range(999991, 1000000))
    assert stage.content["counter"] == _counter(7, 999999, 1)
    assert "used up" in str(raises(StoreError, again.store.next_stan))
    again.store.set_batch(7)  # the same batch brings no new numbers
    raises(StoreError, again.store.next_stan)
    again.store.set_batch(8)
    assert stage.content["counter"] == _counter(8, 0, 2) and again.store.next_stan() == 1 and again.store.batch() == 8


def test_the_last_numbers_of_a_batch_are_for_what_is_open_and_for_the_sign_on():
    """Else a reversal that the host refuses could never be asked about, and no sign-on would bring another batch."""
    stage = Stage()
    stage.content["counter"] = _counter(1, 994999)
    stage = stage.again()
    stage.bank.faults = ["booked 96", "code 12", "code 12"]
    assert run(sale.sale(stage.t, 100)).end == result.UNKNOWN and stage.store.pending().stan == 995000
    stage = stage.again()
    assert stage.store.next_stan() > 995000 and not stage.store.room()
    assert run(reversal.settle_pending(stage.t)).end == result.REVERSED
    asked = len(stage.bank.requests)
    assert run(sale.sale(stage.t, 100)).why == result.JOURNAL_FULL and len(stage.bank.requests) == asked
    assert run(errands.sign_on(stage.t)).end == result.DONE and not stage.store.room()
    stage.store.set_batch(2)
    assert run(sale.sale(stage.t, 100)).end == result.APPROVED and stage.store.last().stan == 1


def test_a_new_batch_goes_on_with_the_numbers():
    stage = Stage()
    stage.store.next_stan()
    stage.store.set_batch(1)
    assert stage.disk.writes == 3
    stage.store.set_batch(2)
    assert stage.content["counter"] == _counter(2, 16, 2) and stage.store.next_stan() == 2
    stage.store.save_pending(_intent(2))
    assert "pending" in str(raises(StoreError, stage.store.set_batch, 3)) and stage.store.batch() == 2


def test_one_intent_at_a_time_in_one_file_with_number_and_revision():
    stage = Stage()
    one = _intent(5)
    assert stage.store.pending() is None and stage.store.remains() is None and stage.store.last() is None
    stage.store.save_pending(one)
    assert one.seq == 1 and stage.store.pending() is one and list(stage.content) == ["pending", "beside/marks"]
    assert stage.content["pending"][:6] == bytes((0x51, 0, 0, 0, 0, 1))
    stage.store.save_pending(one)
    assert one.seq == 1 and stage.content["pending"][:6] == bytes((0x51, 1, 0, 0, 0, 1))
    assert "another" in str(raises(StoreError, stage.store.save_pending, _intent(6)))
    record = _record(5)
    stage.store.append(record)
    assert record.seq == 1 and stage.store.pending() is None and stage.store.last() is record
    other = _intent(6)
    stage.store.save_pending(other)
    assert other.seq == 2 and stage.content["pending"][:6] == bytes((0x51, 2, 0, 0, 0, 2))
    stage.content["counter"] = _counter(1, 16)
    again = stage.again()
    back = again.store.pending()
    assert (back.stan, back.seq) == (6, 2)
    again.store.save_pending(back)
    assert again.content["pending"][1] == 3  # the revision goes on after a start


def test_a_refused_intent_is_not_open_but_its_number_is_used():
    stage = Stage()
    stage.disk.refuse = "pending"
    one = _intent(5)
    raises(StoreError, stage.store.save_pending, one)
    assert one.seq == 1 and stage.store.pending() is None


def _with_both_intents(older: str, newer: str, batch: int = 1):
    """Flash after trace 5 was refused and its number went to trace 6: `older` and `newer` name which of them each file has."""
    stages = {}
    for name, stan, of in ("5", 5, 1), ("6", 6, batch):
        stage = stages[name] = Stage()
        stage.store.next_stan()
        if of != 1:
            stage.store.set_batch(of)
        one = _intent(stan)
        one.batch = of
        stage.store.save_pending(one)
    stage = stages[newer]
    stage.content["pending"] = stages[older].content["pending"]
    return stage.again().store


def test_of_two_intents_under_one_number_the_marks_know_which_is_later():
    for batch in 1, 2:
        back = _with_both_intents(older="5", newer="6", batch=batch)
        assert back.pending().stan == 6 and back.pending().trust == pending.LOST and back.lost == ["pending"]


def test_an_intent_that_the_marks_do_not_know_yet_is_the_later_one():
    """The power failed before the marks of it: nothing was sent on it, and nothing of the one before is missing."""
    back = _with_both_intents(older="6", newer="5")
    assert back.pending().stan == 6 and back.pending().state == pending.SENT and not back.lost
    assert back.pending().trust == pending.WHOLE


def test_what_the_marks_say_of_another_payment_under_its_number_is_not_said_of_an_intent():
    stage = Stage()
    one, other = _intent(5), _intent(6)
    stage.store.save_pending(one)
    one.state = pending.ASKING
    stage.store.save_pending(one)
    fresh = Stage()
    fresh.store.save_pending(other)
    stage.content["pending"] = fresh.content["pending"]
    assert stage.again().store.pending().state == pending.SENT


def test_a_refused_outcome_makes_the_next_note_count_more():
    stage = Stage()
    one = _intent(5)
    stage.store.save_pending(one)
    stage.disk.refuse = "journal"
    raises(StoreError, stage.store.append, _record(5))
    assert stage.store.pending() is one and stage.store.last() is None
    stage.disk.refuse = ""
    stage.store.save_pending(one)
    assert one.seq == 2
    stage.store.save_pending(one)
    assert one.seq == 2  # only once
    record = _record(5)
    stage.store.append(record)
    assert record.seq == 2 and stage.store.pending() is None


def test_256_records_a_file_and_64_files():
    stage = _with(journal_000=_Long(255))
    assert stage.store.last().seq == 255
    for seq in (256, 257):
        record = _record()
        stage.store.append(record)
        assert record.seq == seq
    assert (stage.store._journal._file, stage.store._journal._count) == (1, 1)
    assert len(stage.content["journal.000"]) == 256 * 80 and len(stage.content["journal.001"]) == 80
    seqs = 0
    for record in stage.store.records():
        seqs += 1
        assert record.seq == seqs
    assert seqs == 257
    again = stage.again()
    assert again.store.last().seq == 257
    again.store.append(_record())
    assert len(stage.content["journal.001"]) == 160


def test_a_journal_that_goes_back_in_the_middle_of_a_life_is_noticed_before_the_next_record():
    """A bad bit sets its file back; what comes then would stand where the others were, and nobody would miss them."""
    for lost in (1, 2):
        stage = Stage()
        for stan in (1, 2, 3):
            stage.store.append(_record(stan))
        stage.content["journal.000"] = bytes(stage.content["journal.000"])[: -80 * lost]
        stage.store.append(_record(4))
        # The newest is known, and put back; that there were more is told.
        assert [record.stan for record in stage.store.records()] == ([1, 2, 3, 4] if lost == 1 else [1, 3, 4])
        assert ("journal" in stage.store.lost) == (lost == 2)
        again = stage.again()
        assert again.store.last().stan == 4 and again.store.last().seq == 4
        # … by every start, too: the power may have failed before the first telling.
        assert ("journal" in again.store.lost) == (lost == 2)


def test_a_first_record_that_cannot_be_read_is_no_gap_and_named_where_the_journal_is_read():
    stage = Stage()
    for stan in (1, 2, 3):
        stage.store.append(_record(stan))
    stage.content["journal.000"] = b"\xff" + bytes(stage.content["journal.000"])[1:]
    again = stage.again()
    assert "journal" not in again.store.lost and again.store.last().stan == 3
    assert [record.stan for record in again.store.records()][1:] == [2, 3]


def test_a_number_that_an_append_in_doubt_has_left_out_is_no_record_that_is_missing():
    """Nothing of the approval came onto flash, nobody knows, and its reversal has the number behind."""
    stage = Stage()
    assert run(sale.sale(stage.t, 300)).end == result.APPROVED
    journal = stage.store._journal
    append = journal.append

    def no_memory(record, seq):
        journal.append = append
        raise MemoryError

    journal.append = no_memory
    raises(MemoryError, run, sale.sale(stage.t, 1250))
    assert run(reversal.settle_pending(stage.t)).end == result.REVERSED
    again = stage.again()
    assert again.store.lost == [] and [record.seq for record in again.store.records()] == [1, 3]
    del again.content["journal.000"]
    again.content["journal.000"] = again.store.last().pack()  # now one is missing
    assert "journal" in again.again().store.lost


def test_a_journal_that_goes_back_in_the_middle_of_an_append_is_told():
    """A read tells a wrong bit, LittleFS goes on from an older moment and writes that down: a record replaces another."""
    stage = Stage()
    for stan in (1, 2, 3):
        stage.store.append(_record(stan))
    append = stage.disk.append

    def set_back(name: str, data) -> int:
        stage.content[name] = bytes(stage.content[name])[:-80]
        return append(name, data)

    stage.disk.append = set_back
    stage.store.append(_record(4))
    stage.disk.append = append
    assert "journal" in stage.store.lost
    stage.store.append(_record(5))  # nothing is put back twice
    assert [record.stan for record in stage.store.records()] == [1, 2, 4, 5]
    assert stage.again().store.last().seq == 5


def test_a_journal_whose_only_record_is_not_the_first_is_told():
    for number in 1, 2, 3:
        assert ("journal" in _with(journal_000=_packed(number)).store.lost) == (number > 1)
    assert "journal" not in _with(journal_000=_Long(256), journal_001=_packed(257)).store.lost


def test_a_record_that_was_put_back_though_it_was_there_is_told_once():
    stage = Stage()
    stage.store.append(_record(1))
    stage.store.append(_record(2))
    stage.content["journal.000"] += bytes(stage.content["journal.000"])[-80:]
    stage = stage.again()
    stage.store.append(_record(3))
    assert [(record.stan, record.seq) for record in stage.store.records()] == [(1, 1), (2, 2), (3, 3)]


def test_another_end_under_the_same_number_is_told_too():
    """What flash was said to have refused may be there, and a supervisor took the payment over meanwhile."""
    manual = records.Record(22, records.MANUAL, 1, 1, 5)
    manual.seq = 1
    stage = _with(journal_000=_packed(1) + manual.pack())
    assert [record.state for record in stage.store.records()] == [records.DECLINED, records.MANUAL]
    assert stage.store.last().state == records.MANUAL


def test_the_last_places_are_for_what_is_open():
    for count, room in ((239, True), (240, False), (255, False)):
        stage = _with(journal_063=_Long(count))
        assert stage.store.room() is room, count
    stage.store.append(_record())
    assert len(stage.content["journal.063"]) == 256 * 80
    assert "taken" in str(raises(StoreError, stage.store.append, _record()))
    assert sorted(stage.content) == ["beside/marks", "counter", "journal.063"]
    stage = _with(journal_062=_Long(256))
    assert stage.store.room()
    assert not _with(journal_064=_packed(1)).store.room()


def test_the_newest_file_counts_and_foreign_names_do_not():
    stage = _with(journal_000=_packed(1), journal_002=_packed(9), journal_xyz=b"x", journal=b"y")
    assert stage.store.last().seq == 9
    stage.store.append(_record())
    assert stage.store.last().seq == 10 and len(stage.content["journal.002"]) == 160
    stage = _with(journal_000=_packed(4), journal_001=b"", journal_002=b"")  # cut before their first record
    assert stage.store.last().seq == 4
    stage.store.append(_record())
    assert stage.store.last().seq == 5 and len(stage.content["journal.002"]) == 80


def test_one_empty_file_behind_a_full_one():
    stage = _with(journal_000=_packed(4), journal_001=b"")
    assert stage.store.last().seq == 4
    stage.store.append(_record())
    assert stage.store.last().seq == 5 and len(stage.content["journal.001"]) == 80


def test_the_folder_is_made_and_a_byte_of_an_intent_counts():
    stage = Stage()
    made = []
    stage.disk.ensure = lambda: made.append(1)
    stage.store.open()
    assert made == [1]
    stage.content["pending"] = b"\x51"
    assert stage.again().store.lost == ["marks", "counter"]  # without either nobody knows of what firmware it is


def test_a_foreign_tail_is_left_alone():
    stage = _with(journal_000=_packed(1) + b"tail")
    assert stage.store.last().seq == 1
    stage.store.append(_record())
    assert stage.content["journal.000"] == _packed(1) + b"tail" and len(stage.content["journal.001"]) == 80
    assert [record.seq for record in stage.store.records() if not record.place] == [1, 2]


def test_f_m12_one_unreadable_record_is_named_and_the_others_are_shown():
    """F-M12: one bit of an older record.  Not in the row: a tail that is no record, and a whole file that is not there."""
    bad = bytearray(_packed(1) + _packed(2) + _packed(3))
    bad[81] ^= 1
    stage = _with(journal_000=bytes(bad) + b"tail", journal_002=_packed(9))
    found = list(stage.store.records())
    assert [record.seq for record in found] == [1, 0, 3, 0, 0, 9]
    unreadable = [record for record in found if record.state == records.UNREADABLE]
    assert [record.place for record in unreadable] == [
        "journal.000 record 1: journal: CRC is wrong",
        "journal.000: 4 bytes at its end are no record",
        "journal.001: missing",
    ]
    assert [record.place for record in found if record.state != records.UNREADABLE] == ["", "", ""]


def test_f_m12_a_block_that_cannot_be_read_costs_its_record_alone():
    """F-M12: not in the row: flash answers with an error instead of wrong bytes."""
    stage = _with(journal_000=_packed(1) + _packed(2) + _packed(3))
    part = stage.disk.part

    def broken(name, start, count):
        if start == 80:
            raise StoreError(name + ": cannot be read, error 5")
        return part(name, start, count)

    stage.disk.part = broken
    assert [(record.seq, record.place) for record in stage.store.records()] == [
        (1, ""), (0, "journal.000: cannot be read, error 5"), (3, "")]  # fmt: skip


def test_a_damaged_intent_is_kept_under_another_name():
    stage = Stage()
    stage.store.next_stan()
    stage.store.save_pending(_intent(1))
    stage.content["pending"] = b"\x52" + stage.content["pending"][1:]
    of_earlier_firmware(stage.content)
    again = stage.again()
    assert "pending: " in str(raises(PendingDamaged, again.store.pending))
    assert again.store.remains().stan == 1
    raises(PendingDamaged, again.store.save_pending, _intent(2))
    record = _record()
    again.store.set_aside(record)
    assert record.seq == 1 and "damaged.001" in stage.content and "pending" not in stage.content
    assert again.store.pending() is None and again.store.remains() is None and again.store.last() is record
    stage.content["pending"] = b"\x51" * 3
    del stage.content["damaged.001"]
    of_earlier_firmware(stage.content)
    third = stage.again()
    raises(PendingDamaged, third.store.pending)
    assert third.store.remains() is None
    third.store._journal.seq = 1000
    third.store.set_aside(_record())
    assert "damaged.001" in stage.content and third.store.last().seq == 1001
    stage.content["pending"] = b""
    assert stage.again().store.pending() is None


def test_an_intent_of_the_first_version_is_opened_by_its_magic():
    stage = Stage()
    layout = struct.pack(pending._LAYOUT_1, 1 << 20 | 7, 0, 0, 5, 22, 1 << 4, 0, 0, b"\x11" * 8 + b"\xff" * 2,
                         b"\x24\x07", b"\x07\x2f", b"\xff\xff", b"\x15\x6f", bytes(5), b"\x00\x01", b"", 0, 0, b"12345678",
                         b"123456789012345",
                         0)  # fmt: skip
    stage.content["pending"] = stage.store._intent._seal.seal(0x50, 1, 6, layout)
    stage.content["counter"] = _counter(1, 16)
    again = stage.again()

    def broken(magic, sealed):
        raise SealBroken("sealed file: another key")

    intent = again.store._intent
    intent._seal.open = broken
    for sealed in (stage.content["pending"], intent._seal.seal(0x51, 1, 6, _intent(7).pack())):
        stage.content["pending"], kept = sealed, stage.content["pending"]
        intent.open()
        assert (again.store.remains().stan, again.store.remains().seq) == (7, 1)
        stage.content["pending"] = kept
    again = stage.again()
    back = again.store.pending()
    assert (back.stan, back.batch, back.amount, back.seq) == (7, 1, 5, 1)
    again.store.save_pending(back)
    assert stage.content["pending"][:2] == bytes((0x51, 7))
