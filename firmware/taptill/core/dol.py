"""Data object lists: what a card asks to be told, and the bytes to tell it (EMV Book 3, 5.4)."""

from .errors import TlvError
from .tlv import tag_at, tag_size, tag_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .kinds import Buffer


# A C-APDU carries at most 255 bytes of data.
MAX_DATA = 255

# Format n (digits, right-aligned): the numeric data objects of EMV Book 3 Annex A that a terminal may be asked for.
_NUMERIC = (
    0x42, 0x9A, 0x9C, 0x5F24, 0x5F25, 0x5F28, 0x5F2A, 0x5F30, 0x5F34, 0x5F36, 0x5F57, 0x9F01, 0x9F02, 0x9F03,
    0x9F11, 0x9F15, 0x9F19, 0x9F1A, 0x9F21, 0x9F35, 0x9F39, 0x9F3B, 0x9F3C, 0x9F3D, 0x9F41, 0x9F42, 0x9F43, 0x9F44,
    0x9F51, 0x9F57,
)  # fmt: skip
# Format cn (digits, left-aligned, filled with F).
_COMPRESSED = (0x5A, 0x9F20)


def parse(dol: "Buffer") -> list:
    """The entries of a DOL as (tag, length), in order.  Raises TlvError."""
    entries = []
    at = 0
    end = len(dol)
    total = 0
    while at < end:
        tag = tag_at(dol, at, end)
        at += tag_size(tag)
        if at == end:
            raise TlvError(tag_text(tag), "has no length in the list", at)
        entries.append((tag, dol[at]))
        total += dol[at]
        if total > MAX_DATA:
            raise TlvError(tag_text(tag), "asks for more than %d bytes in all" % MAX_DATA, at)
        at += 1
    return entries


def build(dol: "Buffer", *sources: "dict[int, Any]") -> bytearray:
    """The bytes that the list asks for; each source is a dict tag -> bytes, the first that knows a tag wins.

    Lengths that differ follow the format of the tag: n loses or gains digits on the left (00), cn and the
    others on the right (FF for cn, 00 else).  Tags that nobody knows become zeros.  Raises TlvError.
    """
    data = bytearray()
    for tag, length in parse(dol):
        value = b""
        for source in sources:
            if tag in source:
                value = source[tag]
                break
        missing = length - len(value)
        if tag in _NUMERIC:
            data.extend(bytes(max(missing, 0)))
            data.extend(value[max(-missing, 0) :])
        else:
            data.extend(value[:length])
            fill = b"\xff" if tag in _COMPRESSED else b"\0"
            data.extend(fill * max(missing, 0))
    return data
