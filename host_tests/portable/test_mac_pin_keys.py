"""The profile MAC, PIN blocks and the unwrapping of working keys against iso8583_vectors.md."""

from expect import hexed, raises, unhex

from taptill.core.des import Des
from taptill.core.errors import KeyError_, MessageError
from taptill.core.keycheck import kcv
from taptill.core.mac import equal
from taptill.core.pinblock import format0, wipe
from taptill.core.profiles.cn_pos.keys import unwrap
from taptill.core.profiles.cn_pos.mac import profile_mac

# section 1.3
TMK = unhex("258FB0AB70D025CDB99DF2C4D302D646")
F62 = unhex("46F161A743497B32EAC760DF5EA57DF5900ECCE3977731A7EA402DDF0000000000000000CFF1592A")
PIK = unhex("D931648F3DE313A4A22C15DCA4F4299E")
MAK = unhex("AB7C577CC7A18045")


def test_small_macs() -> None:
    # section 2.5
    assert profile_mac(Des(unhex("0123456789ABCDEF")), b"ABC") == b"961AFC59"
    assert profile_mac(Des(unhex("0123456789ABCDEFFEDCBA9876543210")), b"ABC") == b"8059D058"


def test_mac_with_unwrapped_mak() -> None:
    # section 2.2: TMK, encrypted MAK, MAB
    mak = Des(unhex("70F2A84CCBC2AE8625CBB0F2C22AB923")).decrypt(unhex("96D605EA176B7E9E"))
    assert hexed(mak) == "C24A8FB57AA20123"
    mab = unhex(
        "0200302004C020C0981100000000000000005100183402100006324392260009942820D13121011200843931363638383031"
        "34303030303030303030303030303031313536ACF46E73838A82F92600000000000000000822000001"
    )
    assert profile_mac(Des(mak), mab) == b"8A9E91B8"
    assert profile_mac(Des(mak), memoryview(mab)) == b"8A9E91B8"
    assert profile_mac(Des(mak), bytearray(mab)) == b"8A9E91B8"


def test_mac_covers_the_message_from_the_mti() -> None:
    # section 2.3: a whole frame, and the values of four wrong starts
    frame = unhex(
        "007F60000300006032103200720200302004 8000C08015 000000000000001234 000002 0300 99 3030303030303031 3"
        "93532373138313832323137383735 313536 001926000001000600000000 00435F0112 323834343132333435363738393"
        "0313233345F03063136303033365F04063230303832365C023031 4233413039324145"
    )
    des = Des(unhex("0723C80DB5F4CD3D0723C80DB5F4CD3D"))
    end = len(frame) - 8
    assert frame[end:] == b"B3A092AE"
    assert profile_mac(des, frame[13:end]) == b"B3A092AE"
    assert profile_mac(Des(unhex("0723C80DB5F4CD3D")), frame[13:end]) == b"B3A092AE"
    for start, wrong in ((0, b"32C53678"), (2, b"84A2A24F"), (7, b"9BEA19A9"), (15, b"A86CB71F")):
        assert profile_mac(des, frame[start:end]) == wrong


def test_mac_padding_is_zeros() -> None:
    des = Des(MAK)
    assert profile_mac(des, b"ABC") == profile_mac(des, b"ABC\x00\x00\x00\x00\x00")
    assert profile_mac(des, b"") == profile_mac(des, bytes(8))


def test_equal() -> None:
    assert equal(b"8059D058", bytearray(b"8059D058"))
    assert equal(b"", b"")
    assert not equal(b"8059D058", b"8059D059")
    assert not equal(b"0059D058", b"8059D058")
    assert not equal(b"8059D058", b"8059D05")


def test_format_0() -> None:
    # section 4 (ANSI X9.24 and psec's tests) and section 3.4
    for pin, pan, block in (
        (b"1234", "5555555551234567", "041261AAAAEDCBA9"),
        (b"123456789012", "5555555551234567", "0C1261032D8226A9"),
        (b"1234", "4012345678909", "041274EDCBA9876F"),
        (b"123456", "6200000000000005", "06123456FFFFFFFF"),
    ):
        assert hexed(format0(bytearray(pin), pan)) == block
    # an odd PIN and 19 digits, by hand: 05 12 34 5F FF FF FF FF xor 00 00 01 23 45 67 89 01
    assert hexed(format0(b"12345", "6200000123456789012")) == "0512357CBA9876FE"


def test_pin_block_of_d8() -> None:
    clear = format0(bytearray(b"123456"), "6200000000000005")
    assert hexed(Des(PIK).encrypt(clear)) == "03FED3B4F1B785A9"
    wipe(clear)
    assert clear == bytes(8)


def test_pin_and_pan_are_checked_and_never_told() -> None:
    pan = "6200000000000005"
    for pin in (b"", b"123", b"1234567890123", b"12a4", b"12 4", b"\x00\x01\x02\x03", b"123\xff"):
        error = raises(MessageError, format0, bytearray(pin), pan)
        assert error.where == "F52"
        assert not pin or str(error).encode().find(pin) < 0
    assert raises(MessageError, format0, "1234", pan).where == "F52"
    for wrong in ("", "620000000000", "62000000000000000005", "620000000000000F", "6200 0000 0000 0005", None, 5):
        error = raises(MessageError, format0, b"1234", wrong)
        assert error.where == "F2"
        assert "6200" not in str(error)


def test_check_values() -> None:
    assert hexed(kcv(PIK)) == "900ECCE3"
    assert hexed(kcv(MAK)) == "CFF1592A"
    raises(KeyError_, kcv, bytes(24))


def test_unwrap_40_bytes_with_a_short_mak() -> None:
    assert unwrap(TMK, F62) == (PIK, MAK)
    assert unwrap(bytearray(TMK), memoryview(F62)) == (PIK, MAK)


def test_trap_short_mak_with_the_check_value_of_16_bytes() -> None:
    # E3 of the 16 bytes that decryption gives must not be accepted
    error = raises(KeyError_, unwrap, TMK, F62[:36] + unhex("34FDEE9C"))
    assert "MAK" in str(error)


def test_trap_wrong_tmk() -> None:
    error = raises(KeyError_, unwrap, unhex("31" * 16), F62)
    assert "PIK" in str(error)


def _wrapped(key: bytes, tmk: bytes = TMK) -> bytes:
    des = Des(tmk)
    out = b""
    for at in range(0, len(key), 8):
        out += des.encrypt(key[at : at + 8])
    return out + kcv(key)


def test_unwrap_24_bytes() -> None:
    pik = unhex("0123456789ABCDEF")
    assert unwrap(TMK, _wrapped(pik) + _wrapped(MAK)) == (pik, MAK)


def test_unwrap_40_and_60_bytes_with_a_long_mak() -> None:
    mak = unhex("0123456789ABCDEFFEDCBA9876543210")
    tdk = unhex("00112233445566778899AABBCCDDEEFF")
    short = _wrapped(PIK) + _wrapped(mak)
    assert unwrap(TMK, short) == (PIK, mak)
    assert unwrap(TMK, short + _wrapped(tdk)) == (PIK, mak)
    wrong = bytearray(short + _wrapped(tdk))
    wrong[-1] ^= 1
    assert "TDK" in str(raises(KeyError_, unwrap, TMK, wrong))


def test_any_flipped_bit_is_refused() -> None:
    # zeros that are no longer zeros make the MAK a long key, whose check value then is another one
    for at in range(len(F62)):
        broken = bytearray(F62)
        broken[at] ^= 1 << (at & 7)
        raises(KeyError_, unwrap, TMK, broken)


def test_lengths_are_checked() -> None:
    for size in (0, 1, 23, 25, 39, 41, 59, 61, 80):
        raises(KeyError_, unwrap, TMK, bytes(size))
    for size in (0, 8, 15, 17, 24):
        raises(KeyError_, unwrap, bytes(size), F62)
