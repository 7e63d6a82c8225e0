"""Data objects of the card, gathered from its answers."""

import binascii

from ..errors import TlvError
from ..tlv import is_constructed, tag_text, walk
from .outcome import DATA_INCONSISTENT, NOT_ACCEPTED, TapEnds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..kinds import Buffer


# Certificates and keys are of use to offline data authentication only, names to nobody: not kept.
_NOT_KEPT = (0x90, 0x92, 0x93, 0x9F46, 0x9F47, 0x9F48, 0x9F32, 0x8F, 0x8D, 0x5F20, 0x9F0B)
# The same object twice with two values makes the card untrustworthy.
_UNIQUE = (0x5A, 0x5F24, 0x5F34)


def hex_text(data: "Buffer") -> str:
    """Upper-case hex of bytes."""
    return binascii.hexlify(bytes(data)).decode().upper()


def gather(data: "Buffer", tags: dict, replace: bool = False, at: int = 0) -> None:
    """Put every primitive object of `data` (templates opened) into `tags`; the first of a tag stays.

    With `replace` an object known from before gives way.  Raises TlvError, TapEnds DATA_INCONSISTENT.
    """
    clash = []

    def keep(tag: int, start: int, stop: int) -> bool:
        if not is_constructed(tag) and tag not in _NOT_KEPT:
            value = bytes(data[start:stop])
            if tag in tags and _differ(tag, tags[tag], value):
                clash.append(tag)
            if replace or tag not in tags:
                tags[tag] = value
        return False

    walk(data, keep, at)
    if clash:
        raise TapEnds(NOT_ACCEPTED, DATA_INCONSISTENT, tag_text(clash[0]) + " comes with two values")


def _differ(tag: int, one: bytes, other: bytes) -> bool:
    if tag == 0x57:
        # Card verification digits behind the service code may change; the card number may not.
        return hex_text(one).split("D")[0] != hex_text(other).split("D")[0]
    return tag in _UNIQUE and one != other


def sized(tags: dict, tag: int, length: int) -> "bytes | None":
    """The object if present; one of another length raises TlvError."""
    value = tags.get(tag)
    if value is not None and len(value) != length:
        raise TlvError(tag_text(tag), "has %d bytes instead of %d" % (len(value), length))
    return value
