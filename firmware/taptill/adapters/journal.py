"""The journal on flash: records of 80 bytes (core.journal.record), 256 a file `journal.NNN`, append only."""

from ..core.errors import CodecError, StoreError
from ..core.journal import record as records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from ..core.journal.record import Record
    from .files import Folder

_PER_FILE = 256
_FILES = 64


class Journal:
    """`folder` is a files.Folder; `seq` the number of the newest record, 0 before the first.  Call `open()` once before use."""

    def __init__(self, folder: "Folder"):
        self._folder = folder
        self._file = 0
        self._count = 0
        self.newest: "Record | None" = None
        self.seq = 0

    def open(self) -> None:
        """Find the end.  Raises StoreError."""
        for name in self._folder.names():
            if name.startswith("journal.") and name[8:].isdigit():
                self._file = max(self._file, int(name[8:]))
        size = max(self._folder.size(_name(self._file)), 0)
        self._count = size // records.SIZE
        file, count = self._file, self._count
        while not count and file:
            file -= 1  # that file was made, but the cut came before its first record
            count = max(self._folder.size(_name(file)), 0) // records.SIZE
        if size % records.SIZE:
            # LittleFS never keeps half an append; a foreign tail is left alone and the journal goes on in a new file.
            self._count = _PER_FILE
        if count > 0:
            self.newest = newest = self._record(file, count - 1)
            self.seq = newest.seq

    def append(self, record: "Record", seq: int) -> None:
        """Write `record` under the number `seq`.  Raises StoreError: flash may hold it all the same."""
        if self.left() <= 0:
            raise StoreError("journal: full")
        file, count = (self._file, self._count) if self._count < _PER_FILE else (self._file + 1, 0)
        record.seq = seq
        self._folder.append(_name(file), record.pack())
        self._file, self._count = file, count + 1
        self.seq = seq
        self.newest = record

    def left(self) -> int:
        """How many records still find room."""
        return (_FILES - 1 - self._file) * _PER_FILE + max(_PER_FILE - self._count, 0)

    def records(self) -> "Iterator[Record]":
        """All, oldest first.  Raises StoreError."""
        for file in range(self._file + 1):
            for at in range(self._folder.size(_name(file)) // records.SIZE):
                yield self._record(file, at)

    def _record(self, file: int, at: int) -> "Record":
        try:
            return records.unpack(self._folder.part(_name(file), at * records.SIZE, records.SIZE))
        except CodecError as error:
            raise StoreError("%s record %d: %s" % (_name(file), at, error))


def _name(number: int) -> str:
    return "journal.%03d" % number
