"""The codec and the profile: whole messages both ways, every coding, every kind of malformed input."""

from expect import hexed, raises, unhex
from iso8583_messages import MAK, MESSAGES, frame

from taptill.core import trace_state, transactions
from taptill.core.des import Des
from taptill.core.errors import KeyError_, MessageError
from taptill.core.iso8583 import BYTES, DIGITS, LL, LLL, TEXT, TEXT_OR_BYTES, TRACK2, Codec
from taptill.core.masking import mask_pan, mask_track2, masked
from taptill.core.profiles import cn_pos as profile
from taptill.core.profiles.cn_pos import fields as rows
from taptill.core.profiles.cn_pos.mac import profile_mac

TPDU = unhex("6000030000")
HEADER = unhex("603100310730")


def _mac(data) -> bytes:
    return profile_mac(Des(unhex(MAK)), data)


def _expected(text: str) -> dict:
    fields = {}
    for part in (" " + text).split(" F")[1:]:
        number, value = int(part[: part.find("=")]), part[part.find("=") + 1 :]
        if number in (52, 55, 62, 64):
            value = unhex(value)
        elif number == 59:
            value = unhex(value).decode()
        fields[number] = value
    return fields


def _one(number: int, value, mti: str = "0200") -> bytearray:
    return profile.build(mti, {number: value}, TPDU, HEADER)


def _body(number: int, value) -> str:
    """Hex of one field's bytes as built."""
    return hexed(_one(number, value)[21:])


def _raw(number: int, body: str) -> bytes:
    """A frame with one field whose bytes are `body`."""
    bitmap = bytearray(8)
    bitmap[number - 1 >> 3] |= 0x80 >> (number - 1 & 7)
    return TPDU + HEADER + b"\x02\x00" + bitmap + unhex(body)


def _read(number: int, body: str):
    return profile.parse(_raw(number, body)).fields[number]


def check_bad(number: int, body: str, offset: int) -> str:
    """The error of a frame with that one field must name field and byte."""
    error = raises(MessageError, profile.parse, _raw(number, body))
    assert error.where == "F" + str(number), str(error)
    assert error.offset == offset, str(error)
    return str(error)


def test_vectors_are_read() -> None:
    for name, text, fields in MESSAGES:
        raw = unhex(text)
        assert raw[0] << 8 | raw[1] == len(raw) - 2, name
        message = profile.parse(raw[2:])
        assert message.fields == _expected(fields), name
        assert message.tpdu == raw[2:7] and message.header == raw[7:13], name
        assert hexed(raw[13:15]) == message.mti, name


def test_vectors_are_built() -> None:
    for name, text, fields in MESSAGES:
        raw = unhex(text)
        built = profile.build(hexed(raw[13:15]), _expected(fields), raw[2:7], raw[7:13])
        assert isinstance(built, bytearray)
        assert hexed(built) == hexed(raw[2:]), name


def test_vectors_carry_the_right_mac() -> None:
    counted = 0
    for name, text, fields in MESSAGES:
        raw = unhex(text)[2:]
        values = _expected(fields)
        assert profile.mac_ok(raw, _mac) == (64 in values), name
        if 64 in values:
            counted += 1
            del values[64]
            built = profile.build(hexed(raw[11:13]), values, raw[:5], raw[5:11], _mac)
            assert bytes(built) == raw, name
    assert counted == 17


def test_bytes_like_frames() -> None:
    want = profile.parse(frame("D3")).fields
    assert profile.parse(bytearray(frame("D3"))).fields == want
    assert profile.parse(memoryview(frame("D3"))).fields == want
    assert profile.mac_ok(memoryview(frame("D3")), _mac)
    assert profile.mac_ok(bytearray(frame("D3")), _mac)


def test_starts_tell_where_each_value_is() -> None:
    raw = frame("D3")
    starts = {}
    message = profile.parse(raw, starts)
    assert sorted(starts) == sorted(message.fields)
    assert raw[starts[55] :].startswith(message.fields[55])
    assert hexed(raw[starts[2] : starts[2] + 8]) == message.fields[2]
    assert starts[64] == len(raw) - 8


def test_every_coding() -> None:
    for number, value, body in (
        (2, "6200000000000005", "166200000000000005"),
        (2, "6200000000000000003", "1962000000000000000030"),
        (3, "310000", "310000"),
        (4, "000000001250", "000000001250"),
        (11, "000002", "000002"),
        (12, "101112", "101112"),
        (13, "0101", "0101"),
        (14, "3012", "3012"),
        (15, "0101", "0101"),
        (22, "072", "0720"),
        (23, "001", "0001"),
        (25, "00", "00"),
        (26, "12", "12"),
        (32, "00085500", "0800085500"),
        (32, "12345678901", "11123456789010"),
        (35, "6200000000000005D3012201", "246200000000000005D3012201"),
        (35, "6200000000000005D30122010", "256200000000000005D301220100"),
        (37, "101530000002", "313031353330303030303032"),
        (38, "A1B2C3", "413142324333"),
        (39, "A0", "4130"),
        (41, "12345678", "3132333435363738"),
        (42, "123456789012345", "313233343536373839303132333435"),
        (44, "01020000   ", "113031303230303030202020"),
        (48, "0000000001000", "001300000000010000"),
        (49, "156", "313536"),
        (52, unhex("03FED3B4F1B785A9"), "03FED3B4F1B785A9"),
        (53, "2600000000000000", "2600000000000000"),
        (54, "1002156C000000012345", "00203130303231353643303030303030303132333435"),
        (55, unhex("9F2701809C0100"), "00079F2701809C0100"),
        (59, "A3019", "00054133303139"),
        (60, "2200000100060", "001322000001000600"),
        (61, "000001000002", "0012000001000002"),
        (62, b"\x00\xff", "000200FF"),
        (63, "001", "0003303031"),
        (64, b"8059D058", "3830353944303538"),
    ):
        assert _body(number, value) == body, number
        assert _read(number, body) == value, number


def test_track_2_separator_and_padding() -> None:
    assert _body(35, "6200000000000005=3012201") == "246200000000000005D3012201"
    assert _read(35, "256200000000000005D30122010F") == "6200000000000005D30122010"
    assert _read(35, "256200000000000005d301220100") == "6200000000000005D30122010"
    check_bad(35, "256200000000000005D301220101", 34)
    assert "separator" in check_bad(35, "166200000000000005", 22)
    assert "separator" in check_bad(35, "02D123"[:4], 22)
    check_bad(35, "246200000000000005E3012201", 30)
    check_bad(35, "246200000000A00005D3012201", 27)
    for wrong in ("6200000000000005", "D3012", "", "6200 D3012", "620000000000000AD3012", "6" * 30 + "D" + "3" * 7):
        assert raises(MessageError, _one, 35, wrong).where == "F35"
    raises(MessageError, _one, 35, b"6200000000000005D3012")


def test_padding_nibbles() -> None:
    assert _read(2, "196200000000000000003F") == "6200000000000000003"
    assert _read(60, "00132200000100060F") == "2200000100060"
    check_bad(2, "1962000000000000000031", 31)
    check_bad(60, "001322000001000601", 29)
    check_bad(22, "0721", 22)
    check_bad(22, "072F", 22)
    check_bad(23, "1001", 21)


def test_digits_that_are_none() -> None:
    check_bad(3, "31000A", 23)
    check_bad(4, "00000B001250", 23)
    check_bad(22, "0A20", 21)
    check_bad(23, "000F", 22)
    check_bad(23, "0A01", 21)
    check_bad(2, "16620000000000000D", 29)
    check_bad(60, "0012220000010F06", 27)


def test_lengths_above_the_maximum_or_not_bcd() -> None:
    check_bad(2, "2062000000000000000005", 21)
    check_bad(32, "12123456789012", 21)
    check_bad(35, "386200000000000005D301220100000000000000", 21)
    check_bad(44, "26" + "20" * 26, 21)
    check_bad(54, "0121" + "20" * 121, 21)
    check_bad(55, "0256" + "00" * 256, 21)
    check_bad(2, "1A6200000000000005", 21)
    check_bad(55, "0A00" + "00" * 5, 21)
    check_bad(60, "FFFF", 21)
    for number in (2, 35, 48, 60, 61):
        check_bad(number, "00" if number in (2, 35) else "0000", 22 if number in (2, 35) else 23)


def test_empty_texts_are_texts() -> None:
    assert _read(44, "00") == ""
    assert _read(63, "0000") == ""
    assert _read(62, "0000") == b""
    assert _body(63, "") == "0000"


def test_text_is_printable_ascii() -> None:
    check_bad(39, "300A", 22)
    check_bad(41, "313233343536FF38", 27)
    check_bad(44, "033130C3", 24)
    assert _read(59, "0002E4B8") == b"\xe4\xb8"
    assert _read(63, "0003300031") == b"0\x001"
    assert _body(63, b"0\x001") == "0003300031"


def test_values_that_do_not_fit_name_the_field_never_the_value() -> None:
    for number, value in (
        (2, "62000000000000000005"),
        (2, ""),
        (2, "620000 000000005"),
        (2, 6200000000000005),
        (2, b"6200000000000005"),
        (3, "00000"),
        (3, "0000000"),
        (3, "00000A"),
        (3, None),
        (3, b"000000"),
        (3, "\u0661" * 6),
        (3, "\u00b2" * 6),
        (4, 1250),
        (4, "1250"),
        (4, "-00000001250"),
        (11, "1"),
        (22, "72"),
        (22, "0720"),
        (22, "07A"),
        (23, "1"),
        (32, "123456789012"),
        (37, "10153000000"),
        (38, "A1B2C3D"),
        (39, "0"),
        (39, "0\n"),
        (39, b"00"),
        (41, "1234567"),
        (41, "1234567\u00e9"),
        (42, "12345678901234"),
        (44, "x" * 26),
        (44, b"x"),
        (48, "12C"),
        (49, "15"),
        (52, b"1234567"),
        (52, "12345678"),
        (53, "26"),
        (54, "x" * 121),
        (55, bytes(256)),
        (55, "9F2701"),
        (59, "\u4e2d"),
        (60, "00 1"),
        (61, "x"),
        (62, "keys"),
        (62, bytes(1000)),
        (63, "0" * 1000),
        (64, b"8059D05"),
        (64, "8059D058"),
    ):
        error = raises(MessageError, _one, number, value)
        assert error.where == "F" + str(number), str(error)
        if isinstance(value, str) and len(value) > 3:
            assert value not in str(error)


def test_unknown_fields() -> None:
    known = [2, 3, 4, 11, 12, 13, 14, 15, 22, 23, 25, 26, 32, 35, 37, 38, 39, 41, 42, 44, 48, 49, 52, 53, 54, 55]
    known.extend((59, 60, 61, 62, 63, 64))
    for number in range(2, 65):
        if number not in known:
            error = raises(MessageError, profile.parse, _raw(number, "00" * 40))
            assert error.where == "F" + str(number)
            assert error.offset == 13 + (number - 1 >> 3)
            assert raises(MessageError, _one, number, "00").where == "F" + str(number)
    for number in (-3, 0, 1, 65, 128):
        raises(MessageError, _one, number, "00")


def test_second_bitmap_is_refused() -> None:
    raw = bytearray(frame("D4"))
    raw[13] |= 0x80
    error = raises(MessageError, profile.parse, raw)
    assert error.where == "bitmap" and error.offset == 13


def test_frame_parts() -> None:
    for part, tpdu, header, mti in (
        ("TPDU", TPDU[:4], HEADER, "0200"),
        ("TPDU", TPDU + b"\x00", HEADER, "0200"),
        ("header", TPDU, HEADER[:5], "0200"),
        ("header", TPDU, HEADER + b"\x00", "0200"),
        ("MTI", TPDU, HEADER, "020"),
        ("MTI", TPDU, HEADER, "02A0"),
        ("MTI", TPDU, HEADER, ""),
    ):
        assert raises(MessageError, profile.build, mti, {3: "000000"}, tpdu, header).where == part
    good = frame("D4")
    for at, part in ((0, "TPDU"), (5, "header"), (10, "header"), (11, "MTI"), (12, "MTI")):
        raw = bytearray(good)
        raw[at] = 0x0A
        error = raises(MessageError, profile.parse, raw)
        assert error.where == part and error.offset == at, str(error)


def test_truncated_at_every_length() -> None:
    for name in ("D1", "D2", "D3", "D4", "D8", "D10", "D13", "D14"):
        raw = frame(name)
        for size in range(len(raw)):
            error = raises(MessageError, profile.parse, raw[:size])
            assert 0 <= error.offset <= size, str(error)
            assert "at byte" in str(error)
            assert "cut short" in str(error) or size == 0, (name, size, str(error))


def test_trailing_bytes() -> None:
    raw = frame("D4")
    error = raises(MessageError, profile.parse, raw + b"\x00")
    assert error.offset == len(raw) and "1 bytes too many" in str(error)
    assert not profile.mac_ok(raw + b"\x00", _mac)


def test_any_flipped_bit_of_an_approval_spoils_its_mac() -> None:
    good = frame("D4")
    raw = bytearray(good)
    des = Des(unhex(MAK))
    parsed = 0
    for at in range(11, len(raw)):
        for bit in range(8):
            raw[at] ^= 1 << bit
            assert not profile.mac_ok(raw, lambda data: profile_mac(des, data)), (at, bit)
            try:
                profile.parse(raw)
                parsed += 1
            except MessageError:
                pass
            raw[at] ^= 1 << bit
    assert bytes(raw) == good
    assert parsed > 100


def test_mac_of_what_cannot_be_parsed() -> None:
    raw = bytearray(frame("D4"))
    raw[13] |= 0x08  # field 5 is not in the table
    raises(MessageError, profile.parse, raw)
    raw[-8:] = _mac(raw[11:-8])
    assert profile.mac_ok(raw, _mac)


def test_mac_of_what_has_none() -> None:
    assert not profile.mac_ok(b"", _mac)
    assert not profile.mac_ok(frame("D16"), _mac)
    assert not profile.mac_ok(frame("D4")[:28], _mac)
    raises(KeyError_, profile.mac_ok, frame("D4"), lambda data: Des(b""))


def test_mac_hook_of_build() -> None:
    seen = []

    def mac(data):
        seen.append(bytes(data))
        return b"01234567"

    built = profile.build("0820", {11: "000009", 41: "12345678"}, TPDU, HEADER, mac)
    assert bytes(built[-8:]) == b"01234567"
    assert seen == [bytes(built[11:-8])]
    assert built[20] & 1
    assert raises(MessageError, profile.build, "0820", {64: b"01234567"}, TPDU, HEADER, mac).where == "F64"
    assert raises(MessageError, profile.build, "0820", {}, TPDU, HEADER, lambda data: b"").where == "F64"


def test_f60_and_f61() -> None:
    assert profile.f60(rows.PAYMENTS[transactions.SALE.kind], 1) == "2200000100060"
    assert profile.f60(rows.SIGN_ON, 1) == "00000001003"
    assert profile.f60(rows.ECHO, 1) == "00000001301"
    assert profile.f60(rows.STATUS, 1) == "00000001901"
    assert profile.f60(rows.PAYMENTS[transactions.VOID.kind], 1) == "2300000100060"
    assert profile.f61(1, 2) == "000001000002"


def test_status_inquiry() -> None:
    request = {11: "000010", 41: "12345678", 42: "123456789012345"}
    request[60] = profile.f60(rows.STATUS, 1)
    request[61] = profile.f61(1, 2)
    raw = profile.build(rows.STATUS.mti, request, TPDU, HEADER, _mac)
    assert profile.mac_ok(raw, _mac)
    message = profile.parse(raw)
    assert message.mti == "0820" and message.fields[60] == "00000001901" and message.fields[61] == "000001000002"
    assert trace_state.read("A000000001250101530000002", "F63") == ("A", 1250, "101530000002")
    assert trace_state.read("N000000000000            ", "F63") == ("N", 0, "")
    long = "A0000000012501015300000021"
    for wrong in ("", "A", "X000000001250101530000002", "A00000000125A101530000002", long, b"A", None):
        assert raises(MessageError, trace_state.read, wrong, "F63").where == "F63"


def test_another_profile_is_another_table() -> None:
    codec = Codec((3, TEXT_OR_BYTES, 4, 5, TRACK2, 8, 7, LLL | DIGITS, 40, 9, LL | BYTES, 9, 10, LL | TEXT, 5))
    fields = {3: "abcd", 5: "1234D567", 7: "123", 9: b"\x00", 10: "xy"}
    packed = codec.pack(b"HEAD", fields, 2)
    values = "61626364" + "1234D567" + "00031230" + "0100" + "027879"
    assert hexed(packed) == "48454144" + "2AC0000000000000" + values + "0000"
    read = {}
    assert codec.unpack(packed[:-2], 4, read) == len(packed) - 2
    assert read == fields
    assert raises(MessageError, codec.pack, b"", {3: b"abc"}).where == "F3"
    assert raises(MessageError, codec.pack, b"", {5: "1234D5678"}).where == "F5"
    assert raises(MessageError, codec.pack, b"", {64: b"12345678"}).where == "F64"


def test_masking() -> None:
    assert mask_pan("6200000000000005") == "620000******0005"
    assert mask_pan("123456789012") == "*" * 12
    assert mask_track2("6200000000000005D3012201") == "620000******0005D*******"
    assert mask_track2("62000000") == "*" * 8
    view = masked(profile.parse(frame("D8")).fields)
    assert view[2] == "620000******0005" and view[35] == "620000******0005D" + "*" * 20
    assert view[52] == "*" * 16 and view[4] == "000000150000" and view[55] == "(139)"
