"""Intents, journal records and what is told of them, value by value and byte by byte."""

import binascii
import struct

from accounts import MASKED
from expect import hexed, raises, unhex

from taptill.core import evidence
from taptill.core.errors import CodecError
from taptill.core.journal import original, pending
from taptill.core.journal import record as records
from taptill.core.journal import timestamp as stamp

_PAN = "4693801184579311"


def _intent():
    one = pending.Pending()
    one.batch, one.stan, one.amount, one.kind = 0x12345, 0x6789A, 0x123456789A, 22
    one.state, one.reason, one.tries, one.cause = pending.ASKING, pending.NOT_FINISHED, 7, 12
    one.pan, one.expiry, one.entry, one.psn, one.currency = _PAN, "2407", "072", "001", "156"
    one.tvr, one.atc, one.iad = unhex("8000008001"), unhex("0157"), unhex("07010A")
    one.auth, one.requested_at, one.cvm = "A1B2C3", 0x6B0CA3DE, 2
    one.terminal, one.merchant = "12345678", "123456789012345"
    return one


# Version 2 by hand: version, trace u32, batch above u8, amount u48, kind, state and reason, tries, cause, PAN …
_FIXED = "9A785634" + "12" + "1200" + "9A785634" + "16" + "32" + "07" + "0C"
_CARD = "4693801184579311FFFF" + "2407" + "072F" + "001F" + "156F"
_END = "413142324333" + "02" + "DEA30C6B" + "3132333435363738" + "313233343536373839303132333435"


def test_the_bytes_of_an_intent():
    one = _intent()
    wanted = "02" + _FIXED + _CARD + _END + "01" + "8000008001" + "0157" + "03" + "07010A"
    assert hexed(one.pack()) == wanted
    one.original = (0x10203, 0x40506, "1231")
    assert hexed(one.pack()) == wanted.replace(_END + "01", _END + "03") + "0302" + "01" + "0605" + "04" + "CF04"
    one.atc = b""
    assert hexed(one.pack()) == "02" + _FIXED + _CARD + _END + "02" + "0302" + "01" + "0605" + "04" + "CF04"
    assert struct.calcsize(pending._LAYOUT) == 69 and pending.LIMIT == 112 and original.SIZE == 8


def test_an_intent_of_the_first_version_is_read():
    old = _FIXED + _CARD + "8000008001" + "0157" + _END + "03" + "07010A"
    back = pending.unpack_1(9, unhex(old))
    one = _intent()
    one.seq = 9
    for name in one.__dict__ if hasattr(one, "__dict__") else ():
        assert getattr(back, name) == getattr(one, name), name
    for cut in range(len(old) // 2):
        assert "too short" in str(raises(CodecError, pending.unpack_1, 9, unhex(old)[:cut]))
    assert pending.unpack_1(9, unhex(old) + b"\0").iad == one.iad


def test_an_intent_comes_back_with_every_value():
    one = _intent()
    one.original = (0x10203, 0x40506, "1231")
    back = pending.unpack(4, one.pack())
    for name in ("batch", "stan", "amount", "kind", "state", "reason", "tries", "cause", "pan", "expiry", "entry", "psn",
                 "currency", "tvr", "atc", "iad", "auth", "requested_at", "cvm", "terminal", "merchant", "original"):  # fmt: skip
        assert getattr(back, name) == getattr(one, name), name
    assert back.seq == 4
    one.tries = 300
    assert pending.unpack(4, one.pack()).tries == 255


def test_an_intent_that_does_not_fit_is_refused():
    one = _intent()
    one.pan, one.iad = "1" * 19, bytes(32)
    assert len(one.pack()) == 69 + 8 + 32
    one.pan = "1" * 20
    assert "PAN of 20 digits" in str(raises(CodecError, one.pack))
    one.pan, one.iad = "1" * 19, bytes(33)
    assert "9F10 of 33 bytes" in str(raises(CodecError, one.pack))
    bad = bytearray(_intent().pack())
    bad[13] = 0x34
    assert "reason 4" in str(raises(CodecError, pending.unpack, 1, bad))
    bad = bytearray(_intent().pack())
    bad[36] = 0x1F  # in the authorisation code
    assert pending.unpack(1, bad).auth == "A1?2C3"


def test_a_new_intent_says_nothing():
    one = pending.Pending()
    for names, value in (
        (("seq", "stan", "batch", "amount", "kind", "tries", "cause", "requested_at", "cvm"), 0),
        (("pan", "expiry", "entry", "currency", "auth", "terminal", "merchant", "reference", "original_auth"), ""),
        (("tvr", "atc", "iad", "de55"), b""),
        (("psn", "original", "track2", "pin_block"), None),
    ):
        for name in names:
            assert getattr(one, name) == value and type(getattr(one, name)) is type(value), name
    assert (one.state, one.reason) == (pending.SENT, pending.TIMEOUT) == (1, 0)
    one.track2, one.pin_block, one.de55, one.reference = "1D1", b"1", b"2", "3"
    one.forget()
    assert (one.track2, one.pin_block, one.de55, one.reference) == (None, None, b"", "3")
    codes = []
    for reason in (pending.TIMEOUT, pending.BAD_MAC, pending.NOT_FINISHED, pending.OTHER):
        one.reason = reason
        codes.append(one.reversal_code())
    assert codes == ["98", "A0", "96", "06"] and (pending.REVERSING, pending.ASKING) == (2, 3)


def _record():
    record = records.Record(22, records.DECLINED, 0x12345, 0x6789A, 0x123456789A)
    record.seq, record.approved = 0x01020304, 0x1122334455
    record.requested_at, record.ended_at, record.pan = 0x6B0CA3DE, 0x6B0CA3DF, MASKED
    record.f39, record.reversal, record.rrn, record.auth = "51", "98", "112200000001", "A00001"
    record.tries, record.cause, record.reason, record.cvm = 3, 12, 2, 1
    record.original = (1, 2, "0304")
    return record


def test_the_bytes_of_a_journal_record():
    wanted = (
        "54" + "16" + "44" + "01" + "04030201" + "45230100" + "9A780600" + "1200" + "9A785634" + "1100" + "55443322" + "DEA30C6B"
        + "DFA30C6B" + "10" + "4693809311" + "03" + "3531" + "3938" + "313132323030303030303031" + "413030303031" + "0C" + "02"
        + "01" + "010000" + "020000" + "3001"
    )  # fmt: skip
    packed = _record().pack()
    assert hexed(packed[:-4]) == wanted
    assert hexed(packed[-4:]) == hexed(struct.pack("<I", binascii.crc32(unhex(wanted)))) and len(packed) == records.SIZE == 80
    back = records.unpack(packed)
    for name in ("kind", "state", "batch", "stan", "amount", "seq", "approved", "requested_at", "ended_at", "pan", "f39",
                 "reversal", "rrn", "auth", "tries", "cause", "reason", "cvm", "original"):  # fmt: skip
        assert getattr(back, name) == getattr(_record(), name), name


def test_states_are_letters_and_masked_numbers_keep_their_length():
    letters = {"A": "APPROVED", "P": "PARTIAL", "D": "DECLINED", "R": "REVERSED", "N": "NOT_FOUND", "X": "NOT_APPROVED",
               "U": "UNSENT", "M": "MANUAL"}  # fmt: skip
    for letter in letters:
        assert getattr(records, letters[letter]) == ord(letter)
    for pan in ("123456***0123", "123456*********0123", ""):
        record = _record()
        record.pan = pan
        assert records.unpack(record.pack()).pan == pan
    record.pan = "123456**0123"  # too short to be one
    assert records.unpack(record.pack()).pan == ""


def test_a_record_of_an_intent():
    one = _intent()
    one.auth, one.original = " A1  ", (1, 2, "")
    record = one.ended(records.MANUAL, 77)
    for name, value in (
        ("seq", 0), ("kind", 22), ("state", records.MANUAL), ("batch", one.batch), ("stan", one.stan), ("amount", one.amount),
        ("approved", 0), ("requested_at", one.requested_at), ("ended_at", 77), ("pan", MASKED), ("f39", ""), ("reversal", ""),
        ("rrn", ""), ("auth", "A1"), ("tries", 7), ("cause", 12), ("reason", 0), ("cvm", 2), ("original", (1, 2, "")),
    ):  # fmt: skip
        assert getattr(record, name) == value, name


def test_records_that_are_none():
    packed = bytearray(_record().pack())
    for length in (0, 79, 81):
        assert "%d bytes, 80 expected" % length in str(raises(CodecError, records.unpack, (bytes(packed) + b"\0")[:length]))
    packed[0] ^= 1
    error = raises(CodecError, records.unpack, packed)
    assert (error.where, error.offset) == ("journal", 0)
    packed[0] ^= 1
    packed[-1] ^= 1
    assert "CRC" in str(raises(CodecError, records.unpack, packed))


def test_originals():
    for about, packed in (
        (None, "00" * 8),
        ((0x10203, 0x40506, "1231"), "030201" + "060504" + "CF04"),
        ((0, 1, ""), "000000" + "010000" + "0000"),
        ((1, 65536, "0101"), "010000" + "000001" + "6500"),
    ):
        assert hexed(original.pack(about)) == packed and original.unpack(unhex(packed)) == about


def test_stamps_bit_by_bit():
    assert stamp.pack((2000, 1, 1, 0, 0, 0)) == 1 << 22 | 1 << 17
    assert stamp.pack((2001, 2, 3, 4, 5, 6)) == 1 << 26 | 2 << 22 | 3 << 17 | 4 << 12 | 5 << 6 | 6
    for now in ((2000, 1, 1, 0, 0, 0), (2063, 12, 31, 23, 59, 59), (2032, 8, 16, 16, 32, 32)):
        assert stamp.unpack(stamp.pack(now)) == now
    assert stamp.pack((2064, 1, 1, 0, 0, 0)) == stamp.pack((1999, 1, 1, 0, 0, 0)) == stamp.pack(None) == 0
    assert stamp.unpack(0) is None and stamp.text(0) == "---------- --:--:--"
    assert stamp.text(stamp.pack((2026, 1, 2, 3, 4, 5))) == "2026-01-02 03:04:05"
    assert stamp.month_day(stamp.pack((2026, 1, 2, 3, 4, 5))) == "0102"


def test_a_new_record_says_nothing():
    record = records.Record(1, 2, 3, 4, 5)
    assert (record.kind, record.state, record.batch, record.stan, record.amount) == (1, 2, 3, 4, 5)
    for name in ("seq", "approved", "requested_at", "ended_at", "tries", "cause", "reason", "cvm"):
        assert getattr(record, name) == 0 and getattr(record, name) is not None, name
    for name in ("pan", "f39", "reversal", "rrn", "auth"):
        assert getattr(record, name) == "", name
    assert record.original is None


def test_texts_and_sections_at_their_borders():
    one = _intent()
    one.atc, one.tvr, one.iad = b"", b"", b""
    assert len(one.pack()) == 69 and one.pack()[-1] == 0 and pending.unpack(1, one.pack()).atc == b""
    one.atc, one.tvr = b"\x01\x02", bytes(5)
    back = pending.unpack(1, one.pack())
    assert (back.iad, back.atc) == (b"", b"\x01\x02")
    for auth, wanted in (("AX", "AX"), ("X", "X"), ("", ""), ("\x7f~ \x1f", "?~ ?")):
        one.auth = auth
        assert pending.unpack(1, one.pack()).auth == wanted
    record = _record()
    record.rrn, record.auth, record.f39 = "12X", "", "0"
    back = records.unpack(record.pack())
    assert (back.rrn, back.auth, back.f39) == ("12X", "", "0")


def test_evidence_for_the_bank():
    one = _intent()
    now = (2026, 11, 22, 10, 15, 30)
    one.requested_at = stamp.pack(now)
    one.batch, one.stan = 1, 23
    assert evidence.lines(one, "12.50 CNY", "bank:8584", now, 2, -61) == [
        "terminal: 12345678",
        "merchant: 123456789012345",
        "host: bank:8584",
        "batch: 000001",
        "trace: 000023",
        "amount: 12.50 CNY",
        "card: 469380******9311",
        "sold: 2026-11-22 10:15:30",
        "reason: F39 96",
        "tries: 7",
        "last cause: 12",
        "wifi: up -61 dBm",
        "written: 2026-11-22 10:15:30",
    ]
    states = [evidence.lines(one, "", "", None, state, 0)[-1] for state in range(6)]
    names = ("off", "connecting", "up", "waiting", "wrong password", "no access point")
    assert states == ["wifi: " + name + " 0 dBm" for name in names]
    one.requested_at, one.terminal = 0, ""
    unknown = evidence.lines(one, "", "")
    assert unknown[0] == "terminal: -" and unknown[2] == "host: -"
    assert not [line for line in unknown if line.split(":")[0] in ("wifi", "written", "sold", "amount")]


def test_evidence_of_what_only_its_marks_tell():
    """Adapters.marks: which payment it is, and no card."""
    one = _intent()
    one.pan, one.requested_at = "", stamp.pack((2026, 11, 22, 10, 15, 30))
    assert evidence.outlines(one, "CNY 12.50") == ["amount: CNY 12.50", "sold: 2026-11-22 10:15:30"]
    assert [evidence.unopened(unknown) for unknown in (True, False)] == ["unopened: unknown", "unopened: one"]
    assert evidence.place("1", "2", "h:1") == ["terminal: 1", "merchant: 2", "host: h:1"]
