"""ports.Store on LittleFS.

| file | what | written |
|---|---|---|
| `counter` | batch and the STAN up to which numbers are reserved | every 16th STAN, at a new batch |
| `pending` | the sealed intent, inline | before a financial request, and at each try of its reversal |
| `journal.NNN` | records of 80 bytes, 256 a file, append only | once an outcome |
"""

import binascii
import struct

from ..core.errors import CodecError, PendingDamaged, SealBroken, StoreError
from ..core.journal import pending as pendings
from ..core.journal import record as records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from ..core.journal.pending import Pending
    from ..core.journal.record import Record
    from ..core.kinds import Buffer
    from .files import Folder
    from .sealed import Seal


_PENDING = "pending"
_COUNTER = "counter"
_RESERVE = 16
_PER_FILE = 256
_FILES = 64
_SPARE = 16  # places that no new sale may take: what is open must always find room for its end
_MAGIC_PENDING = 0x51
_MAGIC_PENDING_1 = 0x50  # of version 1, which had no version byte
_LAST_STAN = 999999


class FlashStore:
    """Durable records in `folder` (files.Folder); `seal` is a sealed.Seal.  Call `open()` once before use."""

    def __init__(self, folder: "Folder", seal: "Seal"):
        self._folder = folder
        self._seal = seal
        self._pending: "Pending | None" = None
        self._revision = 0
        self._batch = 1
        self._stan = 0
        self._reserved = 0
        self._seq = 0
        self._file = 0
        self._count = 0
        self._newest: "Record | None" = None
        self._doubt = False
        self._damage = ""
        self._remains: "Pending | None" = None

    def open(self) -> None:
        """Read the state back after power-on.  Raises StoreError; a damaged intent is reported by `pending()`."""
        self._folder.ensure()
        self._open_journal()
        self._open_counter()
        self._open_pending()

    # Numbers

    def next_stan(self) -> int:
        if self._stan >= _LAST_STAN:
            raise StoreError("counter: the trace numbers of this batch are used up")
        if self._stan >= self._reserved:
            self._write_counter(self._batch, min(self._stan + _RESERVE, _LAST_STAN))
        self._stan += 1
        return self._stan

    def batch(self) -> int:
        return self._batch

    def set_batch(self, number: int) -> None:
        if self.pending():
            raise StoreError("counter: no new batch while a reversal is pending")
        if number != self._batch:
            # The trace number goes on: it stays unique even if the host returns to an earlier batch.
            used_up = self._stan >= _LAST_STAN
            self._write_counter(number, 0 if used_up else self._reserved)
            if used_up:
                self._stan = 0

    # The intent

    def save_pending(self, pending: "Pending") -> None:
        open_one = self.pending()
        if open_one is not None and open_one.stan != pending.stan:
            raise StoreError("pending: another reversal is pending")
        # A new intent takes the next number.  After a failed append the journal may hold an outcome under the intent's
        # number all the same: a further number keeps it open, so that the decision to reverse wins at the next start.
        seq = max(pending.seq, self._seq + 1)
        if self._doubt:
            seq += 1
        sealed = self._seal.seal(_MAGIC_PENDING, seq, self._revision, pending.pack())
        # Also when the write is refused: flash may hold it all the same, and what settles the intent must settle that.
        pending.seq = seq
        self._folder.write(_PENDING, sealed)
        self._doubt = False
        self._revision += 1
        self._pending = pending

    def pending(self) -> "Pending | None":
        if self._damage:
            raise PendingDamaged(self._damage)
        if self._pending is not None and self._pending.seq > self._seq:
            return self._pending
        return None

    def remains(self) -> "Pending | None":
        return self._remains

    def set_aside(self, record: "Record") -> None:
        """A supervisor's act: journal `record`, then keep the damaged intent under another name as evidence."""
        self._append(record, self._seq + 1)
        self._folder.rename(_PENDING, "damaged.%03d" % (record.seq % 1000))
        self._damage = ""
        self._pending = self._remains = None

    # The journal

    def append(self, record: "Record") -> None:
        pending = self.pending()
        self._append(record, pending.seq if pending else self._seq + 1)

    def _append(self, record: "Record", seq: int) -> None:
        if self._left() <= 0:
            raise StoreError("journal: full")
        number, count = (self._file, self._count) if self._count < _PER_FILE else (self._file + 1, 0)
        record.seq = seq
        try:
            self._folder.append(_name(number), record.pack())
        except (StoreError, MemoryError):
            self._doubt = True
            raise
        self._file, self._count = number, count + 1
        self._seq = seq
        self._newest = record
        self._doubt = False

    def room(self) -> bool:
        """True while the journal can take another outcome, and the ends of what would go wrong with it."""
        return self._left() > _SPARE

    def _left(self) -> int:
        return (_FILES - 1 - self._file) * _PER_FILE + max(_PER_FILE - self._count, 0)

    def records(self) -> "Iterator[Record]":
        for number in range(self._file + 1):
            for at in range(self._folder.size(_name(number)) // records.SIZE):
                yield self._record(number, at)

    def last(self) -> "Record | None":
        return self._newest

    # Inside

    def _open_journal(self) -> None:
        for name in self._folder.names():
            if name.startswith("journal.") and name[8:].isdigit():
                self._file = max(self._file, int(name[8:]))
        size = max(self._folder.size(_name(self._file)), 0)
        self._count = size // records.SIZE
        newest, count = self._file, self._count
        while not count and newest:
            newest -= 1  # that file was made, but the cut came before its first record
            count = max(self._folder.size(_name(newest)), 0) // records.SIZE
        if size % records.SIZE:
            # LittleFS never keeps half an append; a foreign tail is left alone and the journal goes on in a new file.
            self._count = _PER_FILE
        if count > 0:
            self._newest = newest_record = self._record(newest, count - 1)
            self._seq = newest_record.seq

    def _record(self, number: int, at: int) -> "Record":
        try:
            return records.unpack(self._folder.part(_name(number), at * records.SIZE, records.SIZE))
        except CodecError as error:
            raise StoreError("%s record %d: %s" % (_name(number), at, error))

    def _open_counter(self) -> None:
        data = self._folder.read(_COUNTER)
        if not data:
            if self._newest is not None or self._folder.size(_PENDING) > 0:
                raise StoreError("counter: missing although there were sales")
            return
        if len(data) != 12 or struct.unpack("<I", data[8:])[0] != binascii.crc32(data[:8]):
            raise StoreError("counter: damaged")
        self._batch, self._reserved = struct.unpack("<II", data[:8])
        # What was reserved may have been used: go on behind it.
        self._stan = self._reserved

    def _write_counter(self, batch: int, reserved: int) -> None:
        data = struct.pack("<II", batch, reserved)
        self._folder.write(_COUNTER, data + struct.pack("<I", binascii.crc32(data)))
        self._batch, self._reserved = batch, reserved

    def _open_pending(self) -> None:
        sealed = self._folder.read(_PENDING)
        if not sealed:
            return  # none, or its creation was cut before anything was in it: nothing can have left
        try:
            first = sealed[0] == _MAGIC_PENDING_1
            seq, self._revision, clear = self._seal.open(_MAGIC_PENDING_1 if first else _MAGIC_PENDING, sealed)
            self._pending = pending = pendings.unpack_1(seq, clear) if first else pendings.unpack(seq, clear)
        except (SealBroken, CodecError) as error:
            self._damage = "pending: " + str(error)
            self._pending = None
            self._remains = self._salvaged(sealed)
        else:
            if pending.state == pendings.SENT and pending.seq > self._seq + 1:
                # It was saved as the next number.  Without the journal nobody knows whether it was settled since: an
                # approved sale must not be reversed because its record is gone.
                self._damage = "pending: the journal records before it are missing"
        self._revision += 1

    def _salvaged(self, sealed: "Buffer") -> "Pending | None":
        try:
            seq, _, clear = self._seal.salvage(sealed)
            return pendings.unpack_1(seq, clear) if sealed[0] == _MAGIC_PENDING_1 else pendings.unpack(seq, clear)
        except (SealBroken, CodecError):
            return None  # nothing of it can be read


def _name(number: int) -> str:
    return "journal.%03d" % number
