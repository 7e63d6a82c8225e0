"""Data objects of the card, gathered from its answers."""

import binascii

from ..errors import TlvError
from ..tlv import is_constructed, next_object, tag_text, walk
from .outcome import DATA_INCONSISTENT, NOT_ACCEPTED, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..kinds import Buffer


# Certificates and keys are of use to offline data authentication only, names to nobody: not kept.
_NOT_KEPT = (0x90, 0x92, 0x93, 0x9F46, 0x9F47, 0x9F48, 0x9F32, 0x8F, 0x8D, 0x5F20, 0x9F0B)
# The one template that is looked into behind the outermost: the proprietary one of an FCI.  Any other is passed over unread:
# issuers put bytes of their own into E0, FF81xx, BF0C, 65, 73, which need not be objects.
FCI_OPENS = (0xA5,)
# What two answers of a card may not tell differently.
_UNIQUE = (0x5A, 0x5F24, 0x5F34)


def hex_text(data: "Buffer") -> str:
    """Upper-case hex of bytes."""
    return binascii.hexlify(bytes(data)).decode().upper()


def outermost(answer: "Buffer", *wanted: int) -> "tuple[int, int, int]":
    """(tag, start, stop) of the one template that an answer or a record is; `wanted` are the tags that it may have.

    Behind it only 00 may stand (EMV Book 3, Annex B1).  Anything else there, FF as well, tells that length and content do not
    belong together: which of the two is right nobody knows, so nothing is taken.  Raises TlvError.
    """
    found = next_object(answer, 0, len(answer))
    if not found or found[0] not in wanted:
        raise TlvError(tag_text(wanted[0]), "is missing", 0)
    for at in range(found[2], len(answer)):
        if answer[at]:
            raise TlvError(tag_text(found[0]), "is not all: %d bytes stand behind it" % (len(answer) - at), at)
    return found


def gather(data: "Buffer", tags: dict, at: int, end: int, seen: "set[int]", opens: tuple = (), replace: bool = False) -> None:
    """Put every primitive object of data[at:end] into `tags`; templates other than `opens` are passed over unread.

    `seen`, which grows, are the tags of this answer or, for a record, of all records: an object comes once (EMV Book 3, 10.2
    for records; Book C-2 takes a second one for a parsing error in every answer).  What an earlier answer said stays, unless
    `replace`: the cryptogram and track 2 of a GPO answer go before those of a record.
    Raises TlvError, Refused DATA_INCONSISTENT.
    """
    problems: "list[str]" = []

    def keep(tag: int, start: int, stop: int) -> bool:
        if is_constructed(tag):
            return tag not in opens
        if tag in seen:
            problems.append(tag_text(tag) + " comes twice")
        elif tag not in _NOT_KEPT:
            value = bytes(data[start:stop])
            if tag in tags and _differ(tag, tags[tag], value):
                problems.append(tag_text(tag) + " comes with two values")
            if replace or tag not in tags:
                tags[tag] = value
        seen.add(tag)
        return True

    walk(data, keep, at, end)
    if problems:
        raise Refused(NOT_ACCEPTED, DATA_INCONSISTENT, problems[0])


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
