"""File `seen`: up to which journal record a person has been shown how the payment ended (u32 little-endian, CRC-32).

A file that is not there or is damaged says "none": rather an end shown twice than one that nobody ever saw.
"""

import binascii
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .files import Folder

_FILE = "seen"


class SeenFile:
    """`folder` is a files.Folder; `seq` is the number of that record, 0 for none.  Call `open()` once before use."""

    def __init__(self, folder: "Folder"):
        self._folder = folder
        self.seq = 0

    def open(self) -> None:
        """Read it back.  Raises StoreError."""
        data = self._folder.read(_FILE)
        if data and len(data) == 8 and struct.unpack("<I", data[4:])[0] == binascii.crc32(data[:4]):
            (self.seq,) = struct.unpack("<I", data[:4])

    def not_beyond(self, seq: int) -> None:
        """`seq` is the newest record: whoever saw a later one saw it in a journal that is gone, and its number comes again."""
        if self.seq > seq:
            self.seq = 0

    def note(self, seq: int) -> None:
        """Durable: all up to this one have been seen.  Raises StoreError."""
        data = struct.pack("<I", seq)
        self._folder.write(_FILE, data + struct.pack("<I", binascii.crc32(data)))
        self.seq = seq
