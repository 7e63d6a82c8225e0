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
