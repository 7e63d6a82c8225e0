"""Batch and trace numbers: a STAN is never used twice in a batch, power cuts included.

File `counter`: batch, the STAN up to which numbers are reserved, and how often it was written (u32 each, little-endian), CRC-32;
earlier firmware left the last one out.  It is written at every 16th STAN and at a new batch; after power-on numbers go on behind
what was reserved, because it may have been used.
"""

import binascii
import struct

from ..core.errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .files import Folder

_FILE = "counter"
_RESERVE = 16
_LAST_STAN = 999999
# No payment takes a number behind this one: what is open is asked about, and the host signed on to, with numbers too, and without
# any there would be no way out of the batch.
_LAST_PAYMENT = 995000
_FAR = 1000  # more numbers than sign-ons and inquiries use between two sales


class Counter:
    """`folder` is a files.Folder.  Call `open()` once before use."""

    def __init__(self, folder: "Folder"):
        self._folder = folder
        self.batch = 1
        self.reserved = 0
        self.revision = 0
        self._stan = 0

    def open(self) -> bool:
        """Read the numbers back; False when they are missing or damaged.  Raises StoreError when flash cannot be read."""
        data = self._folder.read(_FILE) or b""
        if len(data) not in (12, 16) or struct.unpack("<I", data[-4:])[0] != binascii.crc32(data[:-4]):
            return False
        batch, reserved, revision = struct.unpack("<III", data[:-4] + bytes(16 - len(data)))
        self.go_on(batch, reserved, revision)
        return True

    def go_on(self, batch: int, reserved: int, revision: int) -> None:
        """From these numbers, wherever they were kept."""
        self.batch, self.reserved, self.revision = batch, reserved, revision
        self._stan = reserved

    def go_far(self, batch: int, stan: int) -> None:
        """Nothing is left of the numbers but one that was used: go on where none can have been used since."""
        self.go_on(batch, min(stan + _FAR, _LAST_STAN), self.revision)

    def spent(self) -> bool:
        """Does the next number need a write?"""
        return self._stan >= self.reserved

    def left(self) -> int:
        """How many payments there are numbers for."""
        return max(_LAST_PAYMENT - self._stan, 0)

    def next_stan(self) -> int:
        """The next number, 1…999999.  Raises StoreError."""
        if self._stan >= _LAST_STAN:
            raise StoreError("counter: the trace numbers of this batch are used up")
        if self.spent():
            self._write(self.batch, min(self._stan + _RESERVE, _LAST_STAN))
        self._stan += 1
        return self._stan

    def set_batch(self, number: int) -> None:
        """Another batch.  The trace number goes on: it stays unique even if the host returns to an earlier batch."""
        used_up = not self.left()
        self._write(number, 0 if used_up else self.reserved)
        if used_up:
            self._stan = 0

    def _write(self, batch: int, reserved: int) -> None:
        revision = self.revision + 1
        data = struct.pack("<III", batch, reserved, revision)
        self._folder.write(_FILE, data + struct.pack("<I", binascii.crc32(data)))
        self.batch, self.reserved, self.revision = batch, reserved, revision
