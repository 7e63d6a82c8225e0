"""GET PROCESSING OPTIONS, the file locator and its records at their borders."""

from emv_cards import MASTERCARD, OK, PPSE, ScriptCard, card_read, chip_answers, ends, fci, ppse, select, tap, tlv, where
from expect import hexed, raises, run, unhex

from cards import reasons
from taptill.core.emv import outcome, records
from taptill.core.errors import TlvError


def _options(answer: str, pdol: str = ""):
    read = card_read({0x9F38: pdol} if pdol else {}, t9F37="01020304")
    card = ScriptCard({"80A8": unhex(answer)})
    run(records.get_processing_options(card, read))
    return read, card


def test_both_forms_of_the_answer():
    read, card = _options("8006" + "1980" + "08010100" + "9000", "9F3704")
    assert (read.aip, read.afl, hexed(read.tags[0x82])) == ("1980", "08010100", "1980")
    assert card.sent == ["80A80000" + "06" + "8304" + "01020304" + "00"]
    read, card = _options("770E" + "82021980" + "940808010100" + "10010100" + "9000")
    assert (read.aip, read.afl) == ("1980", "0801010010010100") and card.sent == ["80A80000" + "02" + "8300" + "00"]
    read, _ = _options("7707" + "82021980" + "9F2600" + "9000")  # nothing to read: the cryptogram is there
    assert (read.aip, read.afl) == ("1980", "")
    for answer in ("8002" + "1980", "7704" + "82021980"):
        read, _ = _options(answer + "9000")
        assert (read.aip, read.afl) == ("1980", "")
    assert ends(_options, "7706" + "940408010100" + "9000") == (outcome.NOT_ACCEPTED, outcome.DATA_MISSING, "82")
    for answer, named, at in (
        ("800119", "80", 2),
        ("", "77", 0),
        ("0000", "77", 0),
        ("7000", "77", 0),
        ("7703820119", "82", -1),
    ):
        error = raises(TlvError, _options, answer + "9000")
        assert (error.where, error.offset) == (named, at), answer
    assert ends(_options, "6984") == (outcome.OTHER_INTERFACE, outcome.CONDITIONS, "GPO: 6984")
    assert ends(_options, "6985") == (outcome.NOT_ACCEPTED, outcome.CONDITIONS, "GPO: 6985")


def test_a_command_carries_255_bytes():
    _, card = _options("8006" + "1980" + "08010100" + "9000", "9F37FC")
    assert card.sent[0].startswith("80A80000FF8381FC01020304")
    assert where(_options, "9000", "9F37FD") == "9F38"


def test_the_file_locator_at_its_borders():
    for afl, places in (
        ("", []),
        ("08010100", [(1, 1)]),
        ("F0FEFF00", [(30, 254), (30, 255)]),
        ("08010200" + "10030300", [(1, 1), (1, 2), (2, 3)]),
        ("08012000", [(1, number) for number in range(1, 33)]),
        ("08011F00" + "10050500", [(1, number) for number in range(1, 32)] + [(2, 5)]),
    ):
        assert records.locations(unhex(afl)) == places, afl
    for afl, at in (
        ("080101", 0),
        ("0801010008", 4),
        ("080101000801", 4),
        ("08010100" + "00010100", 4),
        ("08010100" + "F8010100", 4),
        ("09010100", 0),
        ("0C010100", 0),
        ("08000100", 1),
        ("08010100" + "08020100", 5),
        ("08012100", 0),
        ("08012000" + "10010100", 4),
        ("08011F00" + "10010200", 4),
    ):
        error = raises(TlvError, records.locations, unhex(afl))
        assert (error.where, error.offset) == ("94", at), afl


def _taken(record: str, sfi: int = 1, tags=None) -> dict:
    found = dict(tags or {})
    records.take_record(unhex(record), sfi, found, set())
    return found


def test_records_and_the_length_that_some_cards_give():
    assert _taken("7005" + "9F36020001") == {0x9F36: b"\x00\x01"}
    assert _taken("7000") == {} and _taken("700000") == {}
    assert _taken("7005" + "9F36020001", 1, {0x9F36: b"\xff"}) == {0x9F36: b"\xff"}  # the first stays
    for size in (0x80, 0x81, 0x82, 0xF0):
        body = "9F0781%02X" % (size - 4) if size - 3 > 127 else "9F07%02X" % (size - 3)
        body += "AB" * (size - len(body) // 2)
        # One plain byte above 7F, exactly what follows.
        assert _taken("70%02X" % size + body, 1, {0x9F07: b"\x01"}) == {0x9F07: b"\x01"}
        value = _taken("70%02X" % size + body)[0x9F07]
        assert value == b"\xab" * len(value) and len(value) in (size - 3, size - 4)
    for size, head in ((0x84, "7081%02X"), (0x84, "708200%02X"), (0xF0, "7081%02X")):
        body = "9F0781%02X" % (size - 4) + "CD" * (size - 4)
        assert _taken(head % size + body) == {0x9F07: b"\xcd" * (size - 4)}
    for bad in ("", "7105" + "9F36020001", "9F36020001"):
        for sfi in (1, 10):
            error = raises(TlvError, _taken, bad, sfi)
            assert (error.where, error.offset) == ("70", 0)
        assert _taken(bad, 11) == {}
    assert where(_taken, "7006" + "9F36020001", 30) == "70" and where(_taken, "7081") == "70" and where(_taken, "7080") == "70"


def test_a_plain_length_that_could_be_read_as_a_long_one():
    # 81 xx and 82 xx xx behind 70 that are both the plain length and the beginning of a long one are read as the long one.
    long_form = "7081" + "%02X" % 0x80 + "9F07" + "7D" + "EE" * 0x7D
    assert _taken(long_form) == {0x9F07: b"\xee" * 0x7D}
    plain = "7081" + "9F07" + "7E" + "EE" * 0x7E
    assert _taken(plain) == {0x9F07: b"\xee" * 0x7E}
    plain = "7082" + "9F07" + "7F" + "EE" * 0x7F
    assert _taken(plain) == {0x9F07: b"\xee" * 0x7F}


def test_a_bad_record_does_not_stop_the_reading_and_the_first_is_told():
    answers = chip_answers()
    answers["80A8"] = tlv(0x77, tlv(0x82, "1980"), tlv(0x94, "08010300")) + OK
    answers["00B2020C00"] = "6A83"
    answers["00B2030C00"] = "7000" + "9000"
    card = ScriptCard(answers)
    read = tap(card)
    assert (read.reason, read.detail, read.pan) == (outcome.RECORD_MISSING, "record 1.2: 6A83", "5413330089600044")
    assert card.count("00B2") == 3
    answers["00B2030C00"] = "71009000"
    assert tap(ScriptCard(answers)).detail == "record 1.2: 6A83"
    answers["00B2020C00"] = "71009000"
    assert tap(ScriptCard(answers)).detail.startswith("record 1.2: 70: is missing")
    answers["00B2020C00"] = tlv(0x70, tlv(0x5A, "1111222233334444")) + OK
    read = tap(ScriptCard(answers))
    assert (read.reason, read.detail) == (outcome.DATA_INCONSISTENT, "5A comes twice")


def test_the_refusal_that_says_most_is_told():
    other = "A0000000043060"
    answers = chip_answers()
    del answers["80A8"]
    answers[PPSE] = ppse((MASTERCARD, 1), (other, 2))
    for first, second, told in (
        ("6A82", "6985", "SELECT " + other + ": 6985"),
        ("6985", "6A82", "SELECT " + MASTERCARD + ": 6985"),
        ("6985", "6283", "SELECT " + MASTERCARD + ": 6985"),
        ("6A82", "6A82", "SELECT " + MASTERCARD + ": 6A82"),
    ):
        answers[select(MASTERCARD)], answers[select(other)] = first, second
        read = tap(ScriptCard(answers))
        assert read.detail == told and read.candidates == [MASTERCARD, other]
    answers[select(MASTERCARD)], answers[select(other)] = "6986", fci(other)
    read = tap(ScriptCard(answers))
    assert (read.outcome, read.candidates) == (outcome.TRY_AGAIN, [MASTERCARD])


def test_words_for_logs():
    names = ["", "online", "declined", "try again", "other interface", "not accepted"]
    assert [reasons.outcome_text(number) for number in range(6)] == names
    seen = [reasons.reason_text(number) for number in range(17)]
    assert seen[0] == "" and len(set(seen)) == 17
    assert reasons.reason_text(outcome.LIMIT) == "contactless limit reached" and reasons.reason_text(0, "x") == ""
    assert reasons.reason_text(outcome.BAD_STATUS, "GPO: 6F00") == "unexpected status word: GPO: 6F00"


def test_a_long_form_of_two_bytes_that_could_be_a_plain_length():
    long_form = "7082" + "0080" + "9F07" + "7D" + "EE" * 0x7D
    assert _taken(long_form) == {0x9F07: b"\xee" * 0x7D}
