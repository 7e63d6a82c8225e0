"""Fuzz smoke of the codec: typed errors only, and what is built is read back; ciphers beside an independent library."""

import warnings

from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st
from iso8583_messages import MESSAGES
from psec import des as psec_des
from psec import pinblock as psec_pinblock

from taptill.core.des import Des
from taptill.core.errors import CodecError, MessageError, TapTillError
from taptill.core.pinblock import format0
from taptill.core.profiles import cn_pos as profile
from taptill.core.profiles.cn_pos.keys import unwrap
from words.message_text import describe, lines

FRAMES = [bytes.fromhex(text) for _, text, _ in MESSAGES]
TPDU = bytes.fromhex("6000030000")
HEADER = bytes.fromhex("603100310730")

BLOCK = st.binary(min_size=8, max_size=8)

SMOKE = examples(250)


def digits(least: int, most: int | None = None):
    return st.text("0123456789", min_size=least, max_size=least if most is None else most)


def printable(least: int, most: int | None = None):
    signs = st.characters(min_codepoint=32, max_codepoint=126)
    return st.text(signs, min_size=least, max_size=least if most is None else most)


VALUES = {
    2: digits(1, 19),
    3: digits(6),
    4: digits(12),
    11: digits(6),
    12: digits(6),
    13: digits(4),
    14: digits(4),
    15: digits(4),
    22: digits(3),
    23: digits(3),
    25: digits(2),
    26: digits(2),
    32: digits(1, 11),
    35: st.tuples(digits(12, 19), digits(0, 17)).map("D".join),
    37: printable(12),
    38: printable(6),
    39: printable(2),
    41: printable(8),
    42: printable(15),
    44: printable(0, 25),
    48: digits(1, 999),
    49: printable(3),
    52: st.binary(min_size=8, max_size=8),
    53: digits(16),
    54: printable(0, 120),
    55: st.binary(max_size=255),
    59: printable(0, 999),
    60: digits(1, 99),
    61: digits(1, 99),
    62: st.binary(max_size=999),
    63: printable(0, 999),
    64: st.binary(min_size=8, max_size=8),
}


@SMOKE
@given(st.fixed_dictionaries({}, optional=VALUES))
def test_what_is_built_is_read_back(fields: dict) -> None:
    frame = profile.build("0200", fields, TPDU, HEADER)
    assert profile.parse(frame).fields == fields


@SMOKE
@given(st.dictionaries(st.integers(-2, 130), st.one_of(st.none(), st.integers(), st.text(), st.binary(), st.floats())))
def test_any_values_are_built_or_refused(fields: dict) -> None:
    try:
        frame = profile.build("0200", fields, TPDU, HEADER)
    except MessageError as error:
        assert error.where.startswith("F")
    else:
        assert profile.parse(frame).mti == "0200"


@SMOKE
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for frame in (data, TPDU + HEADER + b"\x02\x00" + data):
        try:
            profile.parse(frame)
        except MessageError as error:
            assert 0 <= error.offset <= len(frame)
        profile.mac_ok(frame, lambda covered: b"01234567")


@SMOKE
@given(
    st.sampled_from(FRAMES),
    st.lists(st.tuples(st.integers(0, 270), st.integers(0, 255)), max_size=4),
    st.integers(0, 280),
)
def test_damaged_messages_are_shown_or_refused(frame: bytes, damage: list, keep: int) -> None:
    broken = bytearray(frame)
    for at, value in damage:
        broken[at % len(broken)] = value
    for data in (bytes(broken), bytes(broken[:keep])):
        try:
            describe(data)
            lines(data)
        except CodecError as error:
            assert -1 <= error.offset <= len(data)


@SMOKE
@given(st.binary(max_size=64))
def test_any_working_keys_are_refused(f62: bytes) -> None:
    try:
        unwrap(bytes(16), f62)
    except TapTillError:
        return
    raise AssertionError("random bytes were taken for keys")


@examples(60)
@given(BLOCK, BLOCK, st.booleans())
def test_des_beside_psec(key: bytes, block: bytes, double: bool) -> None:
    if double:
        key += bytes(byte ^ 0x5A for byte in block)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library behind psec says that DES is old
        assert Des(key).encrypt(block) == psec_des.encrypt_tdes_ecb(key, block)
        assert Des(key).decrypt(block) == psec_des.decrypt_tdes_ecb(key, block)


@examples(60)
@given(digits(4, 12), digits(13, 19))
def test_pin_block_beside_psec(pin: str, pan: str) -> None:
    assert bytes(format0(bytearray(pin.encode()), pan)) == psec_pinblock.encode_pinblock_iso_0(pin, pan)
