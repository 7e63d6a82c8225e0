"""Turns bitmaps into the glyph file of the firmware; its layout is described in app/widgets/glyphs.py."""

import struct

from . import sources


def columns(rows: list[str], width: int) -> bytes:
    """MONO_VLSB bytes of rows of '#' and '.': page by page, a byte a column, the least bit on top."""
    out = bytearray()
    for top in range(0, len(rows), 8):
        for x in range(width):
            out.append(sum(1 << y for y in range(8) if rows[top + y][x] == "#"))
    return bytes(out)


def hex_rows(bits: str) -> list[str]:
    """Rows of '#' and '.' of a glyph in the hex format of GNU Unifont."""
    digits = len(bits) // 16
    return [
        "".join("#" if bit == "1" else "." for bit in format(int(bits[at : at + digits], 16), f"0{digits * 4}b"))
        for at in range(0, len(bits), digits)
    ]


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


def _framed(rows: list[str], width: int, height: int) -> list[str]:
    above = (height - len(rows)) // 2
    rows = [row + "." * (width - len(row)) for row in rows]
    return ["." * width] * above + rows + ["." * width] * (height - above - len(rows))


def glyph_file(characters: set[str]) -> bytes:
    """Bytes of glyphs.bin for texts of these `characters`.  Raises ValueError naming the one that the font lacks."""
    font = sources.unifont()
    narrow = [columns(hex_rows(font[code]), 8) for code in range(0x20, 0x7F)]
    wide = {}
    for code in sorted(ord(char) for char in characters | sources.extra() if ord(char) > 0x7E):
        if len(font.get(code, "")) != 64:
            raise ValueError(f"U+{code:04X} {chr(code)}: the font has no glyph of 16x16")
        wide[code] = columns(hex_rows(font[code]), 16)
    for count, (_, rows) in enumerate(sources.icons()):
        wide[sources.ICON_BASE + count] = columns(rows, 16)
    drawn = sources.figures()
    for count, figure in enumerate(sources.FIGURES):
        narrow.append(columns(_framed(drawn[figure], 8, 16), 8))
        big = _framed(scale2x(drawn[figure]), 16, 32)
        wide[sources.BIG_BASE + 2 * count] = columns(big[:16], 16)
        wide[sources.BIG_BASE + 2 * count + 1] = columns(big[16:], 16)
    codes = sorted(wide)
    head = struct.pack("<4sHH", b"TTG1", len(narrow), len(codes))
    index = struct.pack(f"<{len(codes)}H", *codes)
    return head + b"".join(narrow) + index + b"".join(wide[code] for code in codes)
