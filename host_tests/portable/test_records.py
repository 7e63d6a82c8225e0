"""Journal records and the pending record: they come back as they went in, and damage is noticed."""

import binascii
import struct

from expect import raises, unhex

from taptill.core.errors import CodecError
from taptill.core.journal import pending
from taptill.core.journal import record as records
from taptill.core.journal import timestamp as stamp
from taptill.core.masking import mask_pan


def _record():
    record = records.Record(22, records.APPROVED, 999999, 123456, 999999999999)
    record.seq = 4000000000
    record.approved = 999999999998
    record.requested_at = stamp.pack((2026, 11, 22, 4, 5, 6))
    record.ended_at = stamp.pack((2026, 11, 22, 4, 5, 9))
    record.pan = mask_pan("4761739001010010")
    record.f39 = "00"
    record.rrn = "112204000001"
    record.auth = "A00001"
    record.tries = 3
    record.cause = 7
    record.cvm = 1
    return record


def test_record_comes_back():
    packed = _record().pack()
    assert len(packed) == records.SIZE
    back = records.unpack(packed)
    for name in (
        "seq",
        "kind",
        "state",
        "batch",
        "stan",
        "amount",
        "approved",
        "requested_at",
        "ended_at",
        "pan",
        "f39",
        "reversal",
        "rrn",
        "auth",
        "tries",
        "cause",
        "reason",
        "cvm",
    ):
        assert getattr(back, name) == getattr(_record(), name), name


def test_record_keeps_no_pan():
    assert b"4761739001010010" not in _record().pack()
    assert unhex("4761739001010010") not in _record().pack()
    assert mask_pan("4761739001010010") == "476173******0010"
    assert mask_pan("476173") == "******"


def test_any_flipped_bit_of_a_record_is_noticed():
    packed = bytearray(_record().pack())
    for at in range(len(packed)):
        for bit in range(8):
            packed[at] ^= 1 << bit
            raises(CodecError, records.unpack, packed)
            packed[at] ^= 1 << bit


def test_short_record_is_refused():
    raises(CodecError, records.unpack, _record().pack()[:79])


def test_pending_comes_back_and_stays_inline():
    one = pending.Pending()
    one.seq = 77
    one.stan = 999999
    one.batch = 999998
    one.amount = 999999999999
    one.kind = 22
    one.reason = pending.BAD_MAC
    one.state = pending.REVERSING
    one.tries = 2
    one.pan = "6200000000000005123"
    one.expiry = "3012"
    one.entry = "072"
    one.psn = "001"
    one.currency = "156"
    one.tvr = unhex("8000000000")
    one.atc = unhex("0157")
    one.iad = bytes(range(32))
    one.auth = "A1B2C3"
    one.requested_at = stamp.pack((2026, 1, 1, 0, 0, 0))
    one.terminal = "12345678"
    one.merchant = "123456789012345"
    packed = one.pack()
    assert len(packed) <= pending.LIMIT
    back = pending.unpack(77, packed)
    for name in (
        "seq",
        "stan",
        "batch",
        "amount",
        "kind",
        "state",
        "reason",
        "tries",
        "pan",
        "expiry",
        "entry",
        "psn",
        "currency",
        "tvr",
        "atc",
        "iad",
        "auth",
        "requested_at",
        "terminal",
        "merchant",
    ):
        assert getattr(back, name) == getattr(one, name), name
    assert back.reversal_code() == "A0"
    for cut in range(len(packed)):
        raises(CodecError, pending.unpack, 77, packed[:cut])


def test_pending_without_optional_values():
    one = pending.Pending()
    one.pan = "4761739001010010"
    one.entry = "072"
    back = pending.unpack(1, one.pack())
    assert back.psn is None and back.expiry == "" and back.auth == "" and back.iad == b""


def test_f_m6_an_intent_about_an_earlier_transaction_keeps_which():
    """F-M6: room for the original's batch, trace and date; alone it stays inline in its file."""
    one = pending.Pending()
    one.kind = 23
    one.pan, one.entry = "6200000000000005123", "072"
    for about in ((999999, 999999, "1231"), (1, 65536, ""), (70000, 1, "0229")):
        one.original = about
        one.atc, one.iad = b"", b""
        assert len(one.pack()) <= pending.LIMIT
        assert pending.unpack(1, one.pack()).original == about
        one.tvr, one.atc, one.iad = bytes(5), b"\x00\x01", bytes(range(32))
        back = pending.unpack(1, one.pack())
        assert (back.original, back.iad, back.atc) == (about, one.iad, one.atc)
        for cut in range(len(one.pack())):
            raises(CodecError, pending.unpack, 1, one.pack()[:cut])
        record = _record()
        record.original = about
        assert records.unpack(record.pack()).original == about
    assert records.unpack(_record().pack()).original is None


def test_versions_that_are_not_known_are_refused_by_name():
    one = pending.Pending()
    one.pan = "4761739001010010"
    packed = bytearray(one.pack())
    packed[0] = pending.VERSION + 1
    assert "version 3" in str(raises(CodecError, pending.unpack, 1, packed))
    packed = bytearray(_record().pack()[:-4])
    packed[3] = 9
    packed += struct.pack("<I", binascii.crc32(packed))
    assert "version 9" in str(raises(CodecError, records.unpack, packed))


def test_stamp():
    now = (2026, 12, 31, 23, 59, 58)
    assert stamp.unpack(stamp.pack(now)) == now
    assert stamp.month_day(stamp.pack(now)) == "1231"
    assert stamp.pack(None) == 0 and stamp.month_day(0) == ""
    assert stamp.text(stamp.pack(now)) == "2026-12-31 23:59:58"
