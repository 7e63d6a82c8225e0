"""Journal records: what became of a transaction, one fixed-size entry with sequence number, version and CRC.

80 bytes, little-endian, amounts as u48, times as stamps of `core.journal.timestamp`, CRC-32 of all before it at the end.
A record settles the pending intent that bears the same sequence number (`core.journal.pending`).
No PAN is kept here: only its first six and last four digits and its length.
"""

import binascii
import struct

from ..errors import CodecError
from . import original

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..kinds import Buffer


SIZE = 80
_MAGIC = 0x54
_VERSION = 1  # the fourth byte; 0 is the first version, which ended in eight zero bytes instead of the original
_LAYOUT = "<BBBBIIIHIHIIIB5sB2s2s12s6sBBB8s"  # without the CRC

# States: how it ended.
APPROVED = 65  # "A"
PARTIAL = 80  # "P": approved for `approved` only
DECLINED = 68  # "D": a valid declining answer
REVERSED = 82  # "R": the host confirmed the reversal
NOT_FOUND = 78  # "N": reversed; the host had never seen the original
NOT_APPROVED = 88  # "X": reversed; the host had not approved the original
UNSENT = 85  # "U": no byte of the request left
MANUAL = 77  # "M": moved to the manual list by a supervisor
UNREADABLE = 63  # "?": in a listing only, where a record cannot be read; its `place` says which and why


class Record:
    """One journal entry.

    `amount` is what was asked and `approved` what stands at the end, both in minor units; `pan` is masked
    ("476173******0010"); `f39` the host's code, `reversal` the F39 that a reversal carried, "" without one; `original` as in
    core.journal.pending.
    """

    def __init__(self, kind: int, state: int, batch: int, stan: int, amount: int):
        self.seq = 0
        self.kind = kind
        self.state = state
        self.batch = batch
        self.stan = stan
        self.amount = amount
        self.approved = 0
        self.requested_at = 0
        self.ended_at = 0
        self.pan = ""
        self.f39 = ""
        self.reversal = ""
        self.rrn = ""
        self.auth = ""
        self.tries = 0
        self.cause = 0
        self.reason = 0
        self.cvm = 0
        self.original: "tuple[int, int, str] | None" = None
        self.place = ""

    def pack(self) -> bytes:
        """The 80 bytes of this record."""
        head, length, tail = _split_pan(self.pan)
        body = struct.pack(
            _LAYOUT,
            _MAGIC,
            self.kind,
            self.state,
            _VERSION,
            self.seq,
            self.batch,
            self.stan,
            self.amount >> 32,
            self.amount & 0xFFFFFFFF,
            self.approved >> 32,
            self.approved & 0xFFFFFFFF,
            self.requested_at,
            self.ended_at,
            length,
            binascii.unhexlify(head + tail),
            self.tries,
            self.f39.encode(),
            self.reversal.encode(),
            self.rrn.encode(),
            self.auth.encode(),
            self.cause,
            self.reason,
            self.cvm,
            original.pack(self.original),
        )
        return body + struct.pack("<I", binascii.crc32(body))


def unreadable(place: str) -> Record:
    """What stands in a listing for the record at `place`, which says why too."""
    record = Record(0, UNREADABLE, 0, 0, 0)
    record.place = place
    return record


def unpack(data: "Buffer") -> Record:
    """Record of 80 bytes; raises CodecError when it is short, of another kind, or its CRC is wrong."""
    if len(data) != SIZE:
        raise CodecError("journal", "record of %d bytes, %d expected" % (len(data), SIZE))
    data = bytes(data)
    if data[0] != _MAGIC:
        raise CodecError("journal", "not a record", 0)
    if struct.unpack("<I", data[-4:])[0] != binascii.crc32(data[:-4]):
        raise CodecError("journal", "CRC is wrong")
    (
        _,
        kind,
        state,
        version,
        seq,
        batch,
        stan,
        high,
        low,
        ok_high,
        ok_low,
        requested,
        ended,
        length,
        digits,
        tries,
        f39,
        reversal,
        rrn,
        auth,
        cause,
        reason,
        cvm,
        about,
    ) = struct.unpack(_LAYOUT, data[:-4])
    if version > _VERSION:
        raise CodecError("journal", "version %d is not known" % version)
    record = Record(kind, state, batch, stan, high << 32 | low)
    record.seq = seq
    record.approved = ok_high << 32 | ok_low
    record.requested_at = requested
    record.ended_at = ended
    record.pan = _join_pan(binascii.hexlify(digits).decode(), length)
    record.tries = tries
    record.f39 = _text(f39)
    record.reversal = _text(reversal)
    record.rrn = _text(rrn)
    record.auth = _text(auth)
    record.cause = cause
    record.reason = reason
    record.cvm = cvm
    record.original = original.unpack(about)
    return record


def _split_pan(masked: str) -> "tuple[str, int, str]":
    if len(masked) < 13:
        return "000000", 0, "0000"
    return masked[:6], len(masked), masked[-4:]


def _join_pan(digits: str, length: int) -> str:
    return digits[:6] + "*" * (length - 10) + digits[6:] if length else ""


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\x00").decode()
