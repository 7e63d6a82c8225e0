"""Batch and trace numbers: a STAN is never used twice in a batch, power cuts included.

File `counter`: batch and the STAN up to which numbers are reserved (u32 each, little-endian), CRC-32.  It is written at every
16th STAN and at a new batch; after power-on numbers go on behind what was reserved, because it may have been used.
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


class Counter:
    """`folder` is a files.Folder.  Call `open()` once before use."""

    def __init__(self, folder: "Folder"):
        self._folder = folder
        self.batch = 1
        self._stan = 0
        self._reserved = 0

    def open(self, used: bool) -> None:
        """Read the numbers back; `used`: there were payments, so the file must be there.  Raises StoreError."""
        data = self._folder.read(_FILE)
        if not data:
            if used:
                raise StoreError("counter: missing although there were sales")
            return
        if len(data) != 12 or struct.unpack("<I", data[8:])[0] != binascii.crc32(data[:8]):
            raise StoreError("counter: damaged")
        self.batch, self._reserved = struct.unpack("<II", data[:8])
        self._stan = self._reserved

    def next_stan(self) -> int:
        """The next number, 1…999999.  Raises StoreError."""
        if self._stan >= _LAST_STAN:
            raise StoreError("counter: the trace numbers of this batch are used up")
        if self._stan >= self._reserved:
            self._write(self.batch, min(self._stan + _RESERVE, _LAST_STAN))
        self._stan += 1
        return self._stan

    def set_batch(self, number: int) -> None:
        """Another batch.  The trace number goes on: it stays unique even if the host returns to an earlier batch."""
        if number == self.batch:
            return
        used_up = self._stan >= _LAST_STAN
        self._write(number, 0 if used_up else self._reserved)
        if used_up:
            self._stan = 0

    def _write(self, batch: int, reserved: int) -> None:
        data = struct.pack("<II", batch, reserved)
        self._folder.write(_FILE, data + struct.pack("<I", binascii.crc32(data)))
        self.batch, self._reserved = batch, reserved
