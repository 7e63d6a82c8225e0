"""Turns bitmaps into the glyph file of the firmware; its layout is described in app/widgets/glyphs.py."""

import struct

from . import sources
from .sources import ASCII, CELL, FIGURES

# Latin and Chinese stand on one line: Chinese ink ends a row below the base line and begins two rows below the cell's top.
_SMALL = 13  # rows above the base line
_LARGE = 13
_MIDDLE = 22  # of 32
_STAR = ord("*")  # stands for a hidden digit: it sits between the figures, not above them
_STAR_DOWN = 2


def columns(rows: list[str], width: int) -> bytes:
    """MONO_VLSB bytes of rows of '#' and '.': page by page, a byte a column, the least bit on top."""
    rows = [row.ljust(width, ".") for row in rows]
    out = bytearray()
    for top in range(0, len(rows), 8):
        for x in range(width):
            out.append(sum(1 << y for y in range(8) if rows[top + y][x] == "#"))
    return bytes(out)


def scale2x(rows: list[str]) -> list[str]:
    """Twice the size with rounded diagonals (the published Scale2x rule of A. Mazzoleni)."""
    height, width = len(rows), len(rows[0])

    def at(x: int, y: int) -> str:
        return rows[y][x] if 0 <= x < width and 0 <= y < height else "."

    out = []
    for y in range(height):
        first, second = "", ""
        for x in range(width):
            here, up, down, left, right = at(x, y), at(x, y - 1), at(x, y + 1), at(x - 1, y), at(x + 1, y)
            first += left if left == up and left != down and up != right else here
            first += right if up == right and up != left and right != down else here
            second += left if left == down and left != up and down != right else here
            second += right if down == right and left != down and up != right else here
        out += [first, second]
    return out


def _framed(rows: list[str], height: int) -> list[str]:
    width = len(rows[0])
    above = (height - len(rows)) // 2
    return ["." * width] * above + rows + ["." * width] * (height - above - len(rows))


def _pictures() -> list[bytes]:
    """Icons, then the figures of 14, 18 and 28 rows; those that are taller than a cell as upper and lower half."""
    made = [columns(rows, CELL) for _, rows in sources.icons()]
    drawn = sources.figures()
    made += [columns(_framed(drawn[figure], CELL), CELL) for figure in FIGURES]
    middle = sources.face("figures-24-bold", _MIDDLE, 2 * CELL)
    for tall in ([middle[ord(figure)].rows for figure in FIGURES], [_framed(scale2x(drawn[f]), 2 * CELL) for f in FIGURES]):
        for rows in tall:
            made += [columns(rows[:CELL], CELL), columns(rows[CELL:], CELL)]
    return made


def glyph_file(characters: set[str]) -> bytes:
    """Bytes of glyphs.bin for texts of these `characters`.  Raises ValueError naming the one that a face lacks."""
    latin = [sources.face("latin-12", _SMALL), sources.face("latin-12-bold", _SMALL), sources.face("latin-14-bold", _LARGE)]
    for face in latin:
        rows = face[_STAR].rows
        face[_STAR] = face[_STAR]._replace(rows=rows[-_STAR_DOWN:] + rows[:-_STAR_DOWN])
    advances = bytes(face[code].advance for face in latin for code in ASCII)
    narrow = b"".join(columns(face[code].rows, face[code].advance) for face in latin for code in ASCII)
    small, large = sources.face("chinese-12", _SMALL), sources.unifont()
    codes = sorted(ord(char) for char in characters | sources.extra() if ord(char) not in ASCII and char != "\n")
    wide = b""
    for code in codes:
        if code not in small or code not in large or (small[code].advance, large[code].advance) != (12, 16):
            raise ValueError(f"U+{code:04X} {chr(code)}: the Chinese faces have no glyph of this size")
        wide += columns(small[code].rows, 12) + columns(large[code].rows, 16)
    pictures = _pictures()
    head = struct.pack("<4sHH", b"TTG2", len(pictures), len(codes))
    index = struct.pack(f"<{len(codes)}H", *codes)
    return head + advances + narrow + b"".join(pictures) + index + wide
