"""Masks, PIN blocks, passwords, keys and trace numbers at their borders."""

import hashlib

from expect import hexed, raises
from stage import Stage

from taptill.core import keycheck, masking, password, pinblock
from taptill.core.des import Des
from taptill.core.errors import ConfigError, KeyError_, LinkDown, MessageError
from taptill.core.profiles.cn_pos import keys

_PAN = "4693801184579311"


def test_masks():
    for pan, wanted in (("123456789012", "*" * 12), ("1234567890123", "123456***0123"), ("", "")):
        assert masking.mask_pan(pan) == wanted
    for separator in "D=":
        assert masking.mask_track2("1234567890123" + separator + "3012") == "123456***0123" + separator + "****"
    assert masking.mask_track2("12345") == "*****" and masking.mask_track2("D1") == "D*"
    fields = {2: "1234567890123", 3: "000000", 35: "1234567890123D3012", 48: "1234", 52: b"12345678", 55: b"abc", 62: b""}
    assert masking.masked(fields) == {2: "123456***0123", 3: "000000", 35: "123456***0123D****", 48: "(4)", 52: "*" * 16,
                                      55: "(3)", 62: "(0)"}  # fmt: skip


def test_pin_blocks_at_their_borders():
    assert hexed(pinblock.format0(b"1234", "4693801184579311")) == "041" + "2" + hexed(
        bytes([0x34 ^ 0x38, 0xFF ^ 0x01, 0xFF ^ 0x18, 0xFF ^ 0x45, 0xFF ^ 0x79, 0xFF ^ 0x31])
    )
    for pin in (b"1234", b"123456789012"):
        for pan in ("1" * 13, "1" * 19):
            assert pinblock.format0(pin, pan)[0] == len(pin)
    for pin, pan, named in (
        (b"123", "1" * 16, "F52"), (b"1" * 13, "1" * 16, "F52"), ("1234", "1" * 16, "F52"), (b"12/4", "1" * 16, "F52"),
        (b"12:4", "1" * 16, "F52"), (b"1234", "1" * 12, "F2"), (b"1234", "1" * 20, "F2"), (b"1234", "1" * 15 + "/", "F2"),
        (b"1234", "1" * 15 + ":", "F2"), (b"1234", 1, "F2"),
    ):  # fmt: skip
        error = raises(MessageError, pinblock.format0, pin, pan)
        assert error.where == named, (pin, pan)
    secret = bytearray(b"1234")
    pinblock.wipe(secret)
    assert secret == bytes(4)


def test_passwords_at_their_borders():
    assert password.ROUNDS == 2000
    once = password.derive("1", b"\x01", 1)
    assert once == "1:01:" + hexed(hashlib.sha256(b"\x01\x011").digest()).lower()
    assert password.parts("100000:01:" + "0" * 64) == (100000, b"\x01", "0" * 64)
    assert password.parts("1::" + "0" * 64) == (1, b"", "0" * 64)
    for bad in ("0:01:" + "0" * 64, "100001:01:" + "0" * 64, "1:01:" + "0" * 63, "1:01:" + "0" * 65, "1:01:" + "0" * 64 + ":",
                "1", "1:0:" + "0" * 64, "a:01:" + "0" * 64):  # fmt: skip
        raises(ConfigError, password.parts, bad)
    for at in range(64):
        wrong = once[: 5 + at] + ("0" if once[5 + at] != "0" else "1") + once[6 + at :]
        assert not password.fits("1", wrong)
    assert password.fits("1", once)


def test_keys_of_another_length_are_refused():
    for size in (0, 15, 17):
        told = str(raises(KeyError_, keys.unwrap, bytes(size), bytes(24)))
        assert told.startswith("TMK: 16") and told.endswith(str(size))
    for size in (0, 23, 25, 39, 41, 59, 61):
        assert str(raises(KeyError_, keys.unwrap, bytes(16), bytes(size))).endswith(str(size))
    for size, name in ((24, "PIK"), (40, "PIK"), (60, "PIK")):
        assert str(raises(KeyError_, keys.unwrap, bytes(16), bytes(size))).startswith(name + ": ")


def test_a_link_that_is_down():
    error = LinkDown("x")
    assert (str(error), error.sent, error.kind) == ("x", False, LinkDown.LINK)
    error = LinkDown("x", True, LinkDown.EARLY)
    assert (error.sent, error.kind) == (True, LinkDown.EARLY)
    kinds = (
        "LINK RADIO PASSWORD ADDRESS NAME ROUTE REFUSED SILENT TLS EXPIRED EARLY OTHER_NAME OTHER_CA CERTIFICATE MEMORY"
    ).split()
    assert [getattr(LinkDown, name) for name in kinds] == list(range(15))


def test_trace_numbers_are_reserved_ahead_and_never_repeat():
    stage = Stage()
    seen = [stage.store.next_stan() for _ in range(40)]
    assert seen == list(range(1, 41))
    again = stage.again()
    first = again.store.next_stan()
    assert first > 40 and again.store.batch() == 1
    again.store.set_batch(2)
    assert again.store.batch() == 2 and again.store.next_stan() == first + 1
    third = again.again()
    assert third.store.batch() == 2 and third.store.next_stan() > first + 1


def test_a_pin_key_is_never_short():
    tmk = Des(bytes(range(16)))
    short = tmk.encrypt(b"\x01" * 8) + bytes(8) + Des(b"\x01" * 8).encrypt(bytes(8))[:4]
    whole = tmk.encrypt(b"\x02" * 8) + tmk.encrypt(b"\x03" * 8) + keycheck.kcv(b"\x02" * 8 + b"\x03" * 8)
    pik, mak = keys.unwrap(bytes(range(16)), whole + short)
    assert (pik, mak) == (b"\x02" * 8 + b"\x03" * 8, b"\x01" * 8)
    assert str(raises(KeyError_, keys.unwrap, bytes(range(16)), short + whole)).startswith("PIK" + ": ")
    assert keys.unwrap(bytes(range(16)), whole + whole + short)[1] == pik
    bad = whole[:-1] + bytes([whole[-1] ^ 1])
    assert str(raises(KeyError_, keys.unwrap, bytes(range(16)), whole + bad)).startswith("MAK" + ": ")
    assert str(raises(KeyError_, keys.unwrap, bytes(range(16)), whole + whole + bad)).startswith("TDK" + ": ")


def test_wiped_keys_are_zeros():
    des = Des(bytes(range(16)))
    assert any(des._keys)
    des.wipe()
    assert not any(des._keys)
