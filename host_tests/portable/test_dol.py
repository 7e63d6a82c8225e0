"""Data object lists: EMV Book 3, 5.4."""

from expect import hexed, raises, unhex
from test_tlv import cases

from taptill.core import dol
from taptill.core.errors import TlvError
from taptill.core.tlv import tag_at, tag_text


def test_public_dol_cases():
    for case in cases("dol"):
        entries = dol.parse(unhex(case["hex"]))
        assert [[tag_text(tag), length] for tag, length in entries] == case["entries"]
        assert sum(length for _, length in entries) == case["data_length"]
    built = 0
    for case in cases("dol-build"):
        source = {}
        for tag, value in case["sources"].items():
            source[tag_at(unhex(tag), 0, len(tag) // 2)] = unhex(value)
        assert hexed(dol.build(unhex(case["hex"]), source)) == case["data"], case["name"]
        built += 1
    assert built == 3


def test_the_first_source_wins():
    # openemv/emv-utils: tests/emv_dol_test.c
    first = {0x9F37: unhex("DEADBEEF")}
    second = {0x9F37: unhex("01020304"), 0x9A: unhex("240217")}
    assert dol.build(unhex("9F37049A03"), first, second) == unhex("DEADBEEF240217")


def test_malformed_lists_are_refused():
    # openemv/emv-utils: tests/emv_dol_test.c
    error = raises(TlvError, dol.parse, unhex("9F02069F03069F1A0295"))
    assert error.where == "95" and error.offset == 10
    assert raises(TlvError, dol.parse, unhex("9F02069F03069F1A0295055F2A029A039C019F37")).where == "9F37"
    raises(TlvError, dol.parse, unhex("9F"))
    raises(TlvError, dol.parse, unhex("9F02FF9F0301"))


def test_the_longest_list_and_the_empty_one():
    assert len(dol.build(unhex("9F76FA"), {})) == 250
    assert dol.build(b"", {}) == b""
    assert dol.build(unhex("9F0200"), {0x9F02: unhex("000000000100")}) == b""


def test_every_numeric_object_fills_up_on_the_left():
    """The data objects of format n in EMV Book 3 Annex A that a card may ask for; all others fill up on the right."""
    numeric = "42 9A 9C 5F24 5F25 5F28 5F2A 5F30 5F34 5F36 5F57 9F01 9F02 9F03 9F11 9F15 9F19 9F1A 9F21 9F35 9F39 9F3B 9F3C"
    numeric = (numeric + " 9F3D 9F41 9F42 9F43 9F44 9F51 9F57").split()
    tags = ["%02X" % tag for tag in range(0x40, 0xFF) if tag & 0x1F != 0x1F]
    tags += ["%04X" % (first << 8 | second) for first in (0x5F, 0x9F) for second in range(0x80)]
    for text in tags:
        tag = int(text, 16)
        asked = unhex(text + "03")
        wanted = "001234" if text in numeric else "1234FF" if text in ("5A", "9F20") else "123400"
        assert hexed(dol.build(asked, {tag: unhex("1234")})) == wanted, text
        asked = unhex(text + "01")
        assert hexed(dol.build(asked, {tag: unhex("1234")})) == ("34" if text in numeric else "12"), text


def test_255_bytes_may_be_asked_for_and_no_more():
    assert len(dol.build(unhex("9F02FF"))) == 255
    error = raises(TlvError, dol.parse, unhex("9F02FF9A01"))
    assert (error.where, error.offset) == ("9A", 4), str(error)
