"""Which application pays: PPSE, candidates by priority, SELECT (EMV Contactless Book B, 3.3)."""

from binascii import unhexlify

from ..errors import TlvError
from ..tlv import find, next_object, walk
from .apdu import OK, send, status_text
from .objects import gather, hex_text
from .outcome import (
    BAD_STATUS,
    CARD_BLOCKED,
    CONDITIONS,
    LOOK_AT_PHONE,
    NO_APPLICATION,
    NOT_ACCEPTED,
    NOT_SUPPORTED,
    TRY_AGAIN,
    Refused,
    TapEnds,
)
from .terminal import application_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...ports import Card
    from ..kinds import Buffer
    from .config import EmvConfig
    from .outcome import CardRead


PPSE = b"2PAY.SYS.DDF01"
_MAX_CANDIDATES = 10

# Cards from before the PPSE: what is tried, in this order, when the card does not know the directory.
_WELL_KNOWN = (
    "A0000000031010",
    "A0000000041010",
    "A0000000043060",
    "A000000333010101",
    "A000000333010102",
    "A000000333010103",
    "A00000002501",
    "A0000000651010",
)


class Candidate:
    """An application to try: aid hex, label of the directory entry or None, priority 1…15 or 0 (last)."""

    def __init__(self, aid: str, label: "Any", priority: int):
        self.aid = aid
        self.label = label
        self.priority = priority


def refusal(step: str, status: int) -> TapEnds:
    """The end that a status word means for one application."""
    detail = status_text(step, status)
    if status == 0x6986:
        return TapEnds(TRY_AGAIN, LOOK_AT_PHONE, detail)
    if status == 0x6985:
        return Refused(NOT_ACCEPTED, CONDITIONS, detail)
    if status in (0x6283, 0x6285, 0x6A81):
        return Refused(NOT_ACCEPTED, CARD_BLOCKED, detail)
    if status == 0x6A82:
        return Refused(NOT_ACCEPTED, NO_APPLICATION, detail)
    return Refused(NOT_ACCEPTED, BAD_STATUS, detail)


async def list_candidates(card: "Card", config: "EmvConfig") -> list:
    """The applications to try, best first; at least one.  Raises TapEnds, TlvError.

    Nothing is selected that the directory does not list; only a card that does not know the directory
    command at all (an error other than 6A82, 6985, 6986, 6283, 6285) is asked for a few well-known names.
    """
    answer, status = await send(card, 0, 0xA4, 4, 0, PPSE)
    if status == OK:
        return listed(answer, config)
    if status in (0x6A82, 0x6985, 0x6986, 0x6283, 0x6285):
        raise refusal("SELECT PPSE", status)
    candidates = [Candidate(aid, None, 0) for aid in _WELL_KNOWN if config.application(aid)]
    if not candidates:
        raise refusal("SELECT PPSE", status)
    return candidates


def listed(directory: "Buffer", config: "EmvConfig") -> list:
    """Candidates of a PPSE answer, in order of priority.  Raises TapEnds, TlvError."""
    candidates: "list[Candidate]" = []
    entries: "list[bytes]" = []

    def entry(tag: int, start: int, stop: int) -> bool:
        if tag == 0x61:
            entries.append(bytes(directory[start:stop]))
        return tag == 0x61

    walk(directory, entry)
    for data in entries:
        name = find(data, 0x4F)
        if name is None or not 5 <= len(name) <= 16:
            continue
        aid = hex_text(name)
        if not config.application(aid) or any(aid == known.aid for known in candidates):
            continue
        priority = find(data, 0x87)
        rank = priority[0] & 0x0F if priority else 0
        candidates.append(Candidate(aid, find(data, 0x50), rank))
    if not entries:
        raise TapEnds(NOT_ACCEPTED, NO_APPLICATION, "empty directory")
    if not candidates:
        raise TapEnds(NOT_ACCEPTED, NOT_SUPPORTED, "none of %d listed applications" % len(entries))
    # Insertion keeps equal priorities in the card's order; MicroPython's sort would not.
    ordered: "list[Candidate]" = []
    for candidate in candidates:
        place = len(ordered)
        while place and (ordered[place - 1].priority or 16) > (candidate.priority or 16):
            place -= 1
        ordered.insert(place, candidate)
    return ordered[:_MAX_CANDIDATES]


async def select(card: "Card", candidate: Candidate, config: "EmvConfig", terminal: dict, read: "CardRead") -> None:
    """SELECT one application, take its FCI into `read` and settle what it will be told of `terminal`.

    Raises Refused, TapEnds, TlvError.
    """
    aid = unhexlify(candidate.aid)
    fci, status = await send(card, 0, 0xA4, 4, 0, aid)
    if status != OK:
        raise refusal("SELECT " + candidate.aid, status)
    template = next_object(fci, 0, len(fci))
    if not template or template[0] != 0x6F:
        raise TlvError("6F", "is missing", 0)
    read.tags = {}
    gather(fci, read.tags)
    read.tags[0x84] = read.tags.get(0x84) or aid
    if not 5 <= len(read.tags[0x84]) <= 16:
        raise TlvError("84", "is no application name of 5 to 16 bytes")
    read.aid = hex_text(read.tags[0x84])
    row = config.application(read.aid) or config.application(candidate.aid)
    if row is None:
        raise refusal("SELECT " + candidate.aid, status)
    read.scheme = row[1]
    read.terminal = application_data(terminal, read.scheme, config)
    read.terminal[0x9F06] = read.tags[0x84]
    read.terminal[0x9F09] = unhexlify(row[2])
    read.label = plain(read.tags.get(0x50) or candidate.label)


def plain(label: "Any") -> "str | None":
    """A label as printable ASCII, None when there is none."""
    if not label:
        return None
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in label)
