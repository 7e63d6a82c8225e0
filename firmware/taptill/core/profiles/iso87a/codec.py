"""Bitmap and fields in ASCII by a table: a flat tuple of `last, kind, size`, each from the field after the one before to `last`.

`size` counts digits or characters as they stand on the line, for BINARY the bytes that they mean.

    DIGITS    so many digits                   TEXT      so many printable characters
    LL_DIGITS two digits of length, digits     LL, LLL   two or three digits of length, printable characters
    TRACK2    as LL_DIGITS, with = or D as separator; it reads as D
    BINARY    two hexadecimal digits a byte    LLL_HEX   three digits of length, hexadecimal
    AMOUNT    C or D, and digits
"""

import array
from binascii import hexlify, unhexlify

from ...errors import MessageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


DIGITS, TEXT, LL_DIGITS, TRACK2, LL, LLL, BINARY, LLL_HEX, AMOUNT = range(9)
_LAST = 128
_LEAD = {LL_DIGITS: 2, TRACK2: 2, LL: 2, LLL: 3, LLL_HEX: 3}
_HEX = "0123456789ABCDEFabcdef"


class AsciiCodec:
    """Packs and unpacks by one table."""

    def __init__(self, table: "tuple[int, ...]"):
        self._kinds = bytearray(_LAST + 1)
        self._sizes = array.array("H", bytes(2 * _LAST + 2))
        number = 2
        for at in range(0, len(table), 3):
            while number <= table[at]:
                self._kinds[number] = table[at + 1]
                self._sizes[number] = table[at + 2]
                number += 1

    def pack(self, fields: "dict[int, Any]", more: int = 0) -> str:
        """Bitmap and fields; `more` is the number of a field that follows, 0 for none.  Raises MessageError naming the field."""
        numbers = sorted(fields)
        values = [self._packed(number, fields[number]) for number in numbers]
        if more:
            numbers.append(more)
        wide = max(numbers) > 64
        bits = 1 << _LAST - 1 if wide else 0
        for number in numbers:
            bits |= 1 << _LAST - number
        return ("%032X" % bits if wide else "%016X" % (bits >> 64)) + "".join(values)

    def _packed(self, number: int, value: "Any") -> str:
        name = "F%d" % number
        if not 1 < number <= _LAST:
            raise MessageError(name, "not a field of this profile")
        kind = self._kinds[number]
        size = self._sizes[number]
        if kind in (BINARY, LLL_HEX):
            if isinstance(value, str):
                raise MessageError(name, "bytes expected, not text")
            value = hexlify(bytes(value)).decode().upper()
            size = 2 * size if kind == BINARY else size
        elif not isinstance(value, str):
            raise MessageError(name, "text expected, not bytes")
        if kind == TRACK2:
            value = value.replace("D", "=")
        if len(value) > size or (kind not in _LEAD and len(value) != size):
            raise MessageError(name, "%d long, %d fit" % (len(value), size))
        _check(kind, name, value, -1)
        return "%0*d%s" % (_LEAD[kind], len(value), value) if kind in _LEAD else value

    def unpack(self, text: str, pos: int, fields: "dict[int, Any]", starts: "dict[int, int] | None" = None) -> None:
        """Read bitmap and fields from `text[pos:]` into `fields`; `starts` gets {number: offset of the value}.

        Raises MessageError naming the field and the byte; what is left over after the last field is an error too.
        """
        bits, pos = _bitmap(text, pos)
        for number in range(2, _LAST + 1):
            if not bits >> (_LAST - number) & 1:
                continue
            name = "F%d" % number
            kind = self._kinds[number]
            size = self._sizes[number]
            count = 2 * size if kind == BINARY else size
            if kind in _LEAD:
                lead = text[pos : pos + _LEAD[kind]]
                if len(lead) < _LEAD[kind] or not lead.isdigit() or int(lead) > size:
                    raise MessageError(name, "length " + repr(lead) + " is none up to %d" % size, pos)
                count = int(lead)
                pos += len(lead)
            value: "Any" = text[pos : pos + count]
            if len(value) < count:
                raise MessageError(name, "cut short, %d of %d characters" % (len(value), count), pos)
            _check(kind, name, value, pos)
            if starts is not None:
                starts[number] = pos
            if kind in (BINARY, LLL_HEX):
                value = unhexlify(value)
            elif kind == TRACK2:
                value = value.replace("=", "D")
            fields[number] = value
            pos += count
        if pos != len(text):
            raise MessageError("end", "%d bytes too many after the last field" % (len(text) - pos), pos)


def _bitmap(text: str, pos: int) -> "tuple[int, int]":
    """(its bits, that of field 1 leftmost of 128; where the fields begin).  Raises MessageError."""
    size = 16
    for _ in range(2):
        digits = text[pos : pos + size]
        if len(digits) < size:
            raise MessageError("bitmap", "cut short", pos)
        for at in range(size):
            if digits[at] not in _HEX:
                raise MessageError("bitmap", "not hexadecimal", pos + at)
        if size == 32 or int(digits[0], 16) < 8:
            break
        size = 32
    return int(digits, 16) << (128 - 4 * size), pos + size


def _check(kind: int, name: str, value: str, pos: int) -> None:
    """Raises MessageError when a character is not of the kind."""
    for at in range(len(value)):
        sign = value[at]
        if kind in (DIGITS, LL_DIGITS):
            good = "0" <= sign <= "9"
        elif kind == TRACK2:
            good = "0" <= sign <= "9" or sign in "=D"
        elif kind == AMOUNT:
            good = "0" <= sign <= "9" if at else sign in "CD"
        elif kind in (BINARY, LLL_HEX):
            good = sign in _HEX
        else:
            good = " " <= sign <= "~"
        if not good:
            raise MessageError(name, "a character that does not belong there", pos + at if pos >= 0 else -1)
    if kind == LLL_HEX and len(value) & 1:
        raise MessageError(name, "an odd number of hexadecimal digits", pos)
