"""Lines and segments of the log, and the tally: read back as written, and nothing damaged is believed."""

import struct

from taptill.core import logbook, tally


def _line(text, level=logbook.INFO, moment=800000000):
    return logbook.line(moment, level, text)


def test_a_segment_is_read_back():
    lines = [_line("start 0.1"), _line("sale 123 1250 end 6 why 12", logbook.WARNING), _line("", logbook.ERROR, 17)]
    number, found = logbook.unpack(logbook.pack(7, b"".join(lines)))
    assert number == 7
    assert list(logbook.lines(found)) == [
        (800000000, logbook.INFO, "start 0.1"),
        (800000000, logbook.WARNING, "sale 123 1250 end 6 why 12"),
        (17, logbook.ERROR, ""),
    ]
    assert [logbook.level_of(line) for line in lines] == [logbook.INFO, logbook.WARNING, logbook.ERROR]


def test_a_full_segment_is_inline():
    """LittleFS keeps files of up to 128 bytes in their directory."""
    assert len(logbook.pack(0xFFFFFFFF, bytes(logbook.ROOM))) == 128


def test_every_torn_or_changed_segment_is_noticed():
    whole = logbook.pack(3, _line("one") + _line("two"))
    assert logbook.unpack(None) is None and logbook.unpack(b"") is None
    for size in range(len(whole)):
        assert logbook.unpack(whole[:size]) is None, size
    for at in range(len(whole)):
        for bit in range(8):
            changed = bytearray(whole)
            changed[at] ^= 1 << bit
            assert logbook.unpack(changed) is None, (at, bit)


def test_a_text_keeps_no_long_row_of_digits():
    for said, kept in (
        ("PAN 4761739001010010 is no number", "PAN **************** is no number"),
        ("4761739001010010", "****************"),
        ("4761739001010010D2512", "****************D2512"),
        ("x476173900x12345678x", "x*********x12345678x"),
        ("sale 000123 99999999", "sale 000123 99999999"),
        ("l\u00ebngth \u56fd\n", "l?ngth ??"),
        ("y" * 90, "y" * logbook.LONGEST),
    ):
        assert logbook.clean(said) == kept


def test_a_number_that_is_cut_off_by_the_length_is_starred_too():
    said = "z" * (logbook.LONGEST - 12) + "4761739001010010"
    assert logbook.clean(said) == "z" * (logbook.LONGEST - 12) + "*" * 12


def test_a_text_is_not_cut_but_goes_on_in_further_lines():
    said = "network: router FAILED, why 62: router 192.168.178.1 answers no echo request; 192.168.178.20: no answer"
    lines = logbook.split(said)
    assert len(lines) == 2 and lines[0] == said[: logbook.LONGEST] and lines[1][0] == logbook.GOES_ON
    assert lines[0] + lines[1][1:] == said
    for size in (0, 1, logbook.LONGEST, logbook.LONGEST + 1, logbook.WHOLE):
        lines = logbook.split("y" * size)
        assert all(len(line) <= logbook.LONGEST for line in lines)
        assert lines[0] + "".join([line[1:] for line in lines[1:]]) == "y" * size
    assert len(logbook.split("y" * 1000)) == 3


def test_a_number_across_two_lines_is_starred_too():
    lines = logbook.split("z" * (logbook.LONGEST - 8) + "4761739001010010")
    assert lines == ["z" * (logbook.LONGEST - 8) + "*" * 8, logbook.GOES_ON + "*" * 8]


def test_the_tally_is_read_back_and_stays_within_128_bytes():
    mine = tally.Tally()
    for place in range(tally.COUNT):
        mine.add(place, place * 1000 + 1)
    packed = mine.pack()
    assert len(packed) <= 128
    other = tally.Tally()
    assert other.read(packed) and other.values == mine.values
    for size in range(len(packed)):
        assert not tally.Tally().read(packed[:size])
    for at in range(len(packed)):
        changed = bytearray(packed)
        changed[at] ^= 16
        assert not tally.Tally().read(changed), at


def test_a_shorter_and_a_longer_tally_are_read():
    """Of an earlier firmware, and of a later one whose firmware was put back."""
    import binascii

    for count in (5, tally.COUNT + 2):
        body = struct.pack("<BB%dI" % count, 0x43, count, *range(10, 10 + count))
        other = tally.Tally()
        assert other.read(body + struct.pack("<I", binascii.crc32(body)))
        known = min(count, tally.COUNT)
        assert other.values == list(range(10, 10 + known)) + [0] * (tally.COUNT - known)


def test_a_number_never_turns_over():
    mine = tally.Tally()
    mine.add(tally.TAPS, 0xFFFFFFFF)
    mine.add(tally.TAPS)
    assert mine.values[tally.TAPS] == 0xFFFFFFFF and tally.Tally().read(mine.pack())


def test_the_least_free_heap_counts():
    mine = tally.Tally()
    for free in (0, 50000, 40000, 60000):
        mine.weigh(free)
    assert mine.values[tally.LEAST_FREE] == 40000


def test_the_places_of_the_tally_never_change():
    """They are on flash."""
    names = (
        "SEGMENT DROPPED TAPS CARD_LOST NO_PAYMENT_CARD CARD_REFUSED READER APPROVED DECLINED NOT_SENT REVERSED_98 REVERSED_A0 "
        "REVERSED_96 REVERSED_06 MANUAL WIFI_DROPS ERASES POWER_ON HARD WATCHDOG DEEP_SLEEP SOFT OTHER_RESET FAULTS LEAST_FREE "
        "CHECKED_AT SIGNED_ON_AT COUNT"
    )
    assert [getattr(tally, name) for name in names.split()] == list(range(28))
