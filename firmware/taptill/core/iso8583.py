"""Table-driven codec for binary ISO 8583:1987 messages: bitmap and fields, no knowledge of any profile.

A profile is a flat table of `number, kind, size` triples.  `size` counts what the kind counts: digits or bytes;
for LL and LLL kinds it is the maximum and a BCD length (one or two bytes) stands in front of the value.

    DIGITS         BCD, an odd count is filled with 0 on the right (F is accepted there in LL and LLL fields)
    DIGITS_RIGHT   BCD, an odd count is filled with 0 on the left
    TRACK2         like DIGITS, with D as separator (= is taken for D when a message is built)
    TEXT           printable ASCII
    TEXT_OR_BYTES  the same, but bytes that are not printable ASCII stay bytes
    BYTES          bytes
"""

import array
from binascii import hexlify, unhexlify

from .errors import MessageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .kinds import Buffer


DIGITS = 0
DIGITS_RIGHT = 1
TRACK2 = 2
TEXT = 3
TEXT_OR_BYTES = 4
BYTES = 5
LL = 16
LLL = 32

_ABSENT = 255
_ODD = 8  # fixed DIGITS or DIGITS_RIGHT with an odd count: one nibble is padding
_PRINTABLE = bytes(range(32, 127))
_BITS = {  # which of four bits are set, 1 is the leftmost
    "0": b"",
    "1": b"\x04",
    "2": b"\x03",
    "3": b"\x03\x04",
    "4": b"\x02",
    "5": b"\x02\x04",
    "6": b"\x02\x03",
    "7": b"\x02\x03\x04",
    "8": b"\x01",
    "9": b"\x01\x04",
    "a": b"\x01\x03",
    "b": b"\x01\x03\x04",
    "c": b"\x01\x02",
    "d": b"\x01\x02\x04",
    "e": b"\x01\x02\x03",
    "f": b"\x01\x02\x03\x04",
}


class Codec:
    """Packs and unpacks bitmap and fields by one table."""

    def __init__(self, table: tuple):
        self._kinds = bytearray([_ABSENT] * 65)
        self._sizes = array.array("H", bytes(130))
        for index in range(0, len(table), 3):
            number, kind, size = table[index : index + 3]
            self._kinds[number] = kind | _ODD if kind <= DIGITS_RIGHT and size & 1 else kind
            self._sizes[number] = size

    def pack(self, head: "Buffer", fields: "dict[int, Any]", spare: int = 0) -> bytearray:
        """`head`, bitmap, the fields in the order of their numbers, and `spare` zero bytes.

        `fields` is {number: str or bytes-like}.  Raises MessageError naming the field, never its value.
        """
        kinds = self._kinds
        sizes = self._sizes
        bitmap = bytearray(8)
        parts = [head, bitmap]
        number = 0
        try:
            for number in sorted(fields):
                kind = kinds[number] if 1 < number < 65 else _ABSENT
                size = sizes[number]
                value = fields[number]
                bitmap[number - 1 >> 3] |= 0x80 >> (number - 1 & 7)
                if kind == DIGITS:
                    if len(value) != size or not value.isdigit():
                        raise _misfit(number, kind, size, value)
                    parts.append(unhexlify("" + value))  # a TypeError for bytes
                elif kind == TEXT:
                    value = value.encode()
                    if len(value) != size or value.strip(_PRINTABLE):
                        raise _misfit(number, kind, size, value)
                    parts.append(value)
                elif kind == BYTES:
                    if len(value) != size:
                        raise _misfit(number, kind, size, value)
                    parts.append(bytes(value))
                elif kind == _ABSENT:
                    raise MessageError(_name(number), "not a field of this profile")
                else:
                    parts.append(_variable(number, kind, size, value))
        except (TypeError, AttributeError, ValueError, IndexError):
            # a value of another type, or digits of another script
            raise MessageError(_name(number), "not a value of this field's type")
        if spare:
            parts.append(bytes(spare))
        return bytearray(b"".join(parts))

    def unpack(self, frame: "Buffer", pos: int, fields: "dict[int, Any]", starts: "dict[int, int] | None" = None) -> int:
        """Read bitmap and fields from `frame[pos:]` into the dict `fields`; returns the end, always len(frame).

        `starts`, when given, gets {number: offset of the value}.  Raises MessageError naming the field and
        the byte, counted from the start of `frame`; bytes left over after the last field are an error too.
        """
        total = len(frame)
        if total < pos + 8:
            raise MessageError("bitmap", "cut short", pos)
        if frame[pos] & 0x80:
            raise MessageError("bitmap", "bit 1 set: no second bitmap in this profile", pos)
        kinds = self._kinds
        sizes = self._sizes
        frame = bytes(frame)
        digits = hexlify(frame).decode()  # once for all BCD fields, which are then mere slices
        bitmap = pos
        pos += 8
        before = 0
        for nibble in digits[2 * bitmap : 2 * pos]:
            for number in _BITS[nibble]:
                number += before
                kind = kinds[number]
                count = sizes[number]
                if kind >= LL:
                    if kind == _ABSENT:
                        raise MessageError(_name(number), "not a field of this profile", bitmap + (before >> 3))
                    end = pos + (kind >> 4)
                    lead = digits[2 * pos : 2 * end]
                    if end > total or not lead.isdigit() or int(lead) > count:
                        raise _bad_length(number, lead, end > total, count, pos)
                    count = int(lead)
                    pos = end
                if kind & 7 < TEXT:
                    end = pos + (count + 1 >> 1)
                    value: "Any" = digits[2 * pos : 2 * end]
                    if kind != DIGITS or not value.isdigit():
                        value = _digits(number, kind, value, count, pos)
                else:
                    end = pos + count
                    value = frame[pos:end]
                    if kind & 7 != BYTES:
                        if not value.strip(_PRINTABLE):
                            value = value.decode()
                        elif kind & 7 == TEXT:
                            raise MessageError(_name(number), "not printable ASCII", pos + _unprintable(value))
                if end > total:
                    raise MessageError(_name(number), "cut short, %d bytes of %d" % (total - pos, end - pos), pos)
                if starts is not None:
                    starts[number] = pos
                fields[number] = value
                pos = end
            before += 4
        if pos != total:
            raise MessageError("end", "%d bytes too many after the last field" % (total - pos), pos)
        return pos


def _name(number: int) -> str:
    return "F" + str(number)


def _variable(number: int, kind: int, size: int, value: "Any") -> bytes:
    """LL and LLL fields with their length, and what else is not plain in `Codec.pack`."""
    what = kind & 7
    if what <= TRACK2:
        check = value
        if what == TRACK2:
            value = value.replace("=", "D")
            check = value.replace("D", "")
            if value.find("D") < 1:
                raise MessageError(_name(number), "no separator after the PAN")
        count = len(value)
        if (count != size if kind < LL else count > size) or not check.isdigit():
            raise _misfit(number, kind, size, value)
        if count & 1:
            value = "0" + value if what == DIGITS_RIGHT else value + "0"
        return unhexlify((_lead(kind, count) if kind >= LL else "") + value)
    if isinstance(value, str):
        if what == BYTES:
            raise MessageError(_name(number), "bytes expected, not text")
        value = value.encode()
        if value.strip(_PRINTABLE):
            raise MessageError(_name(number), "not printable ASCII")
    elif what == TEXT:
        raise MessageError(_name(number), "text expected, not bytes")
    count = len(value)
    if count != size if kind < LL else count > size:
        raise _misfit(number, kind, size, value)
    return unhexlify(_lead(kind, count)) + bytes(value) if kind >= LL else bytes(value)


def _lead(kind: int, count: int) -> str:
    """The length as two digits for LL, four for LLL."""
    return "%0*d" % (2 * (kind >> 4), count)


def _misfit(number: int, kind: int, size: int, value: "Any") -> MessageError:
    """Why a value does not fit."""
    if kind < LL and len(value) != size:
        return MessageError(_name(number), str(len(value)) + " long, must be " + str(size))
    if len(value) > size:
        return MessageError(_name(number), str(len(value)) + " long, at most " + str(size) + " fit")
    if kind & 7 <= TRACK2:
        return MessageError(_name(number), "digits expected" if len(value) else "empty")
    return MessageError(_name(number), "not printable ASCII")


def _bad_length(number: int, lead: str, short: bool, most: int, pos: int) -> MessageError:
    """What is wrong with the length in front of a field."""
    if short:
        return MessageError(_name(number), "cut short in its length", pos)
    if not lead.isdigit():
        return MessageError(_name(number), "length is not BCD", pos)
    return MessageError(_name(number), "length " + lead + " above " + str(most), pos)


def _digits(number: int, kind: int, nibbles: str, count: int, pos: int) -> str:
    """The `count` digits among the nibbles of a field that starts at byte `pos`, all of them checked."""
    if len(nibbles) < count:
        return nibbles  # cut short: the caller says so
    value = nibbles
    if count & 1:
        if kind & 7 == DIGITS_RIGHT:
            value = nibbles[1:]
            pad = nibbles[0]
        else:
            value = nibbles[:-1]
            pad = nibbles[-1]
        if pad != "0" and (pad != "f" or kind < LL):
            at = pos if kind & 7 == DIGITS_RIGHT else pos + (count >> 1)
            raise MessageError(_name(number), "padding is not 0", at)
    check = value
    if kind & 7 == TRACK2:
        check = value.replace("d", "")
        value = value.upper()
    if check.isdigit():
        if kind & 7 == TRACK2 and value.find("D") < 1:
            raise MessageError(_name(number), "no separator after the PAN", pos)
        return value
    if not count:
        raise MessageError(_name(number), "empty", pos)
    first = len(nibbles) - len(value) if kind & 7 == DIGITS_RIGHT else 0
    for at in range(count):
        if value[at] > "9" and (value[at] != "D" or kind & 7 != TRACK2):
            break
    raise MessageError(_name(number), "not BCD", pos + (first + at >> 1))


def _unprintable(value: bytes) -> int:
    """Index of the first byte that is not printable ASCII."""
    for index in range(len(value)):
        if not 31 < value[index] < 127:
            return index
    return 0
