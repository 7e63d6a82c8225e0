"""File `beside/marks`: what the counter, the intent and the journal must know of each other.

Each of the three can be lost, cut short or set back to an older moment, and the other two would not notice: without its record an
approved sale looks like one whose answer never came; without the intent a debit looks like none; an older counter gives trace
numbers out again.  So this file keeps, written after each of them and before anything that depends on it happens:

- of the counter all of it, with its revision: the higher one is the newer;
- of the newest intent its number and state, and which payment it is: enough to ask the host about it;
- of the journal the newest record, whole: it is put back where it is missing.

It lies in a folder of its own.  LittleFS keeps the small files of a folder in one pair of blocks, as a row of commits, and a bad
bit costs the one that it is in with all that came after: the three may go back together, and not what has to notice it.  Earlier
firmware had it beside the three; it is moved.

121 bytes, little-endian, CRC-32 at the end: small enough for LittleFS to keep it inline.  No PAN is kept here.
"""

import binascii
import struct

from ..core.errors import CodecError
from ..core.journal import pending as pendings
from ..core.journal import record as records
from .files import move

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.journal.record import Record
    from .files import Folder

BESIDE = "beside"  # the folder of what must not be lost with its neighbours
_FILE = "marks"
_MAGIC = 0x4D
_VERSION = 0
_LAYOUT = "<BBIIIIBBIIHI3sI80s"  # without the CRC
_SIZE = struct.calcsize(_LAYOUT)


class Marks:
    """`folder` is the files.Folder of the three.  Call `open()` once before use.

    `known`: there is such a file, and it is whole; `damaged`: there is one, and it is not, or of a later firmware.  `batch`,
    `reserved`, `revision` of the counter; `opened`, the newest intent, None before the first, and `written`, its number, state
    and trust; `newest`, the newest record, None before the first.
    """

    def __init__(self, folder: "Folder"):
        self._before = folder
        self._folder = folder.inner(BESIDE)
        self._placed = False
        self.known = self.damaged = False
        self.batch = 1
        self.reserved = self.revision = 0
        self.opened: "pendings.Pending | None" = None
        self.newest: "Record | None" = None
        self.written = (0, 0, 0)

    def open(self) -> None:
        """Read it back; one that is missing or damaged is not `known`.  Raises StoreError when flash cannot be read."""
        data = self._folder.read(_FILE) or self._before.read(_FILE)
        if not data:
            return  # none, or its creation was cut before anything was in it
        self.damaged = len(data) != _SIZE + 4 or struct.unpack("<I", data[_SIZE:])[0] != binascii.crc32(data[:_SIZE])
        self.damaged = self.damaged or data[0] != _MAGIC or data[1] != _VERSION
        if self.damaged:
            return
        (_, _, self.batch, self.reserved, self.revision, seq, state, kind, batch, stan, high, low, mark, asked, record) = (
            struct.unpack(_LAYOUT, data[:_SIZE])
        )
        self.known = True
        if seq:
            self.opened = one = pendings.Pending()
            one.seq, one.state, one.kind, one.batch, one.stan = seq, state & 15, kind, batch, stan
            self.written = (seq, state & 15, state >> 4)
            one.amount, one.requested_at, one.trust = high << 32 | low, asked, pendings.LOST
            one.owner = mark if mark != bytes(len(mark)) else b""
        try:
            self.newest = records.unpack(record) if record[0] else None
        except CodecError:
            self.newest = None  # the CRC says that it was written so: it will not be put back

    def write(
        self, counter: "tuple[int, int, int]", opened: "pendings.Pending | None", number: int, newest: "Record | None"
    ) -> None:
        """Keep (batch, reserved, revision) of the counter, the newest intent, with the `number` that it bears on flash, and the
        newest record.  Raises StoreError.
        """
        if not self._placed:
            self._folder.own()
            move(_FILE, self._before, self._folder)
            self._placed = True
        one = opened or pendings.Pending()
        data = struct.pack(
            _LAYOUT,
            _MAGIC,
            _VERSION,
            counter[0],
            counter[1],
            counter[2],
            number,
            one.state | one.trust << 4,
            one.kind,
            one.batch,
            one.stan,
            one.amount >> 32,
            one.amount & 0xFFFFFFFF,
            one.owner,
            one.requested_at,
            newest.pack() if newest else b"",
        )
        self._folder.write(_FILE, data + struct.pack("<I", binascii.crc32(data)))
        self.known = True
        self.batch, self.reserved, self.revision = counter
        self.opened, self.newest = opened, newest
        self.written = (number, one.state, one.trust)
