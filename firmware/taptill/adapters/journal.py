"""The journal on flash: records of 80 bytes (core.journal.record), 256 a file `journal.NNN`, append only."""

from ..core.errors import CodecError, StoreError
from ..core.journal import record as records
from ..core.transactions import reversed_

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from ..core.journal.record import Record
    from .files import Folder

_PER_FILE = 256
_FILES = 64
# Ends that the host's word or a person brings.
_BY_WORD = (records.REVERSED, records.NOT_FOUND, records.NOT_APPROVED, records.MANUAL)
PLACES = _FILES * _PER_FILE


class Journal:
    """`folder` is a files.Folder; `newest` the newest record that can be read, `seq` its number, 0 before the first; `unread`:
    there is something behind it that cannot be read.  Call `open()` once before use.
    """

    def __init__(self, folder: "Folder"):
        self._folder = folder
        self._file = 0
        self._count = 0
        self.newest: "Record | None" = None
        self.seq = 0
        self.unread = False
        self.gone = False  # of what is before the newest record, some is not there

    def open(self) -> None:
        """Find the end.  Raises StoreError when the folder cannot be read."""
        numbers = [int(name[8:]) for name in self._folder.names() if name.startswith("journal.") and name[8:].isdigit()]
        self._file = max(numbers + [0])
        self.gone = len(numbers) <= self._file and len(numbers) > 0
        size = max(self._folder.size(_name(self._file)), 0)
        self._count = size // records.SIZE
        if size % records.SIZE:
            # LittleFS never keeps half an append; a foreign tail is left alone and the journal goes on in a new file.
            self.unread = True
        self._find_newest()
        self.gone = self.gone or self._has_gap()
        if size % records.SIZE:
            self._count = _PER_FILE

    def _has_gap(self) -> bool:
        """Are there fewer records in the newest file than their numbers say?  One was put back, and those before it are gone."""
        if self.newest is None or not self._count:
            return False
        first = 1  # the number that a journal begins with
        if self._file:
            try:
                first = self._record(self._file, 0).seq
            except StoreError:
                return False  # told wherever the whole journal is read
        return self.newest.seq - first >= self._count and not self._left_out(first)

    def _left_out(self, first: int) -> bool:
        """Is every number that is missing in the newest file one of an append in doubt that came to nothing?  The end of that
        payment, which was reversed or asked about, has the next one (adapters.store, `save_pending`).
        """
        due = first
        for at in range(self._count):
            try:
                record = self._record(self._file, at)
            except StoreError:
                return True  # told wherever the whole journal is read
            moved = record.state in _BY_WORD or not reversed_(record.kind)
            if record.seq > due + (1 if moved else 0):
                return False
            due = record.seq + 1
        return True

    def _find_newest(self) -> None:
        """The last record that can be read, in the newest file or, from its beginning on, in the ones before."""
        file, count = self._file, self._count
        for _ in range(2 * _PER_FILE):
            while not count:
                if not file:
                    return
                file -= 1  # the one behind was made, but the cut came before its first record
                count = max(self._folder.size(_name(file)), 0) // records.SIZE
            count -= 1
            try:
                newest = self._record(file, count)
            except StoreError:
                self.unread = True
                continue
            self.newest, self.seq = newest, newest.seq
            return

    def append(self, record: "Record", seq: int) -> None:
        """Write `record` under the number `seq`.  Raises StoreError: flash may hold it all the same."""
        if self.left() <= 0:
            raise StoreError("journal: all places are taken")
        self._look_back()
        file, count = (self._file, self._count) if self._count < _PER_FILE else (self._file + 1, 0)
        record.seq = seq
        held = self._folder.append(_name(file), record.pack()) // records.SIZE
        # A read that told a wrong bit may have set the file back just then: the record stands in the place of an earlier one.
        self.gone = self.gone or held <= count
        self._file, self._count = file, min(count + 1, held)
        self.settle(record)

    def _look_back(self) -> None:
        """A bad bit sets the file back to an older moment, and the next record would close the gap: nobody would miss the others.
        Of what is gone the newest is put back, which is mostly all.  Raises StoreError.
        """
        size = max(self._folder.size(_name(self._file)), 0)
        held = size // records.SIZE
        if size % records.SIZE or held >= self._count:
            return
        self.gone = self.gone or held < self._count - 1 or self.newest is None
        if self.newest:
            self._folder.append(_name(self._file), self.newest.pack())
            held += 1
        self._count = held

    def settle(self, record: "Record") -> None:
        """`record`, which bears its number, is the newest: it has been written, or is known from elsewhere."""
        self.newest, self.seq, self.unread = record, record.seq, False

    def left(self) -> int:
        """How many records still find room."""
        return (_FILES - 1 - self._file) * _PER_FILE + max(_PER_FILE - self._count, 0)

    def records(self) -> "Iterator[Record]":
        """All, oldest first; for one that cannot be read stands core.journal.record.unreadable.

        One that was put back because it could not be read for a while stands there twice; it is told once.  Two ends of one
        payment under one number, of which the first was in doubt when it was written, are both told: the second holds.
        """
        before: "Record | None" = None
        for file in range(self._file + 1):
            try:
                size = self._folder.size(_name(file))
            except StoreError as error:
                yield records.unreadable(str(error))
                continue
            if size < 0 and file < self._file:
                yield records.unreadable(_name(file) + ": missing")
            for at in range(size // records.SIZE):
                try:
                    record = self._record(file, at)
                except StoreError as error:
                    record = records.unreadable(str(error))
                if before is None or record.seq != before.seq or record.pack() != before.pack():
                    yield record
                if record.seq:
                    before = record
            if size > 0 and size % records.SIZE:
                yield records.unreadable("%s: %d bytes at its end are no record" % (_name(file), size % records.SIZE))
            elif 0 <= size < _PER_FILE * records.SIZE and file < self._file:
                yield records.unreadable("%s: ends after %d records" % (_name(file), size // records.SIZE))

    def recent(self, most: int) -> "list[Record]":
        """The newest records that can be read, at most so many, of the two newest files; oldest first."""
        found: "list[Record]" = []
        for file in range(self._file, max(self._file - 2, -1), -1):
            at = max(self._folder.size(_name(file)), 0) // records.SIZE
            while at and len(found) < most:
                at -= 1
                try:
                    found.insert(0, self._record(file, at))
                except StoreError:
                    continue  # told wherever the whole journal is read
        return found

    def _record(self, file: int, at: int) -> "Record":
        try:
            return records.unpack(self._folder.part(_name(file), at * records.SIZE, records.SIZE))
        except CodecError as error:
            raise StoreError("%s record %d: %s" % (_name(file), at, error))


def _name(number: int) -> str:
    return "journal.%03d" % number
