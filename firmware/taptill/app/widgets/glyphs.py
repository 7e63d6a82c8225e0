"""Glyphs on demand from one file; a few are kept, the rest stays on flash.

Layout of glyphs.bin (little-endian): "TTG1", count of narrow glyphs, count of wide glyphs (2 bytes each); the narrow
glyphs 0x20–0x7E and the bold figures "0123456789." (16 bytes each); the sorted code points of the wide glyphs
(2 bytes each); the wide glyphs (32 bytes each).
Bitmaps are MONO_VLSB: upper 8 rows, then lower 8 rows, a byte a column.
"""

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SLOTS = 16
_NARROW_AT = 8
BOLD = 0x7F  # pseudo code point of the bold figure 0; 1…9 and the point follow


class Glyphs:
    """`load(code)` puts a glyph in `bitmap` and returns its width; a code that is missing gives a box."""

    def __init__(self, path: str):
        self._path = path
        self._file: "Any" = None
        self._narrow = 0
        self._wide = 0
        self.bitmap = bytearray(32)
        self._half = memoryview(self.bitmap)[:16]
        self._two = bytearray(2)
        self._codes = bytearray(2 * _SLOTS)
        self._kept = bytearray(32 * _SLOTS)
        self._next = 0

    def open(self) -> None:
        """Open the file.  Raises OSError when it is missing, ValueError when it is not a glyph file."""
        self._file = open(self._path, "rb")
        head = self._file.read(_NARROW_AT)
        if len(head) != _NARROW_AT or head[:4] != b"TTG1":
            raise ValueError(self._path + ": not a glyph file")
        self._narrow, self._wide = struct.unpack("<HH", head[4:])

    def close(self) -> None:
        self._file.close()

    def _is_narrow(self, code: int) -> bool:
        return 0x20 <= code < 0x20 + self._narrow

    def width(self, code: int) -> int:
        """Columns of a glyph, without reading it."""
        return 8 if self._is_narrow(code) else 16

    def load(self, code: int) -> int:
        high, low = code >> 8 & 0xFF, code & 0xFF
        codes, bitmap, kept = self._codes, self.bitmap, self._kept
        for slot in range(_SLOTS):
            if codes[2 * slot] == high and codes[2 * slot + 1] == low:
                at = 32 * slot
                for count in range(32):
                    bitmap[count] = kept[at + count]
                return self.width(code)
        self._read(code)
        slot = self._next
        self._next = (slot + 1) % _SLOTS
        codes[2 * slot], codes[2 * slot + 1] = high, low
        at = 32 * slot
        for count in range(32):
            kept[at + count] = bitmap[count]
        return self.width(code)

    def has(self, code: int) -> bool:
        return self._is_narrow(code) or self._find(code) >= 0

    def _find(self, code: int) -> int:
        """Place of a wide glyph, or -1."""
        start = _NARROW_AT + 16 * self._narrow
        low, high = 0, self._wide
        while low < high:
            middle = (low + high) // 2
            self._file.seek(start + 2 * middle)
            self._file.readinto(self._two)
            found = self._two[0] | self._two[1] << 8
            if found == code:
                return middle
            if found < code:
                low = middle + 1
            else:
                high = middle
        return -1

    def _read(self, code: int) -> None:
        if self._is_narrow(code):
            self._file.seek(_NARROW_AT + 16 * (code - 0x20))
            self._file.readinto(self._half)
            return
        place = self._find(code)
        if place < 0:
            self._box()
            return
        self._file.seek(_NARROW_AT + 16 * self._narrow + 2 * self._wide + 32 * place)
        self._file.readinto(self.bitmap)

    def _box(self) -> None:
        bitmap = self.bitmap
        for x in range(16):
            side = x in (1, 14)
            inside = 1 < x < 14
            bitmap[x] = 0xFE if side else 0x02 if inside else 0
            bitmap[16 + x] = 0x7F if side else 0x40 if inside else 0
