"""BER-TLV as EMV uses it (EMV Book 3, Annex B): strict, bounded, offsets in every error.

A tag is an int of at most four bytes (0x9F26, 0xFF8105), a value the bytes of its object.  Lengths are one
byte, or 81/82 with one or two more.  Two things are taken that the book does not have, because cards in the field do them:

- 00 before, between and after objects is padding (Annex B1), and FF too.  FF begins a tag all the same in FF81xx (Book C-2:
  FF8101…FF8106), and where it can begin one of four bytes (readers' makers have FF84E371).  FF 8C, FF 9F02 and FF 90 81 B0 are
  padding and an object.
- A length above 7F as one plain byte, where it is exactly what is left of the template around it (or of the whole input).
  Where 81 or 82 could be either, a template is taken for what fills the rest, another object for what fits.
"""

from .errors import TlvError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .kinds import Buffer


MAX_DEPTH = 8


def tag_text(tag: int) -> str:
    """Upper-case hex of a tag as people write it: 0x9F26 -> "9F26", 5 -> "05"."""
    text = "%X" % tag
    return "0" + text if len(text) & 1 else text


def is_constructed(tag: int) -> bool:
    """True when the value of `tag` holds objects: bit 6 of its first byte (ISO 8825-1)."""
    while tag > 0xFF:
        tag >>= 8
    return bool(tag & 0x20)


def tag_at(data: "Buffer", at: int, end: int) -> int:
    """The tag that begins at `data[at]`; see `tag_size` for its length.  Raises TlvError."""
    tag = data[at]
    if tag & 0x1F != 0x1F:
        return tag
    for next_at in range(at + 1, at + 4):
        if next_at >= end:
            raise TlvError("tag " + tag_text(tag), "ends too early", at)
        tag = tag << 8 | data[next_at]
        if not data[next_at] & 0x80:
            return tag
    raise TlvError("tag " + tag_text(tag), "longer than 4 bytes", at)


def tag_size(tag: int) -> int:
    """Bytes of an encoded tag, 1…4."""
    if tag < 0x100:
        return 1
    if tag < 0x10000:
        return 2
    return 3 if tag < 0x1000000 else 4


def _skip_padding(data: "Buffer", at: int, end: int) -> int:
    while at < end and (data[at] == 0 or data[at] == 0xFF and not _begins_tag(data, at + 1, end)):
        at += 1
    return at


def _begins_tag(data: "Buffer", second: int, end: int) -> bool:
    """Is the FF before data[second] the first byte of a tag?"""
    if second >= end or data[second] & 0x1F == 0x1F:
        return False
    if data[second] == 0x81:
        return True
    # Four bytes: two that say "one more follows" and a last one.  81 and 82 in third place are the length of an object behind FF.
    if end - second < 3 or data[second] < 0x80 or data[second + 1] < 0x80 or data[second + 1] in (0x81, 0x82):
        return False
    return data[second + 2] < 0x80


def next_object(data: "Buffer", at: int, end: int) -> "tuple[int, int, int] | None":
    """(tag, first byte of the value, first byte after it) of the next object in data[at:end], or None.

    Walks a whole input without copying anything: call again with the last number.  Raises TlvError.
    """
    at = _skip_padding(data, at, end)
    if at == end:
        return None
    tag = tag_at(data, at, end)
    start = at + tag_size(tag)
    if start >= end:
        raise TlvError(tag_text(tag), "has no length", start)
    length = data[start]
    start += 1
    if length >= 0x80 and not _fills_plainly(tag, data, start, end):
        more = length & 0x7F
        if more not in (1, 2):
            raise TlvError(tag_text(tag), "length byte %02X is not allowed" % length, start - 1)
        if start + more > end:
            raise TlvError(tag_text(tag), "length is cut short", start)
        length = data[start] if more == 1 else data[start] << 8 | data[start + 1]
        start += more
    if length > end - start:
        raise TlvError(tag_text(tag), "wants %d bytes, %d are left" % (length, end - start), start)
    return tag, start, start + length


def _fills_plainly(tag: int, data: "Buffer", start: int, end: int) -> bool:
    """Is the length byte before data[start], above 7F, the plain number of the bytes that are left?"""
    left = end - start
    if data[start - 1] != left:
        return False
    if left not in (0x81, 0x82):
        return True
    long_form = data[start] + 1 if left == 0x81 else (data[start] << 8 | data[start + 1]) + 2
    return long_form != left if is_constructed(tag) else long_form > left


def parse(data: "Buffer", constructed: bool = True) -> "list[tuple[int, Any]]":
    """The objects of `data` in order as (tag, value); values are bytes copied out of `data`.

    With `constructed` the value of a constructed tag is again such a list, else its bytes.
    Raises TlvError with the offset from the start of `data`.
    """
    return _parse(data, 0, len(data), constructed, 0)


def _parse(data: "Buffer", at: int, end: int, constructed: bool, depth: int) -> "list[tuple[int, Any]]":
    if depth > MAX_DEPTH:
        raise TlvError("template", "nested deeper than %d" % MAX_DEPTH, at)
    objects: "list[tuple[int, Any]]" = []
    found = next_object(data, at, end)
    while found:
        tag, start, stop = found
        if constructed and is_constructed(tag):
            objects.append((tag, _parse(data, start, stop, True, depth + 1)))
        else:
            objects.append((tag, bytes(data[start:stop])))
        found = next_object(data, stop, end)
    return objects


def walk(data: "Buffer", visit: "Callable[..., Any]", at: int = 0, end: int = -1, depth: int = 0) -> None:
    """Call `visit(tag, start, stop)` for every object of data[at:end], outer ones before what they hold.

    What `visit` answers True for is not looked into.  Raises TlvError.
    """
    if end < 0:
        end = len(data)
    if depth > MAX_DEPTH:
        raise TlvError("template", "nested deeper than %d" % MAX_DEPTH, at)
    found = next_object(data, at, end)
    while found:
        tag, start, stop = found
        if not visit(tag, start, stop) and is_constructed(tag):
            walk(data, visit, start, stop, depth + 1)
        found = next_object(data, stop, end)


def append(target: bytearray, tag: int, value: "Any") -> None:
    """Encode one object at the end of `target`; `value` is at most 65535 bytes."""
    target.extend(tag.to_bytes(tag_size(tag), "big"))
    length = len(value)
    if length > 0xFFFF:
        raise TlvError(tag_text(tag), "value longer than 65535 bytes")
    if length > 0xFF:
        target.append(0x82)
        target.append(length >> 8)
    elif length > 0x7F:
        target.append(0x81)
    target.append(length & 0xFF)
    target.extend(value)
