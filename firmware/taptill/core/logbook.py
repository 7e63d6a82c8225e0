"""Lines of the log and the segments that a ring of them is made of.

A segment is one small file: magic u8, number u32, then its lines, CRC-32 of all before it at the end (little-endian).  A line is
its moment u32, level and length in one byte, and its text.  A segment has 128 bytes at most, which LittleFS replaces in one step
and without an erase of its own; one that is torn, damaged or of an earlier turn of the ring is skipped.

No line holds a secret: texts name trace numbers, amounts, codes and places in the program, and whatever else comes as a long row
of digits is starred before it is kept.
"""

import binascii
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from .kinds import Buffer


# Levels.  Details lead up to an incident; they are kept when there is one, and forgotten otherwise.
DETAIL = 0
INFO = 1
WARNING = 2
ERROR = 3
LETTERS = "DIWE"

LONGEST = 58  # signs of a text in a line
GOES_ON = "+"  # begins a line that goes on with the text of the one before; no text begins so
WHOLE = LONGEST + 2 * (LONGEST - 1)  # signs of a text: three lines
ROOM = 119  # bytes for lines in a segment
SINCE_START = 1 << 24  # smaller moments are seconds since power-on: the time was not known

_MAGIC = 0x4C
_HEAD = 5
_LINE = 5
_DIGITS = 9  # as many in a row may be part of a card number


def line(moment: int, level: int, text: str) -> bytes:
    """A line as it is kept.  `moment`: seconds since 2000 in UTC, or since power-on while the time is not known."""
    kept = clean(text)
    return struct.pack("<IB", moment, level << 6 | len(kept)) + kept.encode()


def split(text: str) -> "list[str]":
    """A text of the log, as the lines that it takes; what is longer than WHOLE signs is cut there."""
    kept = clean(text, WHOLE)
    step = LONGEST - 1
    return [kept[:LONGEST]] + [GOES_ON + kept[at : at + step] for at in range(LONGEST, len(kept), step)]


def level_of(one: "Buffer") -> int:
    """The level of a line."""
    return one[4] >> 6


def lines(content: "Buffer") -> "Iterator[tuple[int, int, str]]":
    """(moment, level, text) of the lines that were put one behind the other."""
    at = 0
    while at + _LINE <= len(content):
        moment, mixed = struct.unpack("<IB", content[at : at + _LINE])
        at += _LINE + (mixed & 63)
        yield moment, mixed >> 6, bytes(content[at - (mixed & 63) : at]).decode()


def clean(text: str, longest: int = LONGEST) -> str:
    """`text` as a log may keep it: printable ASCII, not too long, nine digits or more in a row starred."""
    out = [sign if " " <= sign <= "~" else "?" for sign in text[:longest]]
    first = 0
    for at in range(len(out) + 1):
        if at < len(out) and out[at].isdigit():
            continue
        if at - first >= _DIGITS:
            out[first:at] = ["*"] * (at - first)
        first = at + 1
    return "".join(out)


def pack(number: int, content: "Buffer") -> bytes:
    """The segment `number` with these lines, at most ROOM bytes of them."""
    body = struct.pack("<BI", _MAGIC, number) + content
    return body + struct.pack("<I", binascii.crc32(body))


def unpack(data: "Buffer | None") -> "tuple[int, bytes] | None":
    """(number, lines) of a segment; None when it is missing, torn or damaged."""
    data = bytes(data or b"")
    if len(data) < _HEAD + 4 or data[0] != _MAGIC or struct.unpack("<I", data[-4:])[0] != binascii.crc32(data[:-4]):
        return None
    return struct.unpack("<I", data[1:_HEAD])[0], data[_HEAD:-4]
