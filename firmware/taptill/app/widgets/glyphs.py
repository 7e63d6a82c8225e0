"""Glyphs on demand from one file; those of the screen in front are kept, the rest stays on flash.

Three faces, each glyph in 16 rows and as many columns as it needs: TEXT, BOLD (its Chinese is that of TEXT) and LARGE.
Layout of glyphs.bin (little-endian): "TTG2", count of pictures, count of Chinese glyphs (2 bytes each); the advance of every
glyph 0x20–0x7E in the three faces (a byte each); these glyphs (2 bytes a column); the pictures (32 bytes each); the sorted code
points of the Chinese glyphs (2 bytes each); these glyphs, 12 columns for TEXT and 16 for LARGE (56 bytes each).
Bitmaps are MONO_VLSB: upper 8 rows, then lower 8 rows, a byte a column.
"""

import struct
from array import array

from ..data import opened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TEXT = 0
BOLD = 1
LARGE = 2
PICTURE = 0xE000  # code of the first picture (app.widgets.icons, then figures)

_SLOTS = 40  # more than any screen has glyphs: test_f_e10_the_same_screen_again_costs_nothing
_HEAD = 8
_ASCII = 95
_FIRST = 0x20
_SMALL = 12
_BIG = 16
_WIDE = 2 * (_SMALL + _BIG)
_RUN = 16  # code points that are read at once; the first of each run is in the heap


class Glyphs:
    """`load(code, face)` puts a glyph in `bitmap`, 16 columns by 16 rows, and returns its advance; a missing one is a box."""

    def __init__(self, path: str):
        self._path = path
        self._file: "Any" = None
        self.bitmap = bytearray(32)
        self._upper = memoryview(self.bitmap)[:16]
        self._lower = memoryview(self.bitmap)[16:]
        self._read = memoryview(bytearray(32))
        self._kept = memoryview(bytearray(32 * _SLOTS))
        self._slots: "dict[int, int]" = {}
        self._keys = array("I", [0] * _SLOTS)
        self._used = array("H", [0] * _SLOTS)  # in which screen each was drawn last
        self._screen = 1
        self._advances = b""
        self._runs: "Any" = b""
        self._pictures = self._index_at = self._wide = 0

    def open(self) -> None:
        """Open the file.  Raises OSError when it is missing, ValueError when it is not a glyph file."""
        self._file = opened(self._path)
        head = self._file.read(_HEAD)
        if len(head) != _HEAD or head[:4] != b"TTG2":
            raise ValueError(self._path + ": not a glyph file")
        self._pictures, self._wide = struct.unpack("<HH", head[4:])
        self._advances = self._file.read(3 * _ASCII)
        self._index_at = self._latin_at(3 * _ASCII) + 32 * self._pictures
        self._runs = array("H", [0] * ((self._wide + _RUN - 1) // _RUN))
        for run in range(len(self._runs)):
            self._file.seek(self._index_at + 2 * _RUN * run)
            self._runs[run] = struct.unpack("<H", self._file.read(2))[0]

    def close(self) -> None:
        self._file.close()

    def next_screen(self) -> None:
        """What is drawn from now on is on another screen: what older ones had may make room for it."""
        self._screen = self._screen + 1 & 0xFFFF

    def width(self, code: int, face: int = TEXT) -> int:
        """Columns up to the next glyph, without reading it."""
        if _FIRST <= code < _FIRST + _ASCII:
            return self._advances[face * _ASCII + code - _FIRST]
        return 16 if face == LARGE or self._is_picture(code) else _SMALL

    def load(self, code: int, face: int = TEXT) -> int:
        if face == BOLD and code >= _FIRST + _ASCII:
            face = TEXT
        key = code << 2 | face
        slot = self._slots.get(key)
        if slot is None:
            self._fill(code, face)
            slot = self._keep(key)
        else:
            self._upper[:] = self._kept[32 * slot : 32 * slot + 16]
            self._lower[:] = self._kept[32 * slot + 16 : 32 * slot + 32]
        self._used[slot] = self._screen
        return self.width(code, face)

    def has(self, code: int) -> bool:
        return _FIRST <= code < _FIRST + _ASCII or self._is_picture(code) or self._find(code) >= 0

    def _keep(self, key: int) -> int:
        """Keep `bitmap` in the place of a glyph that has not been drawn for most screens; returns the place."""
        slot = 0
        for other in range(1, _SLOTS):
            if self._used[other] < self._used[slot]:
                slot = other
        self._slots.pop(self._keys[slot], None)
        self._slots[key] = slot
        self._keys[slot] = key
        self._kept[32 * slot : 32 * slot + 32] = self.bitmap
        return slot

    def _is_picture(self, code: int) -> bool:
        return PICTURE <= code < PICTURE + self._pictures

    def _latin_at(self, place: int) -> int:
        """Where glyph `place` of the Latin faces begins: behind two bytes for each column of those before it."""
        at = _HEAD + 3 * _ASCII
        for before in range(place):
            at += 2 * self._advances[before]
        return at

    def _find(self, code: int) -> int:
        """Place of a Chinese glyph, or -1."""
        run = len(self._runs) - 1
        while run >= 0 and self._runs[run] > code:
            run -= 1
        if run < 0:
            return -1
        count = min(_RUN, self._wide - _RUN * run)
        self._file.seek(self._index_at + 2 * _RUN * run)
        self._file.readinto(self._read[: 2 * count])
        for at in range(count):
            if self._read[2 * at] | self._read[2 * at + 1] << 8 == code:
                return _RUN * run + at
        return -1

    def _fill(self, code: int, face: int) -> None:
        """Put the glyph in `bitmap`, out of the file."""
        for at in range(32):
            self.bitmap[at] = 0
        size = self.width(code, face)
        if _FIRST <= code < _FIRST + _ASCII:
            self._copy(self._latin_at(face * _ASCII + code - _FIRST), size)
        elif self._is_picture(code):
            self._copy(self._index_at + 32 * (code - PICTURE - self._pictures), size)
        else:
            place = self._find(code)
            if place < 0:
                self._box(size)
            else:
                at = self._index_at + 2 * self._wide + _WIDE * place
                self._copy(at + 2 * _SMALL if face == LARGE else at, size)

    def _copy(self, at: int, size: int) -> None:
        self._file.seek(at)
        self._file.readinto(self._read[: 2 * size])
        self._upper[:size] = self._read[:size]
        self._lower[:size] = self._read[size : 2 * size]

    def _box(self, size: int) -> None:
        bitmap = self.bitmap
        for x in range(1, size - 1):
            side = x in (1, size - 2)
            bitmap[x] = 0xF8 if side else 0x08
            bitmap[16 + x] = 0x1F if side else 0x10
