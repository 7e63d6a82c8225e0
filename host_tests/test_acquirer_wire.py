"""The codec and the MAC against published and derived messages.

From vectors/iso8583_vectors.md: 1.1 and 1.2 (published), 1.3 keys, 2.2 and 2.5 MACs, 3.4 the D set (derived).
"""

import asyncio

import pytest
from acquirer_vectors import MESSAGES, PUBLISHED

from acquirer import desops, keys
from acquirer.mac import ECB, matches, profile_mac
from acquirer.profiles.cn_pos import wire
from acquirer.wire import CountingReader
from taptill.core.errors import MessageError
from taptill.core.profiles import cn_pos as profile

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")

TMK = "258FB0AB70D025CDB99DF2C4D302D646"
PIK = "D931648F3DE313A4A22C15DCA4F4299E"
MAK = bytes.fromhex("AB7C577CC7A18045")


def body_of(text: str) -> bytes:
    """TPDU … F64 of a framed message, its length prefix checked."""
    framed = bytes.fromhex(text)
    assert int.from_bytes(framed[:2], "big") == len(framed) - 2
    return framed[2:]


def readable(value) -> str:
    return value.hex().upper() if isinstance(value, bytes) else value


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_read_field_by_field(name):
    text, fields = MESSAGES[name]
    message = wire.decode(body_of(text))
    assert {number: readable(value) for number, value in message.fields.items()} == fields


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_written_to_the_same_bytes(name):
    text, fields = MESSAGES[name]
    read = wire.decode(body_of(text))
    values = {n: bytes.fromhex(v) if n in (52, 55, 62, 64) else v for n, v in fields.items()}
    message = wire.Message(read.mti, values, bytes.fromhex(text[4:14]), bytes.fromhex(text[14:26]))
    mac = (lambda data: profile_mac(MAK, data)) if 64 in fields else None
    assert wire.frame(wire.encode(message, mac)).hex().upper() == text


@pytest.mark.parametrize("name", [name for name in MESSAGES if 64 in MESSAGES[name][1]])
def test_the_mac_of_a_message_verifies_and_any_flipped_bit_is_seen(name):
    body = bytearray(body_of(MESSAGES[name][0]))
    message = wire.decode(body)
    assert matches(ECB, MAK, message.mac_data, message.fields[64])
    for place in range(len(message.mac_data)):
        data = bytearray(message.mac_data)
        data[place] ^= 0x10
        assert not matches(ECB, MAK, bytes(data), message.fields[64])


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_messages_survive_the_way_back(name):
    body = body_of(PUBLISHED[name])
    message = wire.decode(body)
    assert message.mti == name and wire.encode(message) == body


@pytest.mark.parametrize(
    "mak, data, f64",
    [
        ("0123456789ABCDEF", "414243", "961AFC59"),
        ("0123456789ABCDEFFEDCBA9876543210", "414243", "8059D058"),
        (
            "C24A8FB57AA20123",
            "0200302004C020C0981100000000000000005100183402100006324392260009942820D131"
            "2101120084393136363838303134303030303030303030303030303031313536ACF46E73838A82F92600000000000000000822000001",
            "8A9E91B8",
        ),
    ],
)
def test_mac_known_answers(mak, data, f64):
    assert profile_mac(bytes.fromhex(mak), bytes.fromhex(data)) == f64.encode()


def test_an_absent_mac_never_matches():
    assert not matches(ECB, MAK, b"ABC", None)


def test_working_keys_are_wrapped_as_published():
    """1.3: the very F62 of the published sign-on answer."""
    field = keys.working_keys_field(bytes.fromhex(TMK), "003", bytes.fromhex(PIK), MAK)
    assert field.hex().upper() == ("46F161A743497B32EAC760DF5EA57DF5900ECCE3977731A7EA402DDF0000000000000000CFF1592A")


def test_random_keys_have_odd_parity_and_two_halves():
    for length in (8, 16):
        key = keys.random_key(length)
        assert len(key) == length and all(bin(byte).count("1") % 2 for byte in key)
        assert length == 8 or key[:8] != key[8:]


def test_single_and_double_des_known_answers():
    """FIPS 46 with the all-zero block; a key of two equal halves is single DES."""
    assert desops.check_value(bytes.fromhex("0123456789ABCDEF")).hex().upper() == "D5D44FF7"
    assert desops.check_value(bytes.fromhex("0123456789ABCDEF" * 2)).hex().upper() == "D5D44FF7"
    with pytest.raises(ValueError):
        desops.encrypt(bytes(5), bytes(8))


def test_an_odd_digit_count_may_be_padded_with_f():
    body = bytearray(body_of(MESSAGES["D3"][0]))
    place = bytes(body).index(bytes.fromhex("376200000000000005D3")) + 19
    assert body[place] & 0x0F == 0
    body[place] |= 0x0F
    assert wire.decode(bytes(body)).fields[35] == MESSAGES["D3"][1][35]


def test_odd_digits_of_a_17_digit_pan():
    message = wire.Message("0200", {2: "12345678901234567", 11: "000001"})
    raw = wire.encode(message)
    assert raw.hex()[-26:] == "17" + "123456789012345670" + "000001"
    assert wire.decode(raw).fields[2] == "12345678901234567"


@pytest.mark.parametrize("name", ["D3", "D8", "D4"])
def test_every_truncation_is_an_error_that_names_a_field(name):
    body = body_of(MESSAGES[name][0])
    for length in range(len(body)):
        with pytest.raises(wire.WireError) as caught:
            wire.decode(body[:length])
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change, field", [((5 + 6 + 2, 0xFF, 0xFF), "7"), ((0, 0xFF, 0x61), "frame"), ((5 + 6, 0xFF, 0x2A), "t")]
)
def test_foreign_bytes_are_refused(change, field):
    body = bytearray(body_of(MESSAGES["D3"][0]))
    place, _, value = change
    body[place] = value
    with pytest.raises(wire.WireError) as caught:
        wire.decode(bytes(body))
    assert caught.value.field in (field, "1")


def test_letters_in_a_digit_field_are_refused_and_the_rest_is_told():
    body = bytearray(body_of(MESSAGES["D5"][0]))
    place = 5 + 6 + 2 + 8 + 3
    body[place] = 0xAB  # inside F4
    with pytest.raises(wire.WireError) as caught:
        wire.decode(bytes(body))
    assert caught.value.field == "4" and caught.value.partial.fields[41] == "12345678"


def test_the_tpdu_is_swapped():
    assert wire.swap_tpdu(bytes.fromhex("6000030000")).hex() == "6000000003"


@pytest.mark.parametrize(
    "data, error",
    [
        (b"", None),
        (b"\x00", wire.WireError),
        (b"\x00\x05abcde", wire.WireError),
        (b"\xff\xff", wire.WireError),
        (b"\x00\x20abc", wire.WireError),
    ],
)
def test_frames_are_bounded(data, error):
    async def work():
        reader = CountingReader(4096)
        reader.feed_data(data)
        reader.feed_eof()
        if error is None:
            assert await wire.read_frame(reader, 1, 1) is None
        else:
            with pytest.raises(error):
                await wire.read_frame(reader, 1, 1)

    asyncio.run(work())


def test_a_half_sent_frame_runs_out_of_time():
    async def work():
        reader = CountingReader(4096)
        reader.feed_data(b"\x00\x20ab")
        with pytest.raises(asyncio.TimeoutError):
            await wire.read_frame(reader, 1, 0.01)

    asyncio.run(work())


@pytest.mark.parametrize(
    "number, digits",
    [
        (2, "620000000000005"),
        (32, "00085"),
        (35, "620000000000005D301220112"),
        (48, "123"),
        (60, "00000001003"),
        (61, "0000010000021"),
    ],
)
def test_f_h3_the_pad_nibble_of_an_odd_count_is_0_or_f_on_both_sides(number, digits):
    """F-H3: one rule for every field of digits with a length, in the terminal's codec and in the acquirer's."""
    fields = {11: "000001", 41: "12345678", number: digits}
    frame = bytes(profile.build("0800", fields, bytes.fromhex("6000030000"), bytes.fromhex("603100310730")))
    packed = bytes.fromhex(digits + "0")
    assert frame.count(packed) == 1
    for pad in "0F":
        padded = frame.replace(packed, bytes.fromhex(digits + pad))
        assert profile.parse(padded).fields[number] == digits
        assert wire.decode(padded).fields[number] == digits
    wrong = frame.replace(packed, bytes.fromhex(digits + "7"))
    with pytest.raises(MessageError):
        profile.parse(wrong)
    with pytest.raises(wire.WireError):
        wire.decode(wrong)
