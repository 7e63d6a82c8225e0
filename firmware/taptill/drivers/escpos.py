"""Rows of a slip in the language of receipt printers: bytes of Epson's ESC/POS command reference.

Chinese goes in GB 18030 to a printer that has it (`FS &`), else as a picture of the row (escpos_dots).
"""

from ..core.slips import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..core.slips.lines import Row


RESET = b"\x1b@"  # also what stands on a line that was begun is forgotten
CHINESE = b"\x1c&"
REPORT = b"\x1dr1"  # answered when the printer has come to it
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"  # DLE DC4, function 8: whatever waits in its buffer is forgotten
END = b"\x1bd\x03\x1dV\x01"  # past the tear bar, and cut where there is a knife

_DOTS = 384
_HALF = b"\x1bJ\x0c"
_SIGN = b"\x1bJ\x48"  # 9 mm to write in
_MODULE = 6  # dots of a QR code's module: 0.75 mm
_UNKNOWN = b"?"


def text(row: "Row", chinese: "Callable[[int], int]") -> bytes:
    """A row in text mode; `chinese(code point)` is its code of GB 18030 (two bytes), 0 where there is none."""
    if row.what == lines.HALF:
        return _HALF
    if row.what == lines.CODE:
        return code(row.left)
    middle = row.what == lines.MIDDLE
    out = bytearray(_SIGN if row.what == lines.SIGNED else b"")
    if middle:
        out.extend(b"\x1ba\x01")  # in dots, which is finer than in blanks
    _put(out, row.words() + " " * (row.blanks() if row.right else 0), row.style, chinese)
    _put(out, row.right, row.right_style, chinese)
    out.append(0x0A)
    if middle:
        out.extend(b"\x1ba\x00")
    return bytes(out)


def _put(out: bytearray, words: str, style: int, chinese: "Callable[[int], int]") -> None:
    """Words that look so, and the style is plain again."""
    if not words:
        return
    if style & lines.BOLD:
        out.extend(b"\x1bE\x01")
    if style & lines.INVERSE:
        out.extend(b"\x1dB\x01")
    if style & lines.LARGE:
        out.extend(bytes((0x1D, 0x21, (0x10 if style & lines.BROAD else 0) | (0x01 if style & lines.TALL else 0))))
    for char in words:
        number = ord(char)
        if number < 0x7F:
            out.append(number)
        else:
            found = chinese(number)
            out.extend(bytes((found >> 8, found & 0xFF)) if found else _UNKNOWN)
    if style & lines.LARGE:
        out.extend(b"\x1d!\x00")
    if style & lines.INVERSE:
        out.extend(b"\x1dB\x00")
    if style & lines.BOLD:
        out.extend(b"\x1bE\x00")


def raster(bits: bytes, across: int) -> bytes:
    """`bits` as a picture `across` bytes wide: a row after the other, the first dot in the highest bit, 1 is black."""
    down = len(bits) // across
    return bytes((0x1D, 0x76, 0x30, 0, across & 0xFF, across >> 8, down & 0xFF, down >> 8)) + bits


def code(data: str) -> bytes:
    """A QR code in the middle."""
    from ..core.qr import Code

    drawn = Code(data.encode())
    side = drawn.size * _MODULE
    edge = (_DOTS - side) // 2
    across = _DOTS // 8
    out = bytearray()
    for row in range(drawn.size):
        line = bytearray(across)
        for column in range(drawn.size):
            if drawn.dark(row, column):
                for x in range(edge + column * _MODULE, edge + (column + 1) * _MODULE):
                    line[x >> 3] |= 0x80 >> (x & 7)
        out.extend(bytes(line) * _MODULE)
    return raster(bytes(out), across)


def is_plain(row: "Row") -> bool:
    """Has every printer the characters of this row?"""
    for char in row.left + row.right:
        if ord(char) >= 0x7F:
            return False
    return True
