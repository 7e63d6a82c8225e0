"""Cryptogram and cardholder verification at their borders: every bit that decides, and what is left in the TVR."""

from emv_cards import ScriptCard, card_read, ends, where
from expect import hexed, raises, run, unhex

from taptill.core.emv import cryptogram, cvm, outcome, restrictions
from taptill.core.emv.config import EmvConfig, EmvTxn
from taptill.core.emv.outcome import TapEnds
from taptill.core.errors import TlvError


def test_f_c5_a_card_of_stripe_mode_by_its_track_and_its_aip():
    """F-C5: bit 8 of AIP byte 2 is "EMV mode" to Mastercard and others, "magnetic-stripe mode" to Visa and UnionPay.

    Besides: tracks in 57, 56, 9F6B and 9F62; an AIP that claims nothing; a card without track, or with 8C, is no such card.
    """
    stripe = (outcome.OTHER_INTERFACE, outcome.STRIPE_ONLY, "")

    def end(kernel: int, aip: str, **tags):
        read = card_read({int(name[1:], 16): value for name, value in tags.items()})
        read.tags[0x82] = unhex(aip)
        read.kernel = kernel
        try:
            cryptogram.refuse_stripe_mode(read)
        except TapEnds as told:
            return told.outcome, told.reason, told.detail
        return None

    for track in ("t57", "t56", "t9F6B", "t9F62"):
        for kernel in (0, 2, 4, 5, 6):
            assert end(kernel, "0000", **{track: "00"}) == end(kernel, "1901", **{track: "00"}) == stripe
            assert end(kernel, "1980", **{track: "00"}) is end(kernel, "0080", **{track: "00"}) is None
        for kernel in (3, 7):
            assert end(kernel, "0080", **{track: "00"}) == end(kernel, "2080", **{track: "00"}) == stripe
            assert end(kernel, "0000", **{track: "00"}) == stripe and end(kernel, "2000", **{track: "00"}) is None
    assert end(2, "0000", t5A="00") is None and end(3, "0080") is None
    assert end(2, "0000", t57="00", t8C="") is None and end(3, "0080", t57="00", t8C="") is None
    missing = (outcome.NOT_ACCEPTED, outcome.DATA_MISSING)
    assert ends(cryptogram.require_list, card_read({0x94: "08010100"})) == missing + ("8C",)
    for tags in ({}, {0x94: "", 0x8C: ""}, {0x8C: "9F3704"}):
        assert ends(cryptogram.require_list, card_read(tags)) == missing + ("94",)
    cryptogram.require_list(card_read({0x94: "08010100", 0x8C: ""}))


def _tvr(before: str, amount: int, kind: str = "00", country: str = "0156", other: str = "000000000000", **tags) -> str:
    read = card_read(
        {int(name[1:], 16): value for name, value in tags.items()},
        t95=before,
        t9A="260615",
        t9C=kind,
        t9F03=other,
        t9F09="0002",
        t9F1A=country,
    )
    restrictions.restrict(read, EmvConfig(floor_limit=100), EmvTxn(amount, "260615", b"1234", 1))
    return hexed(read.terminal[0x95])


def test_f_c3_the_versions_of_card_and_terminal():
    """F-C3: 9F08 against 9F09.  Besides: a card without 9F08 counts as the same version, one of a wrong length is refused."""
    assert _tvr("0000000000", 1, t9F08="0001") == _tvr("0000000000", 1, t9F08="0003") == "8080000000"
    assert _tvr("0001000000", 1, t9F08="0001") == "8081000000"
    assert _tvr("0000000000", 1, t9F08="0002") == _tvr("0000000000", 1) == "8000000000"
    for tag in ("t9F08", "t9F07", "t5F28", "t5F24", "t5F25"):
        for bad in ("", "00", "00000000"):
            assert where(lambda given: _tvr("0000000000", 1, **given), dict({"t9F07": "FF00"}, **{tag: bad})) == tag[1:], (
                tag,
                bad,
            )


def test_f_c3_what_the_issuer_lets_the_card_be_used_for():
    """F-C3: 9F07 with 5F28 and the terminal's country.  Besides: cash, cashback, goods or services alone, either place."""
    no, yes = "8010000000", "8000000000"
    # Valid at an ATM only; this terminal is none, wherever the card comes from.
    assert _tvr("0000000000", 1, t9F07="0202") == _tvr("0000000000", 1, t9F07="FE00", t5F28="0156") == no
    assert _tvr("0000000000", 1, t9F07="0100") == yes  # without the issuer's country nothing more can be compared
    for home, control, told in (
        (True, "2100", yes), (True, "0900", yes), (True, "1500", no), (True, "C100", no), (True, "0100", no),
        (False, "1100", yes), (False, "0500", yes), (False, "2900", no), (False, "C100", no), (False, "FF00", yes),
    ):  # fmt: skip
        assert _tvr("0000000000", 1, t9F07=control, t5F28="0156" if home else "0840") == told, (home, control)
    for kind in ("01", "17"):
        assert (
            _tvr("0000000000", 1, kind, t9F07="8100", t5F28="0156")
            == _tvr("0000000000", 1, kind, t9F07="4100", t5F28="0840")
            == yes
        )
        assert (
            _tvr("0000000000", 1, kind, t9F07="7F00", t5F28="0156")
            == _tvr("0000000000", 1, kind, t9F07="BF00", t5F28="0840")
            == no
        )
    other = "000000000001"
    for home, control, told in ((True, "FF80", yes), (True, "FF7F", no), (False, "FF40", yes), (False, "FFBF", no)):
        country = "0156" if home else "0840"
        assert _tvr("0000000000", 1, "00", other=other, t9F07=control, t5F28=country) == told
        assert _tvr("0000000000", 1, "09", t9F07=control, t5F28=country) == told
    assert _tvr("0000000000", 1, t9F07="FF00", t5F28="0156") == yes
    assert _tvr("0000000000", 1, country="0840", t9F07="2100", t5F28="0840") == yes
    # Old bits stay, and the bits do not hide each other.
    assert _tvr("0000000001", 101, t9F07="0000", t9F08="0001", t5F24="260614", t5F25="260616") == "80F0008001"


def test_dates_and_floor_limit_are_noted_in_the_tvr():
    """F-C3: the dates of 10.4.3 were right before; they stay so."""
    tvr = _tvr
    assert tvr("0000000000", 100) == "8000000000" and tvr("0000000000", 101) == "8000008000"
    assert tvr("0101010101", 101, t5F24="260614", t5F25="260616") == "8161018101"
    assert tvr("0000000000", 1, t5F24="260615", t5F25="260615") == "8000000000"
    assert tvr("0000000000", 1, t5F24="260614") == "8040000000" and tvr("0000000000", 1, t5F25="260616") == "8020000000"
    # Years from 50 on are of the last century.
    assert tvr("0000000000", 1, t5F24="500101", t5F25="991231") == "8040000000"
    assert tvr("0000000000", 1, t5F24="491231", t5F25="490101") == "8020000000"


def _generated(answer: str, **tags):
    read = card_read({0x8C: "9F3704", 0x9F26: "00", 0x9F27: "00", 0x9F36: "00", 0x9F10: "00"}, t9F37="01020304")
    run(cryptogram.generate_ac(ScriptCard({"80AE": unhex(answer)}), read))
    return read.tags


def test_the_answer_to_generate_ac_in_both_forms():
    keys = (0x9F27, 0x9F36, 0x9F26, 0x9F10)
    for length in (0, 1, 32):
        tags = _generated("80%02X" % (11 + length) + "80" + "0035" + "0102030405060708" + "AA" * length + "9000")
        found = [hexed(tags[key]) if key in tags else None for key in keys]
        assert found == ["80", "0035", "0102030405060708", "AA" * length or None]
    for length in (10, 44):
        error = raises(TlvError, _generated, "80%02X" % length + "80" * length + "9000")
        assert (error.where, error.offset) == ("80", 2)
    # What came before it counts no more.
    assert _generated("77039F36009000") == {0x8C: unhex("9F3704"), 0x9F36: b""}
    for bad in ("9000", "00009000", "700080009000"):
        error = raises(TlvError, _generated, bad)
        assert (error.where, error.offset) == ("77", 0), bad
    assert ends(_generated, "6986") == (outcome.TRY_AGAIN, outcome.LOOK_AT_PHONE, "GENERATE AC: 6986")
    assert ends(_generated, "6985") == (outcome.NOT_ACCEPTED, outcome.CONDITIONS, "GENERATE AC: 6985")
    assert ends(_generated, "6984") == (outcome.OTHER_INTERFACE, outcome.CONDITIONS, "GENERATE AC: 6984")
    assert ends(_generated, "6A82") == (outcome.NOT_ACCEPTED, outcome.BAD_STATUS, "GENERATE AC: 6A82")


def test_the_list_is_filled_from_the_terminal_and_then_from_the_card():
    read = card_read({0x8C: "9F3702" + "9F3601" + "9F0701", 0x9F07: "AB", 0x9F37: "FFFF"}, t9F37="0102")
    card = ScriptCard({"80AE": unhex("7700 9000")})
    run(cryptogram.generate_ac(card, read))
    assert card.sent == ["80AE8000040102" + "00" + "AB" + "00"]


def _judged(kernel: int = 3, **tags):
    read = card_read({int(name[1:], 16): value for name, value in tags.items()})
    read.kernel = kernel
    cryptogram.judge(read)
    return read


_AC = "0102030405060708"


def test_what_a_cryptogram_says():
    read = _judged(t9F26=_AC, t9F27="80", t9F36="0001", t9F10="AA" * 32)
    assert (read.cryptogram, read.cryptogram_type) == (_AC, "ARQC")
    not_accepted = outcome.NOT_ACCEPTED
    for information, wanted in (
        ("00", (outcome.DECLINED, outcome.CARD_DECLINED, "AAC")),
        ("40", (not_accepted, outcome.OFFLINE_ANSWER, "TC")),
        ("C0", (not_accepted, outcome.DATA_MISSING, "9F27")),
    ):
        end = raises(TapEnds, _judged, t9F26=_AC, t9F27=information, t9F36="0001")
        assert (end.outcome, end.reason, end.detail) == wanted
    for tags, detail in (
        ({"t9F26": _AC, "t9F36": "0001"}, "9F27"),
        ({"t9F27": "80", "t9F36": "0001"}, "9F26"),
        ({"t9F27": "80", "t9F36": "0001", "t9F4B": "00"}, "9F26 (sealed in 9F4B)"),
        ({"t9F26": _AC, "t9F27": "80"}, "9F36"),
    ):
        end = raises(TapEnds, lambda tags: _judged(**tags), tags)
        assert (end.outcome, end.reason, end.detail) == (not_accepted, outcome.DATA_MISSING, detail)
    for tags, named in (
        ({"t9F26": _AC + "09"}, "9F26"),
        ({"t9F27": "8000"}, "9F27"),
        ({"t9F36": "01"}, "9F36"),
        ({"t9F10": "AA" * 33}, "9F10"),
    ):
        given = {"t9F26": _AC, "t9F27": "80", "t9F36": "0001"}
        given.update(tags)
        assert where(lambda given: _judged(**given), given) == named


def test_the_issuers_data_say_it_where_9f27_does_not():
    for kernel in (3, 7):
        read = _judged(kernel, t9F26=_AC, t9F36="0001", t9F10="07010103AF")
        assert read.cryptogram_type == "ARQC" and read.tags[0x9F27] == b"\x80"
        for byte, reason in (("8F", outcome.CARD_DECLINED), ("DF", outcome.OFFLINE_ANSWER), ("FF", outcome.DATA_MISSING)):
            end = raises(TapEnds, _judged, kernel, t9F26=_AC, t9F36="0001", t9F10="07010103" + byte)
            assert end.reason == reason
        assert raises(TapEnds, _judged, kernel, t9F26=_AC, t9F36="0001", t9F10="07010103").detail == "9F27"
    assert raises(TapEnds, _judged, 2, t9F26=_AC, t9F36="0001", t9F10="07010103AF").detail == "9F27"


def _qualified(ctq, ttq: str, required: bool, signed=None):
    tags = {} if ctq is None else {0x9F6C: ctq}
    if signed is not None:
        tags[0x9F69] = signed
    read = card_read(tags, t9F66=ttq)
    cvm.verify_by_qualifiers(read, required)
    return read.cvm, hexed(read.terminal[0x9F34])


def test_every_pair_of_qualifiers():
    pin, sign, device, none = (outcome.CVM_PIN, "020000"), (outcome.CVM_SIGNATURE, "1E0000"), (outcome.CVM_DEVICE, "1F0002"), (
        outcome.CVM_NONE,
        "1F0002",
    )  # fmt: skip
    both = "06000000"
    for ctq, ttq, required, wanted in (
        ("8000", "04000000", False, pin),
        ("8000", "FB000000", False, none),
        ("7F7F", "FD000000", False, none),
        ("C000", both, False, pin),
        ("C000", "02000000", False, sign),
        ("4000", "02000000", False, sign),
        ("BF7F", "FB000000", False, none),
        ("0080", both, True, device),
        ("8080", both, True, pin),
        ("8080", "02000000", True, device),
        ("4080", both, True, device),
        ("0000", both, False, none),
        (None, both, True, pin),
        (None, "02000000", True, sign),
        (None, both, False, none),
    ):
        assert _qualified(ctq, ttq, required) == wanted, (ctq, ttq, required)
    refused = (outcome.NOT_ACCEPTED, outcome.NO_CVM)
    assert ends(_qualified, "0000", both, True) == refused + ("9F6C offers none",)
    assert ends(_qualified, "3F7F", both, True) == refused + ("9F6C offers none",)
    assert ends(_qualified, None, "F9000000", True) == refused + ("no 9F6C",)
    assert where(_qualified, "00", both, True) == "9F6C"


def test_signed_qualifiers_must_be_the_same():
    assert _qualified("0080", "06000000", True, "0102030405" + "0080" + "FF") == (outcome.CVM_DEVICE, "1F0002")
    assert ends(_qualified, "0080", "06000000", True, "0102030405" + "0081") == (
        outcome.NOT_ACCEPTED,
        outcome.NO_CVM,
        "9F69 contradicts 9F6C",
    )
    assert _qualified("0080", "06000000", True, "0102030405" + "00")[0] == outcome.CVM_DEVICE  # too short to hold them
    assert _qualified("8000", "06000000", True, "0102030405" + "0080")[0] == outcome.CVM_PIN  # of use for the phone's word only


def _listed(rules: str, amount: int = 1, required: bool = False, aip: str = "1000", able: str = "0060", **tags):
    given = {0x82: aip, 0x8E: rules}
    given.update({int(name[1:], 16): value for name, value in tags.items()})
    read = card_read(given, t9F66="26004000", t9F33=able + "00", t95="0101FF0101", t5F2A="0156")
    cvm.verify_by_list(read, amount, required)
    return read.cvm, hexed(read.terminal[0x9F34]), hexed(read.terminal[0x95])


def test_methods_that_need_a_contact_are_known_and_passed_over():
    x = "0000000000000000"
    for method in (0x01, 0x03, 0x04, 0x05):
        assert _listed(x + "%02X00" % (0x40 | method) + "1F00") == (outcome.CVM_NONE, "1F0002", "0101000101")
    for method in (0x06, 0x07, 0x1D, 0x20, 0x2A):
        assert _listed(x + "%02X00" % (0x40 | method) + "0200", 1, True)[2] == "0101440101", method


def test_conditions_of_the_list():
    x = "00000000" + "00000000"
    for condition in ("00", "02", "03"):
        assert _listed(x + "02" + condition, 1, True)[:2] == (outcome.CVM_PIN, "02" + condition + "00")
    for condition in ("01", "04", "05", "0A", "0B"):
        assert ends(_listed, x + "02" + condition, 1, True)[1] == outcome.NO_CVM, condition
    big = "01000002" + "02000001"
    for condition, amount, holds in (
        ("06", 0x01000001, True),
        ("06", 0x01000002, False),
        ("07", 0x01000003, True),
        ("07", 0x01000002, False),
        ("08", 0x02000000, True),
        ("08", 0x02000001, False),
        ("09", 0x02000002, True),
        ("09", 0x02000001, False),
    ):
        found = _listed(big + "1F" + condition, amount, t9F42="0156")
        assert found[1] == ("1F" + condition + "02" if holds else "3F0001"), (condition, amount)
        assert _listed(big + "1F" + condition, amount, t9F42="0157")[1] == "3F0001"
        assert _listed(big + "1F" + condition, amount)[1] == "3F0001"


def test_what_the_list_leaves_in_the_tvr():
    x = "0000000000000000"
    assert _listed(x + "0200", 1, True) == (outcome.CVM_PIN, "020000", "0101040101")
    assert _listed(x + "4200", 1, True, able="0040")[0] == outcome.CVM_PIN
    assert _listed(x + "4200" + "1E00", 1, True, able="0020") == (outcome.CVM_SIGNATURE, "1E0000", "0101000101")
    assert _listed(x + "0000" + "1F00") == (outcome.CVM_NONE, "000001", "0101800101")
    assert _listed(x + "6A00" + "0000") == (outcome.CVM_NONE, "000001", "0101C00101")
    assert _listed("", 1) == (outcome.CVM_NONE, "3F0000", "2101FF0101")
    assert _listed("", 1, aip="ED00") == (outcome.CVM_NONE, "3F0000", "0101FF0101")
    assert _listed(x + "1F", 1) == (outcome.CVM_NONE, "3F0000", "2101FF0101")  # shorter than one rule
    error = raises(TlvError, _listed, x + "1F00" + "1F")
    assert (error.where, error.offset) == ("8E", 10)
    for rules, aip, detail in (("", "1000", "no 8E"), ("", "ED00", "82 allows none"), (x + "0000", "1000", "8E offers none")):
        assert ends(_listed, rules, 1, True, aip) == (outcome.NOT_ACCEPTED, outcome.NO_CVM, detail)
    assert _listed("", 1, True, aip="0200") == (outcome.CVM_DEVICE, "010002", "0101FF0101")
    assert _listed("", 1, False, aip="0200") == (outcome.CVM_NONE, "3F0002", "0101FF0101")


def test_jcb_says_what_it_settled_on():
    for status, method in (("10", outcome.CVM_SIGNATURE), ("20", outcome.CVM_PIN), ("30", outcome.CVM_DEVICE), ("00", -1)):
        read = card_read({0x9F50: status})
        read.cvm = -1
        cvm.verify_by_status(read)
        assert read.cvm == method
    read = card_read()
    cvm.verify_by_status(read)
    assert read.cvm == outcome.CVM_NONE
    assert where(cvm.verify_by_status, card_read({0x9F50: "1000"})) == "9F50"


def test_an_answer_replaces_what_was_known_and_lacks_nothing_of_it():
    assert _generated("7700" + "9000") == {0x8C: unhex("9F3704")}
    read = card_read({0x8C: "9F3704", 0x9F07: "01"}, t9F37="01020304")
    run(cryptogram.generate_ac(ScriptCard({"80AE": unhex("77049F070102" + "9000")}), read))
    assert read.tags[0x9F07] == b"\x02"


def test_rules_that_are_not_to_be_passed_over():
    x = "0000000000000000"
    for code in ("03", "01", "1E", "1D"):
        assert _listed(x + code + "00" + "1F00", able="0000")[1] == code + "0001", code
    assert _listed(x + "0207" + "4200", 1, True, t9F42="0156")[0] == outcome.CVM_PIN
    assert _listed(x + "1F0A" + "1F0B", 5, t9F42="0156")[1] == "3F0001"
    read = card_read({0x82: "0200"}, t9F66="26000100", t9F33="006000", t95="0000000000", t5F2A="0156")
    cvm.verify_by_list(read, 1, False)
    assert hexed(read.terminal[0x9F34]) == "3F0000"  # this terminal takes no word of a device
