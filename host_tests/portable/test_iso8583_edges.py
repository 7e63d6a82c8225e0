"""The codec at its borders: the first and last length, sign and field that fit, and what is said of the next."""

from expect import raises, unhex

from taptill.core import trace_state, transactions
from taptill.core.errors import CodecError, MessageError
from taptill.core.iso8583 import BYTES, DIGITS, DIGITS_RIGHT, LL, LLL, TEXT, TEXT_OR_BYTES, TRACK2, Codec
from taptill.core.profiles import cn_pos as profile
from taptill.core.profiles.cn_pos import fields as rows

_CODEC = Codec(
    (
        2,
        LL | DIGITS,
        5,
        3,
        DIGITS,
        4,
        4,
        DIGITS_RIGHT,
        3,
        5,
        DIGITS,
        3,
        6,
        LL | TRACK2,
        7,
        7,
        TEXT,
        2,
        8,
        LL | TEXT,
        3,
        9,
        LLL | TEXT_OR_BYTES,
        300,
        10,
        BYTES,
        2,
        11,
        LLL | BYTES,
        3,
        12,
        LL | DIGITS_RIGHT,
        5,
        13,
        TRACK2,
        5,
        14,
        TEXT_OR_BYTES,
        2,
        64,
        BYTES,
        1,
    )  # fmt: skip
)


def _packed(number, value) -> str:
    data = bytes(_CODEC.pack(b"", {number: value}))
    return "".join(["%02X" % byte for byte in data[8:]])


def _said(number, value) -> str:
    error = raises(MessageError, _CODEC.pack, b"", {number: value})
    assert error.where == "F%d" % number and error.offset == -1
    return str(error)


def _frame(number: int, body: str) -> bytes:
    bitmap = bytearray(8)
    bitmap[number - 1 >> 3] |= 0x80 >> (number - 1 & 7)
    return b"\xee" + bytes(bitmap) + unhex(body)


def _read(number: int, body: str):
    fields = {}
    starts = {}
    frame = _frame(number, body)
    assert _CODEC.unpack(frame, 1, fields, starts) == len(frame) and list(fields) == [number] == list(starts)
    assert _CODEC.unpack(frame, 1, {}) == len(frame)
    return fields[number], starts[number]


def _wrong(number: int, body: str) -> tuple:
    """(offset behind the bitmap, text without field and offset)"""
    error = raises(MessageError, _CODEC.unpack, _frame(number, body), 1, {})
    assert error.where == "F%d" % number, str(error)
    text = str(error)
    head, tail = error.where + ": ", " at byte %d" % error.offset
    assert text.startswith(head) and text.endswith(tail), text
    return error.offset - 9, text[len(head) : -len(tail)]


def test_the_longest_and_the_shortest_that_fit():
    for number, value, body, start in (
        (2, "1", "0110", 10),
        (2, "12345", "05123450", 10),
        (3, "1234", "1234", 9),
        (4, "123", "0123", 9),
        (5, "123", "1230", 9),
        (6, "1D", "021D", 10),
        (6, "1D23456", "071D234560", 10),
        (6, "12D34D5", "0712D34D50", 10),
        (7, " ~", "207E", 9),
        (8, "", "00", 10),
        (8, "abc", "03616263", 10),
        (9, "a" * 300, "0300" + "61" * 300, 11),
        (9, b"\x1f", "00011F", 11),
        (9, b"\x7f", "00017F", 11),
        (10, b"\x00\xff", "00FF", 9),
        (11, b"", "0000", 11),
        (11, b"abc", "0003616263", 11),
        (12, "123", "030123", 10),
        (12, "1234", "041234", 10),
        (13, "1D345", "1D3450", 9),
        (14, "ab", "6162", 9),
        (14, b"a\x00", "6100", 9),
        (64, b"\x01", "01", 9),
    ):
        assert _packed(number, value) == body, (number, value)
        assert _read(number, body) == (value, start), (number, value)
    assert _packed(6, "1=23") == "041D23" and _packed(9, b"ab") == "00026162"


def test_why_a_value_does_not_fit():
    for number, value, said in (
        (2, "123456", "6 long, at most 5 fit"),
        (2, "", "empty"),
        (2, "12a", "digits expected"),
        (3, "123", "3 long, must be 4"),
        (3, "12345", "5 long, must be 4"),
        (3, "12a4", "digits expected"),
        (4, "12", "2 long, must be 3"),
        (4, "1a2", "digits expected"),
        (5, "1234", "4 long, must be 3"),
        (6, "D123", "no separator after the PAN"),
        (6, "123", "no separator after the PAN"),
        (6, "1D3456789", "9 long, at most 7 fit"),
        (6, "1Da", "digits expected"),
        (7, "a", "1 long, must be 2"),
        (7, "abc", "3 long, must be 2"),
        (7, "a\x1f", "not printable ASCII"),
        (7, "a\x7f", "not printable ASCII"),
        (8, "abcd", "4 long, at most 3 fit"),
        (8, "a\x7f", "not printable ASCII"),
        (8, "\x1fa", "not printable ASCII"),
        (8, b"ab", "text expected, not bytes"),
        (9, "a" * 301, "301 long, at most 300 fit"),
        (9, "\x1f", "not printable ASCII"),
        (10, b"a", "1 long, must be 2"),
        (11, b"abcd", "4 long, at most 3 fit"),
        (11, "ab", "bytes expected, not text"),
        (12, "123456", "6 long, at most 5 fit"),
        (13, "1D34", "4 long, must be 5"),
        (14, "abc", "3 long, must be 2"),
        (14, b"a", "1 long, must be 2"),
        (15, "a", "not a field of this profile"),
        (63, "a", "not a field of this profile"),
        (65, b"a", "not a value of this field's type"),
        (3, 1234, "not a value of this field's type"),
        (3, b"1234", "not a value of this field's type"),
        (7, b"ab", "not a value of this field's type"),
        (10, None, "not a value of this field's type"),
    ):
        assert _said(number, value).endswith(said), (number, value, _said(number, value))
    for number in (1, 0):
        assert "F%d: not a" % number in str(raises(MessageError, _CODEC.pack, b"", {number: "1"}))


def test_where_a_length_is_wrong():
    for number, body, wanted in (
        (2, "", (0, "cut short in its length")),
        (9, "03", (0, "cut short in its length")),
        (2, "0A", (0, "length is not BCD")),
        (2, "0A12345678", (0, "length is not BCD")),
        (9, "0A0061", (0, "length is not BCD")),
        (2, "06123456", (0, "length 06 above 5")),
        (9, "0301" + "61" * 301, (0, "length 0301 above 300")),
        (2, "05", (1, "cut short, 0 bytes of 3")),
        (2, "051234", (1, "cut short, 2 bytes of 3")),
        (3, "12", (0, "cut short, 1 bytes of 2")),
        (4, "01", (0, "cut short, 1 bytes of 2")),
        (7, "61", (0, "cut short, 1 bytes of 2")),
        (10, "", (0, "cut short, 0 bytes of 2")),
        (11, "00036161", (2, "cut short, 2 bytes of 3")),
    ):
        assert _wrong(number, body) == wanted, (number, body)


def test_where_a_sign_is_wrong():
    for number, body, wanted in (
        (2, "00", (1, "empty")),
        (12, "00", (1, "empty")),
        (2, "031A30", (1, "not BCD")),
        (2, "0312A0", (2, "not BCD")),
        (2, "04123A", (2, "not BCD")),
        (2, "04A234", (1, "not BCD")),
        (2, "04991A", (2, "not BCD")),
        (3, "1D34", (0, "not BCD")),
        (3, "12F4", (1, "not BCD")),
        (4, "0A23", (0, "not BCD")),
        (4, "01A3", (1, "not BCD")),
        (4, "012A", (1, "not BCD")),
        (4, "1123", (0, "padding is not 0")),
        (4, "F123", (0, "padding is not 0")),
        (5, "123F", (1, "padding is not 0")),
        (5, "1231", (1, "padding is not 0")),
        (5, "12A0", (1, "not BCD")),
        (2, "031231", (2, "padding is not 0")),
        (12, "031123", (1, "padding is not 0")),
        (6, "02D1", (1, "no separator after the PAN")),
        (6, "0212", (1, "no separator after the PAN")),
        (6, "041DA4", (2, "not BCD")),
        (6, "041D3E", (2, "not BCD")),
        (6, "02DD", (1, "not BCD")),
        (7, "611F", (1, "not printable ASCII")),
        (7, "7F61", (0, "not printable ASCII")),
        (8, "03207E1F", (3, "not printable ASCII")),
        (8, "03207E80", (3, "not printable ASCII")),
    ):
        assert _wrong(number, body) == wanted, (number, body, _wrong(number, body))
    assert _read(2, "03123F") == ("123", 10) and _read(12, "03F123") == ("123", 10) and _read(6, "031D3F") == ("1D3", 10)


def test_bitmap_and_end():
    assert _CODEC.unpack(b"\xee" + bytes(8), 1, {}) == 9
    error = raises(MessageError, _CODEC.unpack, b"\xee" + bytes(7), 1, {})
    assert (error.where, error.offset) == ("bitmap", 1)
    error = raises(MessageError, _CODEC.unpack, b"\xee\x80" + bytes(7), 1, {})
    assert (error.where, error.offset) == ("bitmap", 1)
    error = raises(MessageError, _CODEC.unpack, _frame(3, "12340000"), 1, {})
    assert (error.where, error.offset) == ("end", 11) and "2 bytes too many" in str(error)
    for number, at in ((15, 2), (16, 2), (17, 3), (63, 8)):
        error = raises(MessageError, _CODEC.unpack, _frame(number, "00"), 1, {})
        assert (error.where, error.offset) == ("F%d" % number, at)
    packed = _CODEC.pack(b"ab", {64: b"\x01", 3: "1234", 8: "x"}, 3)
    assert bytes(packed) == b"ab" + unhex("2100000000000001") + unhex("1234 0178 01 000000")
    assert bytes(_CODEC.pack(b"", {})) == bytes(8)


def test_what_an_error_says():
    error = CodecError("F2", "empty")
    assert (str(error), error.where, error.offset) == ("F2: empty", "F2", -1)
    error = CodecError("F2", "empty", 0)
    assert (str(error), error.offset) == ("F2: empty at byte 0", 0)


_TABLE = {
    2: "LL n 19", 3: "n 6", 4: "n 12", 11: "n 6", 12: "n 6", 13: "n 4", 14: "n 4", 15: "n 4", 22: "n 3", 23: "r 3", 25: "n 2",
    26: "n 2", 32: "LL n 11", 35: "LL z 37", 37: "a 12", 38: "a 6", 39: "a 2", 41: "a 8", 42: "a 15", 44: "LL a 25",
    48: "LLL n 999", 49: "a 3", 52: "b 8", 53: "n 16", 54: "LLL a 120", 55: "LLL b 255", 59: "LLL x 999", 60: "LLL n 999",
    61: "LLL n 999", 62: "LLL b 999", 63: "LLL x 999", 64: "b 8",
}  # fmt: skip
_KINDS = {"n": DIGITS, "r": DIGITS_RIGHT, "z": TRACK2, "a": TEXT, "x": TEXT_OR_BYTES, "b": BYTES, "LL": LL, "LLL": LLL}


def test_the_table_of_the_profile():
    for number in range(2, 65):
        kind, size = 255, 0
        if number in _TABLE:
            *kinds, size = _TABLE[number].split()
            kind = sum([_KINDS[name] for name in kinds])
            size = int(size)
            kind += 8 if kind <= DIGITS_RIGHT and size & 1 else 0
        assert (profile.CODEC._kinds[number], profile.CODEC._sizes[number]) == (kind, size), number


def test_the_transactions_of_the_profile():
    for found, row in (
        (rows.PAYMENTS[transactions.SALE.kind], ("0200", "000000", "00", "22", "000")),
        (rows.PAYMENTS[transactions.VOID.kind], ("0200", "200000", "00", "23", "000")),
        (rows.SIGN_ON, ("0800", None, None, "00", "003")),
        (rows.ECHO, ("0820", None, None, "00", "301")),
        (rows.STATUS, ("0820", None, None, "00", "901")),
    ):
        assert (found.mti, found.f3, found.f25, found.type, found.network) == row
    assert (profile.HEAD, profile.MAC_START) == (13, 11)
    for letter, state in (("N", "NONE"), ("A", "APPROVED"), ("D", "DECLINED"), ("R", "REVERSED"), ("B", "BARRED")):
        assert getattr(trace_state, state) == letter
        assert trace_state.read(letter + "000000001250" + "112200000001", "F63") == (letter, 1250, "112200000001")


def test_parts_of_a_frame_and_their_errors():
    tpdu, header = unhex("6000030000"), unhex("603100310730")
    for arguments, named in (
        (("0200", {}, tpdu[:4], header), "TPDU"),
        (("0200", {}, tpdu + b"\0", header), "TPDU"),
        (("0200", {}, tpdu, header[:5]), "header"),
        (("0200", {}, tpdu, header + b"\0"), "header"),
        (("020", {}, tpdu, header), "MTI"),
        (("02000", {}, tpdu, header), "MTI"),
        (("02A0", {}, tpdu, header), "MTI"),
        (("02/0", {}, tpdu, header), "MTI"),
    ):
        error = raises(MessageError, profile.build, *arguments)
        assert (error.where, error.offset) == (named, -1)
    seen = []

    def code(data):
        seen.append(bytes(data))
        return b"12345678"

    frame = profile.build("0200", {3: "000000"}, tpdu, header, code)
    assert bytes(frame) == tpdu + header + unhex("0200 2000000000000001 000000") + b"12345678"
    assert seen == [bytes(frame[11:-8])] and profile.mac_ok(frame, code) and not profile.mac_ok(frame, lambda data: b"12345679")
    assert raises(MessageError, profile.build, "0200", {64: b"12345678"}, tpdu, header, code).where == "F64"
    assert raises(MessageError, profile.build, "0200", {}, tpdu, header, lambda data: b"1234567").where == "F64"
    assert profile.mac_ok(profile.build("0200", {}, tpdu, header, code), code)
    assert not profile.mac_ok(profile.build("0200", {}, tpdu, header, code)[:-1], code)
    assert not profile.mac_ok(bytes(profile.build("0200", {3: "000000"}, tpdu, header)) + b"12345678", code)
    whole = bytes(frame)
    for size, named, at in ((0, "TPDU", 0), (1, "TPDU", 0), (4, "TPDU", 0), (5, "header", 5), (10, "header", 5), (11, "MTI", 11),
                            (12, "MTI", 11), (13, "bitmap", 13), (20, "bitmap", 13)):  # fmt: skip
        error = raises(MessageError, profile.parse, whole[:size])
        assert (error.where, error.offset) == (named, at), size
    for at in range(5, 13):
        for value in (0x0A, 0x9A, 0xA0):
            bad = bytearray(whole)
            bad[at] = value
            error = raises(MessageError, profile.parse, bad)
            assert (error.where, error.offset) == ("MTI" if at >= 11 else "header", at)
        good = bytearray(whole)
        good[at] = 0x99
        assert profile.parse(good).fields[3] == "000000"
    bad = bytearray(whole)
    bad[0] = 0x61
    assert raises(MessageError, profile.parse, bad).where == "TPDU"
    assert profile.parse(profile.build("0990", {}, unhex("60FAFAFAFA"), header)).mti == "0990"
    message = profile.parse(whole)
    assert (message.tpdu, message.header, message.mti) == (tpdu, header, "0200")


def test_what_a_status_may_look_like():
    good = "A000000001250            "
    assert trace_state.read(good, "F63") == ("A", 1250, "") and trace_state.read("A9" + good[2:], "F63")[1] == 900000001250
    for bad in (good[:-1], good + " ", "Z" + good[1:], "A00000000125x            ", "Ax" + good[2:], good.encode(), None):
        assert raises(MessageError, trace_state.read, bad, "F63").where == "F63"
    assert (
        profile.f60(rows.PAYMENTS[transactions.SALE.kind], 7) == "2200000700060"
        and profile.f60(rows.ECHO, 999999) == "00999999301"
    )
    assert profile.f61(1, 23) == "000001000023"
