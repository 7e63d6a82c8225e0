"""The log on a real LittleFS: cut at every program and erase, whole and torn; a full flash, a refusing one; what it costs."""

import io
import os
import sys

sys.path.append("../../tools")
sys.path.append("../../firmware")

from boxed import Box

from chips import cut as cuts
from chips.flash import PowerCut
from taptill.adapters import logbook as adapter
from taptill.adapters.files import Folder
from taptill.adapters.logbook import LogFiles
from taptill.core import logbook, tally

_NOON = 840000000
_POWER_ON = 1


class _Box(Box):
    """With what is tried here; `again` mounts what survived.  A new one has the folder: test_folders.py tries its making."""

    def __init__(self, image=None, cause=_POWER_ON):
        super().__init__(image)
        folder = Folder("/box/log")
        if image is None:
            folder.own()
        self.log = LogFiles(folder, lambda: _NOON, lambda: self.flash.erases)
        self.log.open(cause)

    def again(self, cause=_POWER_ON):
        return _Box(self.image, cause)

    def texts(self):
        return [text for _, _, text in self.log.lines()]


def _written(count: int):
    """A log into which `count` lines were written, two at a time."""
    box = _Box()
    for number in range(0, count, 2):
        box.log.note(logbook.INFO, "line %d" % number)
        box.log.note(logbook.INFO, "line %d" % (number + 1))
        box.log.keep()
    return box


def test_lines_and_numbers_are_there_after_power_on():
    box = _written(6)
    box.log.tally.add(tally.TAPS, 3)
    box.log.keep()
    again = box.again()
    assert again.texts() == ["line %d" % number for number in range(6)]
    assert again.log.tally.values[tally.TAPS] == 3
    assert again.log.tally.values[tally.POWER_ON] == 2
    assert next(again.log.lines()) == (_NOON, logbook.INFO, "line 0")


def test_a_long_text_is_kept_whole():
    box = _Box()
    said = "detail: " + "the reader says that " * 7
    box.log.note(logbook.WARNING, said)
    box.log.note(logbook.INFO, "next")
    box.log.keep()
    texts = box.again().texts()
    assert texts[0] + "".join([text[1:] for text in texts[1:-1]]) == said and len(texts) == 4 and texts[-1] == "next"


def test_resets_are_counted_by_their_cause():
    box = _Box()
    for cause in (2, 2, 3, 4, 5, 0, 1):
        box.log.keep()
        box = box.again(cause)
    found = box.log.tally.values
    assert [found[place] for place in range(tally.POWER_ON, tally.OTHER_RESET + 1)] == [2, 2, 1, 1, 1, 1]


def test_the_ring_keeps_its_size():
    box = _written(400)
    texts = box.again().texts()
    assert 40 <= len(texts) <= 200 and texts[-1] == "line 399"
    assert texts == ["line %d" % number for number in range(400 - len(texts), 400)]
    names = sorted(entry[0] for entry in os.ilistdir("/box/log"))
    assert len(names) == adapter.SEGMENTS + 1
    assert all(os.stat("/box/log/" + name)[6] <= 128 for name in names)


def _act(box, done: list) -> None:
    """What is written meanwhile; `done` gets a line's text as soon as it is durable."""
    for turn in range(6):
        texts = ["turn %d" % turn, "and %d" % turn]
        for text in texts:
            box.log.note(logbook.INFO, text)
        box.log.tally.add(tally.TAPS)
        box.log.keep()
        if box.chip.dead:
            raise PowerCut()
        done += texts


def _campaign(before: int) -> int:
    image = _written(before).image.getvalue()
    box = _Box(io.BytesIO(image))
    start = box.cut.counts[cuts.WRITE]
    _act(box, [])
    writes = box.cut.counts[cuts.WRITE] - start
    old = _Box(io.BytesIO(image)).texts()
    points = 0
    for at in range(1, writes + 1):
        for how, part in ((cuts.BEFORE, 0), (cuts.TORN, 0.25), (cuts.TORN, 0.7), (cuts.AFTER, 0)):
            cut = _Box(io.BytesIO(image))
            done: "list[str]" = []
            cut.cut.arm(cuts.WRITE, at, how, part)
            try:
                _act(cut, done)
            except PowerCut:
                points += 1
            again = cut.again()
            found = again.texts()
            kept = [text for text in found if text not in old]
            assert kept[: len(done)] == done, (at, how, found, done)
            assert len(kept) <= len(done) + 2
            assert len(found) >= min(len(old), 40)
            taps = again.log.tally.values[tally.TAPS]
            assert len(done) // 2 <= taps <= len(done) // 2 + 1
            again.log.note(logbook.INFO, "goes on")
            again.log.keep()
            assert again.again().texts()[-1] == "goes on"
    return points


def test_cut_at_every_write_of_a_fresh_log():
    assert _campaign(0) > 30


def test_cut_at_every_write_of_a_used_log():
    # The ring goes round, and directory blocks are compacted.
    assert _campaign(126) > 30
    assert _campaign(160) > 30


def test_a_damaged_segment_is_skipped_and_a_lost_tally_is_found_again():
    box = _written(60)
    with open("/box/log/03", "rb") as file:
        raw = bytearray(file.read())
    raw[9] ^= 1
    with open("/box/log/03", "wb") as file:
        file.write(raw)
    some = box.again().texts()
    assert 0 < len(some) < 60 and some[-1] == "line 59"
    os.remove("/box/log/tally")
    without = box.again()
    assert without.texts() == some
    without.log.note(logbook.INFO, "next")
    without.log.keep()
    assert without.again().texts()[-2:] == ["line 59", "next"]


def test_a_full_flash_costs_lines_and_nothing_else():
    box = _Box()
    taken = 0
    while True:
        try:
            with open("/box/filler%d" % taken, "wb") as file:
                file.write(bytes(4096))
            taken += 1
        except OSError:
            break
    for turn in range(200):
        box.log.note(logbook.INFO, "turn %d %s" % (turn, "x" * 40))
        box.log.keep()
    assert box.log.tally.values[tally.DROPPED] + len(box.texts()) >= 20


class _Refusing(Folder):
    """A folder that takes nothing."""

    def _put(self, op, name, mode, data, times=1):
        from taptill.core.errors import StoreError

        raise StoreError("refused")


def test_a_refusing_flash_drops_and_counts():
    _Box()
    log = LogFiles(_Refusing("/box/log"), lambda: _NOON, lambda: 0)
    log.open(_POWER_ON)
    for turn in range(5):
        log.note(logbook.INFO, "turn %d" % turn)
    log.keep()
    assert log.tally.values[tally.DROPPED] == 5
    log.note_fault("fault ValueError", ["at nowhere"])
    log.fault_seen()
    assert log.fault == ""


def test_memory_for_lines_is_bounded_and_details_go_first():
    log = _Box().log
    log.note(logbook.WARNING, "matters")
    for number in range(100):
        log.note(logbook.DETAIL, "step %d" % number)
    texts = [text for _, _, text in log.lines()]
    assert len(texts) == 12 and texts[0] == "matters" and texts[-1] == "step 99"
    assert log.tally.values[tally.DROPPED] == 0
    log.forget_details()
    assert [text for _, _, text in log.lines()] == ["matters"]
    for number in range(100):
        log.note(logbook.INFO, "line %d" % number)
    assert log.tally.values[tally.DROPPED] == 89


def test_a_fault_is_known_at_the_next_start_until_it_was_seen():
    box = _Box()
    box.log.note(logbook.DETAIL, "what led to it")
    box.log.note_fault("fault ValueError", ["at app/shop.py:123 _idle", "at main.py:99 _run"])
    again = box.again(2)
    assert again.log.fault == "fault ValueError at app/shop.py:123 _idle"
    assert again.texts() == ["what led to it", "fault ValueError", "at app/shop.py:123 _idle", "at main.py:99 _run"]
    assert again.log.tally.values[tally.FAULTS] == 1
    assert again.again(2).log.fault
    again.log.fault_seen()
    assert again.log.fault == "" and again.again(2).log.fault == ""


def test_a_watchdog_that_bit_is_a_fault_too():
    box = _Box()
    box.log.keep()
    again = box.again(3)
    assert again.log.fault == "watchdog"
    again.log.fault_seen()
    again.log.keep()
    assert again.again(1).log.fault == ""


def test_erases_and_programs_of_keeping():
    box = _written(60)
    erases, programs = box.flash.erases, box.flash.programs
    for number in range(100):
        box.log.note(logbook.INFO, "sale %06d 1250 end 1 why 0 00" % number)
        box.log.tally.add(tally.TAPS)
        box.log.keep()
    erases, programs = box.flash.erases - erases, box.flash.programs - programs
    print("per write: %.2f erases, %.1f programs" % (erases / 100, programs / 100))
    assert erases <= 30


def test_nothing_new_nothing_written():
    box = _written(4)
    programs = box.flash.programs
    box.log.keep()
    box.log.rest()
    assert box.flash.programs == programs


def test_seldom_modules_are_let_go_of():
    from taptill.app.room import Room

    with Room():
        from taptill.core import qr

        assert "taptill.core.qr" in sys.modules and qr
    assert "taptill.core.qr" not in sys.modules and not hasattr(sys.modules["taptill.core"], "qr")
