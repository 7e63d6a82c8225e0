"""Codes of Chinese characters for a printer: GB 18030, two bytes, of all that the firmware has glyphs for.

Layout of gb.bin (little-endian, 2 bytes each): the sorted code points, then their codes.
"""

import struct

from ..data import opened


class HanCodes:
    """`path` of gb.bin, which is read when the first one is looked up."""

    def __init__(self, path: str):
        self._path = path
        self._all = b""

    def find(self, code: int) -> int:
        """The code of GB 18030 for a code point, 0 where the file has none.  Raises OSError when it is missing."""
        if not self._all:
            with opened(self._path) as file:
                self._all = file.read()
        half = len(self._all) // 2
        low, high = 0, half // 2
        while low < high:
            middle = (low + high) // 2
            (found,) = struct.unpack("<H", self._all[2 * middle : 2 * middle + 2])
            if found == code:
                (gb,) = struct.unpack("<H", self._all[half + 2 * middle : half + 2 * middle + 2])
                return gb
            if found < code:
                low = middle + 1
            else:
                high = middle
        return 0
