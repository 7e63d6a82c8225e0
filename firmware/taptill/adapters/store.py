"""ports.Store on LittleFS.

| file | what | written |
|---|---|---|
| `counter` | batch and the STAN up to which numbers are reserved | every 16th STAN, at a new batch |
| `pending` | the sealed intent, inline | before a financial request, and at each try of its reversal |
| `journal.NNN` | records of 80 bytes, 256 a file, append only | once an outcome |
"""

import binascii
import os
import struct

from ..core import pending as pendings
from ..core import records
from ..core.errors import CodecError
from ..ports import PendingDamaged, Store, StoreError
from . import files
from .sealed import SealBroken

_RESERVE = 16
_PER_FILE = 256
_FILES = 64
_MAGIC_PENDING = 0x50
_LAST_STAN = 999999


class FlashStore(Store):
    """Durable records below `folder`; `seal` is a sealed.Seal.  Call `open()` once before use."""

    def __init__(self, folder: str, seal):
        self._folder = folder
        self._seal = seal
        self._pending = None
        self._revision = 0
        self._batch = 1
        self._stan = 0
        self._reserved = 0
        self._seq = 0
        self._file = 0
        self._count = 0
        self._newest = None

    def open(self) -> None:
        """Read the state back after power-on.  Raises StoreError, PendingDamaged."""
        files.ensure_folder(self._folder)
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
            reserved = self._reserved
            if self._stan >= _LAST_STAN:
                self._stan = reserved = 0
            self._write_counter(number, reserved)

    # The intent

    def save_pending(self, pending) -> None:
        # One at most: an open intent may be replaced by its own revisions only.
        if self._pending is not None and self._pending.seq > self._seq and self._pending.stan != pending.stan:
            raise StoreError("pending: another reversal is pending")
        if pending.seq <= self._seq:
            pending.seq = self._seq + 1
        sealed = self._seal.seal(_MAGIC_PENDING, pending.seq, self._revision, pending.pack())
        files.write(self._folder + "/pending", sealed)
        self._revision += 1
        self._pending = pending

    def pending(self):
        if self._pending is not None and self._pending.seq > self._seq:
            return self._pending
        return None

    # The journal

    def append(self, record) -> None:
        if self._count >= _PER_FILE and self._file + 1 >= _FILES:
            raise StoreError("journal: full")
        number, count = (self._file, self._count) if self._count < _PER_FILE else (self._file + 1, 0)
        pending = self.pending()
        record.seq = pending.seq if pending else self._seq + 1
        try:
            with open(self._path(number), "ab") as file:
                file.write(record.pack())
        except OSError as error:
            raise StoreError("journal: cannot be written, error " + str(error.errno))
        self._file, self._count = number, count + 1
        self._seq = record.seq
        self._newest = record
        if pending:
            self._pending = None

    def room(self) -> bool:
        """True while the journal can take another outcome."""
        return self._file + 1 < _FILES or self._count < _PER_FILE

    def records(self):
        for number in range(self._file + 1):
            try:
                file = open(self._path(number), "rb")
            except OSError as error:
                if error.errno == 2:
                    continue
                raise StoreError("journal: cannot be read, error " + str(error.errno))
            with file:
                while True:
                    data = file.read(records.SIZE)
                    if len(data) < records.SIZE:
                        break
                    yield _decoded(data)

    def last(self):
        return self._newest

    # Inside

    def _path(self, number: int) -> str:
        return self._folder + "/journal.%03d" % number

    def _open_journal(self) -> None:
        for entry in os.ilistdir(self._folder):
            name = entry[0]
            if name.startswith("journal.") and name[8:].isdigit():
                self._file = max(self._file, int(name[8:]))
        path = self._path(self._file)
        try:
            size = os.stat(path)[6]
        except OSError:
            return  # no journal yet
        self._count = size // records.SIZE
        if size % records.SIZE:
            # LittleFS never keeps half an append; a foreign tail is left alone and the journal goes on in a new file.
            self._count = _PER_FILE
        if size < records.SIZE:
            # An empty newest file: its creation was durable, its first record was not.
            self._newest_of(self._file - 1)
            return
        self._newest_of(self._file)

    def _newest_of(self, number: int) -> None:
        if number < 0:
            return
        path = self._path(number)
        try:
            whole = os.stat(path)[6] // records.SIZE
            with open(path, "rb") as file:
                file.seek((whole - 1) * records.SIZE)
                self._newest = _decoded(file.read(records.SIZE))
        except OSError as error:
            raise StoreError("journal: cannot be read, error " + str(error.errno))
        self._seq = self._newest.seq

    def _open_counter(self) -> None:
        data = files.read(self._folder + "/counter")
        if not data:
            if self._newest is not None:
                raise StoreError("counter: missing although the journal has records")
            return
        if len(data) != 12 or struct.unpack("<I", data[8:])[0] != binascii.crc32(data[:8]):
            raise StoreError("counter: damaged")
        self._batch, self._reserved = struct.unpack("<II", data[:8])
        # What was reserved may have been used: go on behind it.
        self._stan = self._reserved

    def _write_counter(self, batch: int, reserved: int) -> None:
        data = struct.pack("<II", batch, reserved)
        files.write(self._folder + "/counter", data + struct.pack("<I", binascii.crc32(data)))
        self._batch, self._reserved = batch, reserved

    def _open_pending(self) -> None:
        sealed = files.read(self._folder + "/pending")
        if not sealed:
            return  # none, or its creation was cut before anything was in it: nothing can have left
        try:
            seq, self._revision, clear = self._seal.open(_MAGIC_PENDING, sealed)
            self._pending = pendings.unpack(seq, clear)
        except (SealBroken, CodecError) as error:
            raise PendingDamaged("pending: " + str(error))
        self._revision += 1


def _decoded(data):
    try:
        return records.unpack(data)
    except CodecError as error:
        raise StoreError(str(error))
