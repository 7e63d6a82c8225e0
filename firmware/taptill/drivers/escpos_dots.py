"""A row of a slip as a picture, for a printer without Chinese characters: drawn of the display's glyphs, each dot as four."""

import framebuf

from ..core.slips import lines
from . import escpos

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ..core.slips.lines import Row

    class Shapes(Protocol):
        """Glyphs of 16 rows: app.widgets.glyphs.Glyphs."""

        bitmap: bytearray

        def load(self, code: int, face: int = 0) -> int: ...

        def width(self, code: int, face: int = 0) -> int: ...


_HIGH = 16
_DOTS = 384
_ACROSS = 48  # bytes of a row
_BOLD = 1  # the face
_TWICE = bytes([(n & 8) * 24 | (n & 4) * 12 | (n & 2) * 6 | (n & 1) * 3 for n in range(16)])  # each bit of four twice


class Painter:
    """`shapes` are the glyphs."""

    def __init__(self, shapes: "Shapes"):
        self._shapes = shapes
        self._glyph = framebuf.FrameBuffer(shapes.bitmap, 16, _HIGH, framebuf.MONO_VLSB)

    def row(self, row: "Row") -> bytes:
        """The row's bytes for the printer: words at its two sides, or in the middle."""
        tall = (row.style | row.right_style) & lines.TALL
        out = self._side(row.left, row.style, 1 if row.what == lines.MIDDLE else 0, tall)
        if row.right:
            for at, byte in enumerate(self._side(row.right, row.right_style, 2, tall)):
                out[at] |= byte
        return escpos.raster(bytes(out), _ACROSS)

    def _side(self, words: str, style: int, side: int, tall: int) -> bytearray:
        """Words on the left (0), in the middle (1) or on the right (2); where another is `tall` they stand on its base line."""
        broad = style & lines.BROAD
        columns = _DOTS // (4 if broad else 2)
        bits = bytearray(columns // 8 * _HIGH)
        canvas = framebuf.FrameBuffer(bits, columns, _HIGH, framebuf.MONO_HLSB)
        face = _BOLD if style & lines.BOLD else 0
        size = sum([self._shapes.width(ord(char), face) for char in words])
        x = (0, (columns - size) // 2, columns - size)[side]
        start = x = max(x, 0)
        for char in words:
            advance = self._shapes.load(ord(char), face)
            canvas.blit(self._glyph, x, 0, 0)
            x += advance
        if style & lines.INVERSE:
            for row in range(_HIGH):
                for column in range(start, x):
                    canvas.pixel(column, row, not canvas.pixel(column, row))
        wide = _twice(_twice(bits) if broad else bits)
        times = 4 if style & lines.TALL else 2
        out = bytearray(_ACROSS * 2 * _HIGH if tall and times == 2 else 0)
        for at in range(0, len(wide), _ACROSS):
            out.extend(bytes(wide[at : at + _ACROSS]) * times)
        return out


def _twice(bits: bytearray) -> bytearray:
    """Rows of twice as many dots, each as two."""
    out = bytearray(2 * len(bits))
    for at, byte in enumerate(bits):
        out[2 * at] = _TWICE[byte >> 4]
        out[2 * at + 1] = _TWICE[byte & 15]
    return out
