"""The pending record: all that a reversal needs, durable before the first byte of the request leaves.

One exists at most.  It is *open* while its sequence number is greater than that of the newest journal record: the
outcome that is journaled under the same number settles it, so a sale costs two durable writes and no third one
to clear the intent.

`pack()` gives at most LIMIT bytes for one section, so that the sealed file stays small enough for LittleFS to keep it inline,
where replacing it costs no erase of its own.  It holds a PAN: only `adapters.sealed` ever writes it.
"""

import binascii
import struct

from ..errors import CodecError
from ..masking import mask_pan
from ..owner import MARK_SIZE
from . import original
from .record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..kinds import Buffer

    Told = tuple[str, str, str, bytes]


VERSION = 2
# Version 2: this, then the sections that its last byte names, in their order.
_LAYOUT = "<BIBHIBBBB10s2s2s2s2s6sBI8s15sB"
_CHIP = 1  # TVR 5, ATC 2, length 1, 9F10
_ORIGINAL = 2  # core.journal.original
_OWNER = 4  # the mark of core.owner; intents of earlier firmware have none
# Version 1 had no byte of its own; its file begins with another magic (adapters.store).
_LAYOUT_1 = "<IBHIBBBB10s2s2s2s2s5s2s6sBI8s15sB"

LIMIT = 112  # for an intent with chip data or an original, and its owner

# States of the intent.
SENT = 1  # may have left; an approval is not recorded
REVERSING = 2  # an end was decided that only a reversal can bring about
ASKING = 3  # the host holds another sale under this trace: only asked about, never reversed

# How far it may be acted upon: known anew at every start, never packed.
WHOLE = 0
DOUBTED = 1  # the journal's end cannot be read and may hold its outcome: asked about; reversed when a person says so
LOST = 2  # only what was kept beside it is left, no card: asked about, never reversed

# Why it is reversed (flows page, "Reversal"): kept as index into this table.
REASONS = ("98", "A0", "96", "06")
TIMEOUT, BAD_MAC, NOT_FINISHED, OTHER = range(4)


class Pending:
    """A financial request, from its first key press on; once it is durable, one whose fate is not settled.

    `pan`, `expiry` (YYMM or ""), `entry` (F22, "072"), `psn` ("001" or None), `currency` ("156"), `tvr` (5 bytes),
    `atc` (2 bytes), `iad` (9F10, up to 32 bytes), `terminal` and `merchant` (F41, F42 of the original).
    `original` is (batch, STAN, "MMDD") of the transaction that this one is about, None for one that stands alone.
    `owner` is the mark of the host that it was sent to (core.owner), b"" where an earlier firmware kept none.

    `trust` is WHOLE, DOUBTED or LOST; `ending` the journal record of the host's word, refused by flash.

    Only sent, never packed: `track2` (digits with D, or None), `de55` (field 55), `pin_block` (encrypted, or None), and of the
    original `original_at` (stamp of its request, 0: not known), `reference` (F37) and `original_auth` (F38, or "");
    `organisation`, the code of the card's.  `facts` is what a slip tells of the card: its application's AID (hexadecimal) and
    label, the cryptogram (hexadecimal) and the TVR; the last two "" and b"" where they are not sent.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.stan = 0
        self.batch = 0
        self.amount = 0
        self.kind = 0
        self.state = SENT
        self.reason = TIMEOUT
        self.tries = 0
        self.cause = 0
        self.pan = ""
        self.expiry = ""
        self.entry = ""
        self.psn: "str | None" = None
        self.currency = ""
        self.tvr = b""
        self.atc = b""
        self.iad = b""
        self.auth = ""
        self.requested_at = 0
        self.terminal = ""
        self.merchant = ""
        self.cvm = 0
        self.original_at = 0
        self.original: "tuple[int, int, str] | None" = None
        self.owner = b""
        self.trust = WHOLE
        self.ending: "Record | None" = None
        self.track2: "str | None" = None
        self.de55 = b""
        self.pin_block: "bytes | None" = None
        self.reference = ""
        self.original_auth = ""
        self.organisation = ""
        self.facts: "Told | None" = None

    def reversal_code(self) -> str:
        """Why it is reversed, as journal and evidence have it; the profile says what F39 that is."""
        return REASONS[self.reason]

    def forget(self) -> None:
        """The request has been built: what is only sent is not needed any more."""
        self.track2 = self.pin_block = None
        self.de55 = b""

    def ended(self, state: int, ended_at: int) -> Record:
        """The journal record of how it ended: one of the states of core.journal.record, at a stamp."""
        record = Record(self.kind, state, self.batch, self.stan, self.amount)
        record.requested_at = self.requested_at
        record.ended_at = ended_at
        record.pan = mask_pan(self.pan)
        record.auth = self.auth.strip()
        record.tries = self.tries
        record.cause = self.cause
        record.cvm = self.cvm
        record.original = self.original
        return record

    def pack(self) -> bytes:
        """The clear record; raises CodecError naming the value that does not fit."""
        if len(self.pan) > 19:
            raise CodecError("pending", "PAN of %d digits" % len(self.pan))
        if len(self.iad) > 32:
            raise CodecError("pending", "9F10 of %d bytes" % len(self.iad))
        sections = (_CHIP if self.atc else 0) | (_ORIGINAL if self.original else 0) | (_OWNER if self.owner else 0)
        packed = struct.pack(
            _LAYOUT,
            VERSION,
            (self.batch << 20 | self.stan) & 0xFFFFFFFF,
            self.batch >> 12,
            self.amount >> 32,
            self.amount & 0xFFFFFFFF,
            self.kind,
            self.state << 4 | self.reason,
            min(self.tries, 255),
            self.cause,
            _bcd(self.pan, 20),
            _bcd(self.expiry, 4),
            _bcd(self.entry, 4),
            _bcd(self.psn or "", 4),
            _bcd(self.currency, 4),
            self.auth.encode(),
            self.cvm,
            self.requested_at,
            self.terminal.encode(),
            self.merchant.encode(),
            sections,
        )
        if sections & _CHIP:
            packed += struct.pack("<5s2sB", self.tvr, self.atc, len(self.iad)) + bytes(self.iad)
        if sections & _ORIGINAL:
            packed += original.pack(self.original)
        if sections & _OWNER:
            packed += self.owner
        return packed


def unpack(seq: int, data: "Buffer") -> Pending:
    """Pending of the bytes of `pack`, whose sequence number stands in the seal around it; raises CodecError."""
    data = bytes(data)
    at = struct.calcsize(_LAYOUT)
    if len(data) < at:
        raise CodecError("pending", "record of %d bytes is too short" % len(data))
    if data[0] != VERSION:
        raise CodecError("pending", "version %d is not known" % data[0])
    pending = Pending()
    (
        _,
        trace,
        trace_high,
        high,
        low,
        pending.kind,
        flags,
        pending.tries,
        pending.cause,
        pan,
        expiry,
        entry,
        psn,
        currency,
        auth,
        pending.cvm,
        pending.requested_at,
        terminal,
        merchant,
        sections,
    ) = struct.unpack(_LAYOUT, data[:at])
    _fill(pending, seq, (trace, trace_high, high, low, flags, pan, expiry, entry, psn, currency, auth, terminal, merchant))
    if sections & _CHIP:
        if len(data) < at + 8 or len(data) < at + 8 + data[at + 7]:
            raise CodecError("pending", "chip data are cut short")
        pending.tvr, pending.atc, length = struct.unpack("<5s2sB", data[at : at + 8])
        pending.iad = data[at + 8 : at + 8 + length]
        at += 8 + length
    if sections & _ORIGINAL:
        if len(data) < at + original.SIZE:
            raise CodecError("pending", "the original is cut short")
        pending.original = original.unpack(data[at : at + original.SIZE])
        at += original.SIZE
    if sections & _OWNER:
        if len(data) < at + MARK_SIZE:
            raise CodecError("pending", "the owner is cut short")
        pending.owner = data[at : at + MARK_SIZE]
    return pending


def unpack_1(seq: int, data: "Buffer") -> Pending:
    """The same of version 1, which knew sales alone; raises CodecError."""
    data = bytes(data)
    fixed = struct.calcsize(_LAYOUT_1)
    if len(data) < fixed or len(data) < fixed + data[fixed - 1]:
        raise CodecError("pending", "record of %d bytes is too short" % len(data))
    pending = Pending()
    (
        trace,
        trace_high,
        high,
        low,
        pending.kind,
        flags,
        pending.tries,
        pending.cause,
        pan,
        expiry,
        entry,
        psn,
        currency,
        pending.tvr,
        pending.atc,
        auth,
        pending.cvm,
        pending.requested_at,
        terminal,
        merchant,
        length,
    ) = struct.unpack(_LAYOUT_1, data[:fixed])
    _fill(pending, seq, (trace, trace_high, high, low, flags, pan, expiry, entry, psn, currency, auth, terminal, merchant))
    pending.iad = data[fixed : fixed + length]
    return pending


def _fill(pending: "Pending", seq: int, values: "tuple[Any, ...]") -> None:
    """What both versions keep in parts."""
    trace, trace_high, high, low, flags, pan, expiry, entry, psn, currency, auth, terminal, merchant = values
    pending.seq = seq
    pending.stan = trace & 0xFFFFF
    pending.batch = trace_high << 12 | trace >> 20
    pending.amount = high << 32 | low
    pending.state = flags >> 4
    pending.reason = flags & 15
    if pending.reason >= len(REASONS):
        raise CodecError("pending", "reason %d is not known" % pending.reason)
    pending.pan = _digits(pan)
    pending.expiry = _digits(expiry)
    pending.entry = _digits(entry)
    pending.psn = _digits(psn) or None
    pending.currency = _digits(currency)
    pending.auth = _ascii(auth)
    pending.terminal = _ascii(terminal)
    pending.merchant = _ascii(merchant)


def _bcd(digits: str, width: int) -> bytes:
    """Digits left-aligned, padded with F to `width` nibbles."""
    return binascii.unhexlify(digits + "f" * (width - len(digits)))


def _digits(raw: bytes) -> str:
    return binascii.hexlify(raw).decode().rstrip("f")


def _ascii(raw: bytes) -> str:
    return "".join([chr(byte) if 32 <= byte < 127 else "?" for byte in raw.rstrip(b"\x00")])
