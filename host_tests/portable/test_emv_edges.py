"""Card data at the borders of what is taken: identity, status words, selection, objects; and what is said of the rest."""

from emv_cards import OK, VISA, ScriptCard, card_read, chip_answers, ends, fci, ppse, quick_answers, select, tap, tlv, where
from expect import hexed, raises, run, unhex

from taptill.core.emv import apdu, field55, identity, objects, outcome, selection, terminal
from taptill.core.emv.config import EmvConfig, EmvTxn
from taptill.core.errors import ConfigError, TlvError
from taptill.core.tlv import tag_text


def _identified(tags: dict):
    read = card_read(tags)
    identity.identify(read)
    return read


def test_a_card_number_has_8_to_19_digits():
    for pan in ("12345678", "1234567890123456789"):
        assert _identified({0x5A: pan + "F" * (len(pan) % 2)}).pan == pan
    for pan in ("1234567F", "12345678901234567890"):
        assert where(_identified, {0x5A: pan}) == "5A"
    assert where(_identified, {0x5A: "12345A78"}) == where(_identified, {0x5A: "FFFF"}) == "5A"
    assert where(_identified, {0x57: "1234567D3012"}) == "57"
    assert where(_identified, {0x57: "1234A678D3012F"}) == "57"


def test_expiry_and_sequence_number_have_their_lengths():
    read = _identified({0x5A: "1234567890", 0x5F24: "301231", 0x5F34: "07"})
    assert (read.expiry, read.psn, read.track2, read.track2_raw) == ("3012", "007", None, None)
    assert where(_identified, {0x5F24: "3012"}) == "5F24"
    assert where(_identified, {0x5F24: "30123A"}) == "5F24"
    assert where(_identified, {0x5F34: "0001"}) == "5F34"
    assert where(_identified, {0x5F34: "0A"}) == "5F34"


def test_track_2_at_its_borders():
    read = _identified({0x57: "12345678D3012F"})
    assert (read.pan, read.expiry, read.track2, read.track2_raw) == ("12345678", "3012", "12345678D3012", "12345678D3012F")
    longest = "1234567890123456D" + "30122010123409172999999"
    assert _identified({0x57: longest}).track2 == longest and len(longest) == 40
    for bad in (
        longest[:-1] + "00F",  # 41 signs
        "12345678D301F",
        "1234567830122010",
        "12345678D30D2F",
        "12345678D3012A",
        "12345678DFFF",
    ):
        assert where(_identified, {0x57: bad + "F" * (len(bad) % 2)}) == "57", bad
    assert where(_identified, {0x9F6B: "1234567830122010"}) == "9F6B"
    read = _identified({0x9F6B: "12345678D3012F"})
    assert (read.pan, read.expiry, read.track2) == ("12345678", "3012", None)


def test_track_1_at_its_borders():
    def track(text: str):
        return _identified({0x56: hexed(text.encode())})

    read = track("B12345678^A/B^3012")
    assert (read.pan, read.expiry) == ("12345678", "3012")
    assert track("B12345678^A/B^30122010?").expiry == "3012" and track("B12345678^A^3012X").expiry == "3012"
    for bad in ("A12345678^A/B^3012", "B12345678^3012", "B12345678^A/B^301", "B12345678^A/B^30a2", "B1234567^A/B^3012"):
        assert where(track, bad) == "56", bad
    assert where(_identified, {0x56: hexed(b"B1234567\x81^A/B^3012")}) == "56"
    assert _identified({0x56: hexed(b"B12345678^A\x80^3012")}).pan == "12345678"


def test_chip_data_go_before_track_data_and_both_must_agree():
    read = _identified({0x5A: "1234567890", 0x5F24: "301231", 0x57: "1234567890D31012"})
    assert (read.pan, read.expiry) == ("1234567890", "3012")
    assert ends(_identified, {0x5A: "1234567891", 0x57: "1234567890D31012"}) == (
        outcome.NOT_ACCEPTED,
        outcome.DATA_INCONSISTENT,
        "5A and 57 disagree",
    )
    read = card_read()
    assert ends(identity.require_identity, read) == (outcome.NOT_ACCEPTED, outcome.DATA_MISSING, "5A and 57")
    read.pan = "1"
    assert ends(identity.require_identity, read) == (outcome.NOT_ACCEPTED, outcome.DATA_MISSING, "5F24 and 57")


def test_commands_have_255_bytes_and_answers_two():
    card = ScriptCard({"00": b"\x90\x00"})
    answer, status = run(apdu.send(card, 0, 0xA4, 4, 1, bytes(255)))
    assert bytes(answer) == b"" and status == 0x9000
    assert card.sent == ["00A40401FF" + "00" * 255 + "00"]
    assert where(run, apdu.send(card, 0, 0xA4, 4, 0, bytes(256))) == "C-APDU"
    error = raises(TlvError, run, apdu.send(ScriptCard({"00": b"\x90"}), 0, 0xA4, 4, 0))
    assert (error.where, error.offset) == ("R-APDU", 0)
    for answers, wanted in ((["6C02"] * 7 + ["019000"], b"\x01"), (["01 6101"] * 7 + ["02 9000"], b"\x01" * 7 + b"\x02")):
        answer, status = run(apdu.send(ScriptCard({"00": list(answers)}), 0, 0xB0, 0, 0))
        assert bytes(answer) == wanted and status == 0x9000
        assert where(run, apdu.send(ScriptCard({"00": [answers[0]] * 9}), 0, 0xB0, 0, 0)) == "R-APDU"
    card = ScriptCard({"00": ["6C02", "6103", "019000"]})
    run(apdu.send(card, 0, 0xB0, 1, 2))
    assert card.sent == ["00B0010200", "00B0010202", "00C0000003"]


def test_status_words_of_a_selection():
    for status, wanted in (
        (0x6984, (outcome.OTHER_INTERFACE, outcome.CONDITIONS)),
        (0x6986, (outcome.TRY_AGAIN, outcome.LOOK_AT_PHONE)),
        (0x6985, (outcome.NOT_ACCEPTED, outcome.CONDITIONS)),
        (0x6283, (outcome.NOT_ACCEPTED, outcome.CARD_BLOCKED)),
        (0x6285, (outcome.NOT_ACCEPTED, outcome.CARD_BLOCKED)),
        (0x6A81, (outcome.NOT_ACCEPTED, outcome.CARD_BLOCKED)),
        (0x6A82, (outcome.NOT_ACCEPTED, outcome.NO_APPLICATION)),
        (0x6A83, (outcome.NOT_ACCEPTED, outcome.BAD_STATUS)),
    ):
        end = outcome.refusal("SELECT", status)
        assert (end.outcome, end.reason, end.detail) == wanted + ("SELECT: %04X" % status,)
        assert isinstance(end, outcome.Refused) is (status not in (0x6984, 0x6986))


def test_a_card_without_directory_is_asked_for_the_well_known_names_of_the_terminals_schemes():
    names = "A0000000031010 A0000000041010 A0000000043060 A000000333010101 A000000333010102 A000000333010103 A00000002501"
    names += " A0000000651010"
    card = ScriptCard({"": "6A82", "00A404000E": "6D00"})
    assert tap(card).reason == outcome.NO_APPLICATION
    assert [command[10:-2] for command in card.sent[1:]] == names.split()
    for status in ("6A82", "6985", "6986", "6283", "6285"):
        card = ScriptCard({"00A404000E": status})
        assert tap(card).detail == "SELECT PPSE: " + status and len(card.sent) == 1
    card = ScriptCard({"00A404000E": "6D00"})
    read = tap(card, aids=(("D999999999", "EMVCo test", "0001", 2),))
    assert (read.reason, read.detail, len(card.sent)) == (outcome.BAD_STATUS, "SELECT PPSE: 6D00", 1)


def test_names_of_5_to_16_bytes_and_ten_candidates():
    config = EmvConfig(aids=(("A0", "any", "0001", 2),))

    def listed(*entries):
        found = selection.listed(ppse(*entries)[:-2], config)
        return [(candidate.aid, candidate.priority) for candidate in found]

    assert listed(("A000000001", 1)) == [("A000000001", 1)]
    assert listed(("A0" * 16, 1), ("A0" * 17, 1), ("A0" * 4, 1)) == [("A0" * 16, 1)]
    many = [("A0000000%02X" % number, 15) for number in range(12)]
    assert listed(*many) == many[:10]
    assert listed(("A000000001", 0), ("A000000002", 15), ("A000000003", 0x1F), ("A000000002", 1)) == [
        ("A000000002", 15),
        ("A000000003", 15),
        ("A000000001", 0),
    ]
    assert listed(("A000000001", 2), ("A000000002", 1), ("A000000003", 2)) == [
        ("A000000002", 1),
        ("A000000001", 2),
        ("A000000003", 2),
    ]
    assert ends(selection.listed, b"", config) == (outcome.NOT_ACCEPTED, outcome.NO_APPLICATION, "empty directory")
    end = ends(selection.listed, ppse(("B000000001", 1), ("B000000002", 1))[:-2], config)
    assert end == (outcome.NOT_ACCEPTED, outcome.NOT_SUPPORTED, "none of 2 listed applications")


def test_what_a_selection_takes_from_the_card():
    answers = quick_answers()
    answers[select(VISA)] = fci("A00000000310100102", "9F66049F02069F37045F2A02")
    read = tap(ScriptCard(answers))
    assert (read.aid, read.scheme, read.label) == ("A00000000310100102", "Visa", "Label 10")
    assert (hexed(read.terminal[0x9F06]), hexed(read.terminal[0x9F09])) == ("A00000000310100102", "008C")
    answers[select(VISA)] = tlv(0x6F, tlv(0xA5, tlv(0x50, b"A\x1f ~\x7f"))) + OK  # no name of its own
    read = tap(ScriptCard(answers))
    assert (read.aid, read.label) == (VISA, "A? ~?")
    answers[select(VISA)] = fci("A0" * 17)
    assert (tap(ScriptCard(answers)).reason, tap(ScriptCard(answers)).outcome) == (outcome.BAD_ANSWER, outcome.NOT_ACCEPTED)
    for bad in (b"", tlv(0x77, tlv(0x84, VISA))):
        answers[select(VISA)] = bad + OK
        assert tap(ScriptCard(answers)).detail.startswith("6F: is missing"), tap(ScriptCard(answers)).detail
    assert selection.plain(b"") is None and selection.plain(None) is None


def _gathered(data: bytes, tags: dict, seen=None, replace: bool = False) -> dict:
    objects.gather(data, tags, 0, len(data), set() if seen is None else seen, (), replace)
    return tags


def test_what_is_not_kept_of_a_card():
    for tag in (0x90, 0x92, 0x93, 0x9F46, 0x9F47, 0x9F48, 0x9F32, 0x8F, 0x8D, 0x5F20, 0x9F0B):
        tags = {}
        _gathered(tlv(tag, "0102") + tlv(0x9F36, "0001"), tags)
        assert tags == {0x9F36: b"\x00\x01"}, tag


def test_f_c10_the_same_object_twice():
    """F-C10: once in one answer, once in all records.  Besides: equal values, objects that are not kept, over two records."""
    inconsistent = (outcome.NOT_ACCEPTED, outcome.DATA_INCONSISTENT)
    for tag in (0x5A, 0x5F24, 0x57, 0x8C, 0x9F36, 0x90, 0xDF8115):
        for second in ("01", "02"):
            assert ends(_gathered, tlv(tag, "01") + tlv(tag, second), {}) == inconsistent + (tag_text(tag) + " comes twice",)
        seen = set()
        _gathered(tlv(tag, "01"), {}, seen)
        _gathered(tlv(0x9F10, "01") + tlv(0xE0, tlv(tag, "01")), {}, seen)  # inside a foreign template it is not read
        assert ends(_gathered, tlv(tag, "01"), {}, seen)[2] == tag_text(tag) + " comes twice"
    tags = {}
    objects.gather(tlv(0x9F36, "01") + tlv(0x9F10, "02"), tags, 4, 8, set())
    assert tags == {0x9F10: b"\2"}
    tags = {}
    objects.gather(tlv(0x9F36, "01") + tlv(0x9F10, "02"), tags, 0, 4, set())
    assert tags == {0x9F36: b"\1"}
    # Of two answers the first stays, and who the card is may not differ.
    for tag in (0x5A, 0x5F24, 0x5F34):
        assert ends(_gathered, tlv(tag, "02"), {tag: b"\1"}) == inconsistent + (tag_text(tag) + " comes with two values",)
        assert _gathered(tlv(tag, "01"), {tag: b"\1"}) == {tag: b"\1"}
    tags = {0x57: unhex("1234D3012F"), 0x9F36: b"\1"}
    assert _gathered(tlv(0x57, "1234D4012F") + tlv(0x9F36, "02"), dict(tags)) == tags
    assert _gathered(tlv(0x9F36, "02"), dict(tags), replace=True)[0x9F36] == b"\2"
    assert ends(_gathered, tlv(0x57, "1235D3012F"), tags)[2] == "57 comes with two values"


def test_objects_have_their_size():
    assert objects.sized({}, 0x9F36, 2) is None and objects.sized({0x9F36: b"ab"}, 0x9F36, 2) == b"ab"
    assert where(objects.sized, {0x9F36: b"a"}, 0x9F36, 2) == "9F36"


def test_a_reversal_tells_of_the_tap_what_the_card_gave():
    tvr, serial, atc = unhex("8000008000"), b"12345678", unhex("0157")
    assert hexed(field55.de55_reversal(tvr, serial, b"\x07", atc)) == "95058000008000" + "9F1E083132333435363738" + (
        "9F100107" + "9F36020157"
    )
    assert hexed(field55.de55_reversal(tvr, serial, b"", atc)) == "95058000008000" + "9F1E083132333435363738" + "9F36020157"
    read = tap(ScriptCard(chip_answers(record=tlv(0x9F63, bytes(16)))))
    assert tlv(0x9F63, bytes(16)) in field55.de55(read)
    read = tap(ScriptCard(chip_answers(record=tlv(0x9F63, bytes(17)))))
    assert unhex("9F63") not in field55.de55(read)


def test_limits_of_the_terminal():
    config = EmvConfig(contactless_limit=1000, floor_limit=500, cvm_limit=300, ttq="00000000")
    for amount, wanted in (
        (0, (outcome.ZERO_AMOUNT, None)),
        (-1, (outcome.ZERO_AMOUNT, None)),
        (1, (0, "00000000")),
        (299, (0, "00000000")),
        (300, (0, "00400000")),
        (500, (0, "00400000")),
        (501, (0, "00C00000")),
        (999, (0, "00C00000")),
        (1000, (outcome.LIMIT, None)),
    ):
        reason, ttq = terminal.preprocess(config, amount)
        assert (reason, ttq and hexed(ttq)) == wanted, amount
    config = EmvConfig(contactless_limit=None, floor_limit=None, cvm_limit=None, ttq="00000000")
    assert terminal.preprocess(config, 999999999999) == (0, bytes(4))
    assert terminal.preprocess(config, 1000000000000) == (outcome.LIMIT, None)
    assert EmvConfig().cvm_limit == 100000 and EmvConfig().contactless_limit is None and EmvConfig().floor_limit == 0


def test_schemes_by_the_beginning_of_the_name_and_their_versions():
    """F-C8: national schemes have their rows too; 0 is a scheme that cannot be paid here."""
    config = EmvConfig()
    for aid, scheme, version, kernel in (
        ("A0000000031010", "Visa", "008C", 3),
        ("A0000000032020", "V PAY", "008C", 3),
        ("A0000000980840", "Visa US debit", "008C", 3),
        ("A0000000041010", "Mastercard", "0002", 2),
        ("A00000002501", "American Express", "0001", 4),
        ("A0000000651010", "JCB", "0200", 5),
        ("A0000001523010", "Discover", "0001", 6),
        ("A000000333010101", "UnionPay", "008C", 7),
        ("A0000003591010", "girocard", "0001", 2),
        ("D27600002547410100", "girocard", "0001", 2),
        ("D9999999991010", "EMVCo test", "0001", 2),
        ("A0000000421010", "CB", "0001", 0),
        ("A0000001211010", "Dankort", "0001", 0),
        ("A0000001410001", "PagoBANCOMAT", "0001", 0),
        ("A0000002281010", "mada", "0001", 0),
        ("A0000002771010", "Interac", "0001", 0),
        ("A0000003241010", "Discover ZIP", "0001", 0),
        ("A0000003710001", "Verve", "0001", 0),
        ("A00000038410", "eftpos", "0001", 0),
        ("A0000005241010", "RuPay", "0001", 0),
        ("A0000006581010", "MIR", "0001", 0),
        ("A000000732100123", "Meeza", "0001", 0),
        ("D27600002545500100", "GeldKarte", "0001", 0),
        ("D27600002545500200", "GeldKarte", "0001", 0),
    ):
        assert config.application(aid)[1:] == (scheme, version, kernel)
    assert config.application("A000000999") is None


def test_a_setting_that_no_card_could_be_told_is_named():
    for name, bad in (
        ("country", "156"),
        ("currency", "015"),
        ("capabilities", "0048"),
        ("terminal_type", ""),
        ("ttq", "zz004000"),
        ("contactless_limit", -1),
        ("floor_limit", "1"),
        ("cvm_limit", -5),
        ("serial", "1234567"),
    ):
        error = raises(ConfigError, lambda: EmvConfig(**{name: bad}))
        assert str(error).startswith(name + ": wants"), str(error)
    assert "6 hex digits" in str(raises(ConfigError, lambda: EmvConfig(capabilities="E0")))
    assert EmvConfig(cvm_limit=0, floor_limit=0).cvm_limit == 0


def test_who_the_merchant_is_only_when_it_is_known():
    config = EmvConfig()
    txn = EmvTxn(1250, "260615", b"\x01\x02\x03\x04", 7)
    data = terminal.terminal_data(config, txn, b"\x26\x00\x40\x00")
    wanted = {
        0x5F2A: "0156", 0x5F36: "02", 0x95: "0000000000", 0x9A: "260615", 0x9C: "00", 0x9F02: "000000001250",
        0x9F03: "000000000000", 0x9F1A: "0156", 0x9F1E: "3030303030303030", 0x9F21: "000000", 0x9F33: "004800",
        0x9F35: "21", 0x9F37: "01020304", 0x9F39: "07", 0x9F41: "00000007", 0x9F66: "26004000",
    }  # fmt: skip
    assert {tag: hexed(data[tag]) for tag in data} == wanted
    config = EmvConfig(merchant_name="Shop", merchant_id="123", terminal_id="45")
    data = terminal.terminal_data(config, txn, b"\x26\x00\x40\x00")
    assert (data[0x9F4E], data[0x9F16], data[0x9F1C], len(data)) == (b"Shop", b"123", b"45", len(wanted) + 3)


def test_what_a_scheme_wants_to_be_told_besides():
    for ttq, jcb, amex, american in (
        ("26004000", "700000", "C0", "18E00000"),
        ("26FF4000", "F00000", "C8", "18E04000"),
        ("24004000", "300000", "C0", "18C00000"),
        ("20400000", "800000", "C8", "18004000"),
    ):
        common = {0x9F66: unhex(ttq), 0x95: bytes(5)}
        data = terminal.application_data(common, 5, EmvConfig())
        assert (hexed(data[0x9F52]), hexed(data[0x9F53]), 0x9F6E in data) == ("02", jcb, False)
        data = terminal.application_data(common, 4, EmvConfig(extra={0x9F1D: b"\x01"}))
        assert (hexed(data[0x9F6D]), hexed(data[0x9F6E]), 0x9F53 in data) == (amex, american, False)
        assert data[0x9F1D] == b"\x01" and isinstance(data[0x95], bytearray) and len(data[0x95]) == 5
        assert sorted(terminal.application_data(common, 3, EmvConfig())) == sorted(common)


def test_entries_that_are_none_are_passed_over():
    config = EmvConfig(aids=(("A0", "any", "0001", 2),))
    entry = tlv(0x61, tlv(0x4F, "A000000002"))
    named = tlv(0x61, tlv(0x4F, "A000000001") + tlv(0x50, b"Label 01") + tlv(0x87, b"\2"))
    short = tlv(0x61, tlv(0x4F, "A0" * 4))
    found = selection.listed(tlv(0x6F, tlv(0xA5, tlv(0xBF0C, short + named + entry))), config)
    assert [(candidate.aid, candidate.priority, candidate.label) for candidate in found] == [
        ("A000000001", 2, b"Label 01"),
        ("A000000002", 0, None),
    ]
    answers = quick_answers()
    for name in (VISA[:10], VISA + "0" * 18):
        answers[select(VISA)] = fci(name, "9F66049F02069F37045F2A02")
        assert tap(ScriptCard(answers)).aid == name
    answers[select(VISA)] = fci(VISA[:8])
    assert tap(ScriptCard(answers)).reason == outcome.BAD_ANSWER
    answers[select(VISA)] = OK
    assert tap(ScriptCard(answers)).detail == "6F: is missing at byte 0"


def test_what_was_set_in_the_qualifiers_stays():
    config = EmvConfig(floor_limit=1, cvm_limit=1, ttq="00010000")
    assert hexed(terminal.preprocess(config, 2)[1]) == "00C10000"
    answers = quick_answers()
    answers["80A8"] = answers["80A8"].replace(tlv(0x9F10, "07010103A00000010A010000000000ED538FE4"), tlv(0x9F09, bytes(19)))
    read = tap(ScriptCard(answers))
    assert read.outcome == outcome.ONLINE and unhex("9F10") not in field55.de55(read) and unhex("9F37") in field55.de55(read)


def test_an_entry_inside_an_entry_is_one():
    inner = tlv(0x6F, tlv(0x61, tlv(0x61, tlv(0x4F, "B000000001"))))
    assert ends(selection.listed, inner, EmvConfig())[2] == "none of 1 listed applications"
