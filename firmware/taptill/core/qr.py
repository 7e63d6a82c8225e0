"""QR codes of up to 53 bytes: what a glass of 64 dots has room for with two dots a module.

ISO/IEC 18004:2015, versions 1 to 3 with error correction level L, byte mode.  Of the eight masks always the same one is taken:
the standard wants the one that looks best (section 7.8.3), readers take any, and trying all costs the board seconds a code.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .kinds import Buffer


MOST = 53
# Data and error correction codewords of each version, one block (table 9).
_WORDS = ((19, 7), (34, 10), (55, 15))
_BYTE_MODE = 4
_PADS = (0xEC, 0x11)
_FIELD = 0x11D  # of GF(256), section 7.5.2
_MASK = 3  # (row + column) mod 3 = 0, table 10
_LEVEL_L = 1
_FORMAT_POLYNOMIAL = 0x537  # annex C
_FORMAT_MASK = 0x5412


class Code:
    """The code of `data`, at most MOST bytes.  `size` modules a side; `dark(row, column)` tells them.  Raises ValueError."""

    def __init__(self, data: "Buffer"):
        version = 0
        while version < len(_WORDS) and len(data) + 2 > _WORDS[version][0]:
            version += 1
        if version == len(_WORDS):
            raise ValueError("QR code: %d bytes, %d at most" % (len(data), MOST))
        self.size = 21 + 4 * version
        self._dark = bytearray(self.size * self.size)
        self._fixed = bytearray(self.size * self.size)
        self._draw_patterns(version)
        self._draw_format()
        self._place(_codewords(data, *_WORDS[version]))
        del self._fixed

    def dark(self, row: int, column: int) -> bool:
        """Is this module dark?"""
        return self._dark[row * self.size + column] != 0

    def _set(self, row: int, column: int, dark: bool) -> None:
        """A module that belongs to the patterns, not to the data."""
        if 0 <= row < self.size and 0 <= column < self.size:
            self._dark[row * self.size + column] = dark
            self._fixed[row * self.size + column] = 1

    def _draw_patterns(self, version: int) -> None:
        """Section 6.3: timing, finders with their separators, the one alignment pattern."""
        size = self.size
        for at in range(size):
            self._set(6, at, at % 2 == 0)
            self._set(at, 6, at % 2 == 0)
        for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
            for row in range(-1, 8):
                for column in range(-1, 8):
                    away = max(abs(row - 3), abs(column - 3))
                    self._set(top + row, left + column, away != 2 and away != 4)
        if version:
            for row in range(-2, 3):
                for column in range(-2, 3):
                    self._set(size - 7 + row, size - 7 + column, max(abs(row), abs(column)) != 1)

    def _draw_format(self) -> None:
        """Section 7.9: level and mask, twice; and the module that is always dark."""
        value = _LEVEL_L << 3 | _MASK
        rest = value << 10
        for bit in range(14, 9, -1):
            if rest >> bit & 1:
                rest ^= _FORMAT_POLYNOMIAL << (bit - 10)
        bits = (value << 10 | rest) ^ _FORMAT_MASK
        size = self.size
        for at in range(15):
            dark = bits >> at & 1 == 1
            # Down column 8 from the top and along row 8 to the left; and along row 8 from the right, up column 8 from the bottom.
            if at < 6:
                self._set(at, 8, dark)
            elif at < 8:
                self._set(at + 1, 8, dark)
            elif at == 8:
                self._set(8, 7, dark)
            else:
                self._set(8, 14 - at, dark)
            if at < 8:
                self._set(8, size - 1 - at, dark)
            else:
                self._set(size - 15 + at, 8, dark)
        self._set(size - 8, 8, True)

    def _place(self, words: bytearray) -> None:
        """Section 7.7.3: two columns at a time from the right, up and down in turn, the highest bit first; masked."""
        size = self.size
        at = 0
        up = True
        right = size - 1
        while right > 0:
            if right == 6:
                right = 5  # the timing pattern's column
            for step in range(size):
                row = size - 1 - step if up else step
                for column in (right, right - 1):
                    place = row * size + column
                    if self._fixed[place]:
                        continue
                    bit = words[at >> 3] >> (7 - (at & 7)) & 1 if at >> 3 < len(words) else 0
                    self._dark[place] = bit ^ ((row + column) % 3 == 0)
                    at += 1
            up = not up
            right -= 2


def _codewords(data: "Buffer", room: int, correction: int) -> bytearray:
    """Sections 7.4 and 7.5: mode, length, data, padding; then the error correction."""
    words = bytearray(room + correction)
    words[0] = _BYTE_MODE << 4 | len(data) >> 4
    words[1] = (len(data) & 15) << 4
    for at in range(len(data)):
        words[1 + at] |= data[at] >> 4
        words[2 + at] = (data[at] & 15) << 4  # behind the last one stand the four bits of the terminator
    for at in range(len(data) + 2, room):
        words[at] = _PADS[(at - len(data)) & 1]
    divisor = _divisor(correction)
    for at in range(room):
        factor = words[at] ^ words[room]
        for place in range(correction - 1):
            words[room + place] = words[room + place + 1] ^ _times(divisor[place], factor)
        words[room + correction - 1] = _times(divisor[correction - 1], factor)
    return words


def _divisor(degree: int) -> bytearray:
    """The generator polynomial of Reed and Solomon, annex A: coefficients from x^(degree - 1) down; that of x^degree is 1."""
    out = bytearray(degree)
    out[degree - 1] = 1
    root = 1
    for _ in range(degree):
        for at in range(degree):
            out[at] = _times(out[at], root) ^ (out[at + 1] if at + 1 < degree else 0)
        root = _times(root, 2)
    return out


def _times(one: int, other: int) -> int:
    """The product in GF(256)."""
    product = 0
    while other:
        if other & 1:
            product ^= one
        one <<= 1
        if one & 256:
            one ^= _FIELD
        other >>= 1
    return product
