"""BER-TLV: the public cases, the traps of the field and hostile input, on CPython and MicroPython."""

import json

from expect import hexed, raises, unhex

from taptill.core import tlv
from taptill.core.errors import TlvError


def cases(kind: str) -> list:
    folder = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
    with open(folder + "/../data/tlv_cases.json") as file:
        return [case for case in json.load(file) if case["kind"] == kind]


def as_json(tree: list) -> list:
    out = []
    for tag, value in tree:
        out.append([tlv.tag_text(tag), as_json(value) if isinstance(value, list) else hexed(value)])
    return out


def test_public_cases_parse_or_are_refused():
    count = 0
    for case in cases("parse"):
        data = unhex(case["hex"])
        if case["outcome"] == "ok":
            assert as_json(tlv.parse(data)) == case["tree"], case["name"]
        elif case["outcome"] == "error":
            raises(TlvError, tlv.parse, data)
        else:  # "ok-or-error": legal BER that EMV does not allow; this parser refuses it
            raises(TlvError, tlv.parse, data)
        count += 1
    assert count == 30


def _tag(data: bytes) -> int:
    """The tag that `data` is, whole and nothing else."""
    tag = tlv.tag_at(data, 0, len(data))
    if tlv.tag_size(tag) != len(data):
        raise TlvError(tlv.tag_text(tag), "is followed by more bytes")
    return tag


def test_public_tag_cases():
    for case in cases("tag"):
        data = unhex(case["hex"])
        if case["outcome"] == "valid":
            assert tlv.tag_text(_tag(data)) == case["hex"]
        else:
            raises(TlvError, _tag, data)
    for case in cases("constructed-bit"):
        assert tlv.is_constructed(_tag(unhex(case["hex"]))) is case["outcome"], case["name"]


def test_f_c2_00_and_ff_are_padding_wherever_objects_are_listed():
    """F-C2: FF between objects was read as a tag.  Besides: FF before tags of 1, 2 and 3 bytes, and inside templates."""
    ends = [(0x9A, b"\x01"), (0x9F36, b"\x00\x07")]
    for padding in ("", "00", "FF", "FFFF", "00FF", "FF00", "FF00FFFFFF0000"):
        first, second = "9A0101", "9F36020007"
        assert tlv.parse(unhex(padding + first + padding + second + padding)) == ends, padding
        assert tlv.parse(unhex(padding)) == []
        inner = padding + first + padding + second + padding
        assert tlv.parse(unhex("70%02X" % (len(inner) // 2) + inner)) == [(0x70, ends)], padding
    for tag in ("57", "5A", "61", "70", "77", "80", "82", "8C", "90", "A5", "9F36", "5F24", "BF0C", "DF8115", "9F8101", "FF8106"):
        made = _tag(unhex(tag))
        for padding in ("FF", "FFFF", "FF00"):
            assert tlv.parse(unhex(padding + tag + "00"), False) == [(made, b"")], padding + tag


def test_f_c2_ff_before_an_object_with_a_long_length_is_padding():
    """F-C2: a certificate of 176 bytes behind FF (90 81 B0) and a template of 256; a length of its own form may follow too."""
    for head, size in (("9081B0", 0xB0), ("9381F8", 0xF8), ("90820100", 0x100), ("A58180", 0x80), ("8C820010", 0x10)):
        value = b"\x7e" * size
        assert tlv.parse(unhex("FF" + head) + value, False) == [(int(head[:2], 16), value)], head
    value = unhex("840790") + b"\x7e" * 0x83
    assert tlv.parse(unhex("FFA586") + value, False) == [(0xA5, value)]


def test_f_c7_81_and_82_that_could_be_either_length():
    """F-C7: a template takes the length that fills the rest; another object the long form, where that fits."""
    for head, start, stop in (
        ("70819F", 2, 131),
        ("708180", 3, 131),
        ("708157", 2, 131),
        ("70829F9F", 2, 132),
        ("70820080", 4, 132),
        ("70820081", 2, 132),
        ("7082007F", 2, 132),
        ("70820180", 2, 132),
        ("5A8101", 3, 4),
        ("5A8180", 3, 131),
        ("5A8181", 2, 131),
        ("5A820001", 4, 5),
        ("5A820080", 4, 132),
        ("5A820081", 2, 132),
        ("5A820100", 2, 132),
    ):
        data = unhex(head) + bytes(128)
        assert tlv.next_object(data, 0, len(data)) == (data[0], start, stop), head


def test_f_c2_ff81_stays_a_tag():
    """F-C2: templates of Book C-2 begin with FF, and so do four-byte tags of readers' makers; padding may stand before them."""
    assert tlv.parse(unhex("FF8105 03 9A0102")) == [(0xFF8105, [(0x9A, b"\x02")])]
    assert tlv.parse(unhex("0000FFFFFF8105039A0102FFFF")) == [(0xFF8105, [(0x9A, b"\x02")])]
    assert tlv.parse(unhex("FF84E371039A0102"))[0][0] == 0xFF84E371
    assert raises(TlvError, tlv.parse, unhex("FF81")).where == "tag FF81"
    assert raises(TlvError, tlv.parse, unhex("FF84E371")).where == "FF84E371"
    for tag in (0xFF80E371, 0xFF848071, 0xFF84E37F):
        assert tlv.parse(unhex("%X01AA" % tag), False) == [(tag, b"\xaa")]
    # No tag: too short, a fourth byte that says "more follows", a length in third place.
    assert raises(TlvError, tlv.parse, unhex("FF84E3")).where == "84"
    value = b"\x80" + bytes(0xE2)
    assert tlv.parse(unhex("FF84E3") + value) == [(0x84, value)]
    assert tlv.parse(unhex("FF908102AABB")) == [(0x90, b"\xaa\xbb")]
    assert tlv.parse(unhex("FF840107")) == [(0x84, b"\x07")]


def test_errors_name_the_tag_and_the_offset_in_the_whole_input():
    error = raises(TlvError, tlv.parse, unhex("7007 9A0101 9F3605 01"))
    assert error.where == "9F36" and error.offset == 8, str(error)
    error = raises(TlvError, tlv.parse, unhex("7006 9A0101 9F3605"))
    assert error.where == "9F36" and error.offset == 8 and "5 bytes, 0 are left" in str(error), str(error)
    error = raises(TlvError, tlv.parse, unhex("9F2683000001"))
    assert error.where == "9F26" and error.offset == 2, str(error)


def test_deep_nesting_is_refused_without_deep_recursion():
    data = b""
    for _ in range(60):
        data = b"\xe0" + bytes([len(data)]) + data
    for function in (tlv.parse, lambda data: tlv.walk(data, lambda *_: False)):
        assert "deeper" in str(raises(TlvError, function, data))


def test_walk_visits_in_order_and_can_stay_outside():
    seen = []
    data = unhex("E00E9A0101EF049F1A0103EF038A01CC")

    def visit(tag, start, stop):
        seen.append((tag, stop - start))
        return tag == 0xEF

    tlv.walk(data, visit)
    assert seen == [(0xE0, 14), (0x9A, 1), (0xEF, 4), (0xEF, 3)]


def test_append_is_the_inverse_of_parse():
    for length in (0, 1, 127, 128, 255, 256, 700):
        for tag in (0x9A, 0x9F26, 0xDF8115, 0xDF818201):
            data = bytearray()
            value = bytes([length & 0xFF]) * length
            tlv.append(data, tag, value)
            assert tlv.parse(data) == [(tag, value)]
    raises(TlvError, tlv.append, bytearray(), 0x9A, bytes(65536))


def test_every_prefix_of_a_record_gives_a_typed_error_or_a_tree():
    record = unhex("70295713374245001741007D181270213101234500000F5F24031812315A08374245001741007F5F340100")
    for size in range(len(record)):
        if size:
            raises(TlvError, tlv.parse, record[:size])
    state = 7
    for _ in range(300):
        damaged = bytearray(record)
        for _ in range(3):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            damaged[state // 65536 % len(damaged)] = state >> 8 & 0xFF
        try:
            assert isinstance(tlv.parse(damaged), list)
        except TlvError as error:
            assert 0 <= error.offset <= len(damaged)


def _nested(times: int) -> bytes:
    data = unhex("9A0101")
    for _ in range(times):
        data = b"\xe0" + bytes([len(data)]) + data
    return data


def test_eight_templates_inside_each_other_are_read_and_nine_are_not():
    seen = []
    walkers = (
        tlv.parse,
        lambda data: tlv.walk(data, lambda tag, start, stop: seen.append(tag)),
    )
    for function in walkers:
        function(_nested(tlv.MAX_DEPTH))
        error = raises(TlvError, function, _nested(tlv.MAX_DEPTH + 1))
        assert error.where == "template" and error.offset == 2 * (tlv.MAX_DEPTH + 1), str(error)
    assert tlv.MAX_DEPTH == 8 and seen[-1] == 0xE0 and 0x9A in seen


def test_tags_at_the_borders_of_their_sizes():
    for tag, size in ((0xFF, 1), (0x100, 2), (0xFFFF, 2), (0x10000, 3), (0xFFFFFF, 3), (0x1000000, 4)):
        assert tlv.tag_size(tag) == size, tag
    for tag, made in ((0xDF, False), (0xFF, True), (0x100, False), (0xFF8105, True), (0xDF818201, False)):
        assert tlv.is_constructed(tag) is made, tag
    assert tlv.tag_text(5) == "05" and tlv.tag_text(0x9F26) == "9F26"
    error = raises(TlvError, tlv.tag_at, unhex("9F8181"), 0, 3)
    assert (error.where, error.offset) == ("tag 9F8181", 0)
    error = raises(TlvError, tlv.tag_at, unhex("00 9F81818101"), 1, 6)
    assert (error.where, error.offset) == ("tag 9F818181", 1) and "longer" in str(error)


def test_lengths_at_the_borders_of_their_forms():
    for length, head in ((0x7F, "9A7F"), (0x80, "9A8180"), (0xFF, "9A81FF"), (0x100, "9A820100"), (0xFFFF, "9A82FFFF")):
        data = bytearray()
        tlv.append(data, 0x9A, bytes(length))
        assert hexed(data[: len(data) - length]) == head
        assert tlv.next_object(data, 0, len(data)) == (0x9A, len(head) // 2, len(data))
    assert tlv.parse(unhex("9A8100")) == [(0x9A, b"")] and tlv.parse(unhex("9A820000")) == [(0x9A, b"")]
    for data, at in (("9A81", 2), ("9A8201", 2), ("9A", 1), ("9A80", 1), ("9A83000000", 1)):
        error = raises(TlvError, tlv.parse, unhex(data))
        assert (error.where, error.offset) == ("9A", at), data


def test_walk_from_the_middle_and_of_nothing():
    seen = []
    data = unhex("9A0101 9C0102 9F3600")
    tlv.walk(data, lambda tag, start, stop: seen.append((tag, start, stop)), 3, 6)
    assert seen == [(0x9C, 5, 6)]
    tlv.walk(data, lambda tag, start, stop: seen.append(tag), 3, 3)
    tlv.walk(data, lambda tag, start, stop: seen.append(tag), 0, 0)
    assert len(seen) == 1
