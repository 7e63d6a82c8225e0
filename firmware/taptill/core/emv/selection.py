"""Which application pays: PPSE, candidates by priority, SELECT (EMV Contactless Book B, 3.3)."""

from binascii import unhexlify

from ..errors import TlvError
from ..tlv import parse, walk
from .apdu import OK, send
from .objects import FCI_OPENS, gather, hex_text, outermost
from .outcome import NO_APPLICATION, NOT_ACCEPTED, NOT_SUPPORTED, TELLING, Refused, TapEnds, refusal
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

_DIRECTORY = (0xA5, 0xBF0C)  # the templates of a directory around its entries
_NOT_FOUND = 0x6A82
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
    """An application to try: aid hex, label of the directory entry or None, priority 1…15 or 0 (last), its row of the AIDs."""

    def __init__(self, aid: str, label: "Any", priority: int, row: "tuple[str, str, str, int]"):
        self.aid = aid
        self.label = label
        self.priority = priority
        self.row = row
        self.kernel = row[3]


def no_kernel(scheme: str, besides: str = "") -> Refused:
    """The end of an application that cannot be paid here; `besides` is what else is wrong with it."""
    return Refused(NOT_ACCEPTED, NOT_SUPPORTED, "no kernel for " + scheme + " in this terminal" + besides)


async def list_candidates(card: "Card", config: "EmvConfig") -> list:
    """The applications to try, best first; at least one.  Raises TapEnds, TlvError.

    Nothing is selected that the directory does not list; only a card that does not know the directory
    command at all (an error that neither tells what the card wants nor says "not found": EMV Book B, 3.3.1) is asked for a
    few well-known names.
    """
    answer, status = await send(card, 0, 0xA4, 4, 0, PPSE)
    if status == OK:
        return listed(answer, config)
    if status == _NOT_FOUND or status in TELLING:
        raise refusal("SELECT PPSE", status)
    candidates = [_candidate(aid, None, 0, config) for aid in _WELL_KNOWN]
    found = [candidate for candidate in candidates if candidate and candidate.kernel]
    if not found:
        raise refusal("SELECT PPSE", status)
    return found


def _candidate(aid: str, label: "Any", priority: int, config: "EmvConfig") -> "Candidate | None":
    row = config.application(aid)
    return Candidate(aid, label, priority, row) if row else None


def listed(directory: "Buffer", config: "EmvConfig") -> list:
    """Candidates of a PPSE answer, in order of priority.  Raises TapEnds, TlvError.

    Those that can be paid here leave out those that cannot: the first of a French card is CB, and it is paid with the second.
    """
    entries: "list[bytes]" = []

    def entry(tag: int, start: int, stop: int) -> bool:
        if tag == 0x61:
            entries.append(bytes(directory[start:stop]))
        return tag not in _DIRECTORY

    if directory:
        _, start, stop = outermost(directory, 0x6F)
        walk(directory, entry, start, stop)
    if not entries:
        raise TapEnds(NOT_ACCEPTED, NO_APPLICATION, "empty directory")
    candidates: "list[Candidate]" = []
    broken: "TlvError | None" = None
    for data in entries:
        try:
            objects = dict(reversed(parse(data, False)))  # the first of a tag stays
        except TlvError as error:
            broken = error  # the other entries may be good
            continue
        name = objects.get(0x4F)
        if name is None or not 5 <= len(name) <= 16:
            continue
        priority = objects.get(0x87)
        candidate = _candidate(hex_text(name), objects.get(0x50), priority[0] & 0x0F if priority else 0, config)
        if candidate and not any(candidate.aid == known.aid for known in candidates):
            candidates.append(candidate)
    if not candidates:
        raise broken or TapEnds(NOT_ACCEPTED, NOT_SUPPORTED, "none of %d listed applications" % len(entries))
    payable = [candidate for candidate in candidates if candidate.kernel]
    return _in_order(payable or candidates)[:_MAX_CANDIDATES]


def _in_order(candidates: "list[Candidate]") -> "list[Candidate]":
    # Insertion keeps equal priorities in the card's order; MicroPython's sort would not.
    ordered: "list[Candidate]" = []
    for candidate in candidates:
        place = len(ordered)
        while place and (ordered[place - 1].priority or 16) > (candidate.priority or 16):
            place -= 1
        ordered.insert(place, candidate)
    return ordered


async def select(card: "Card", candidate: Candidate, config: "EmvConfig", terminal: dict, read: "CardRead") -> None:
    """SELECT one application, take its FCI into `read` and settle what it will be told of `terminal`.

    The card may answer a short name with another scheme's application than the directory had led to expect: what cannot be
    paid here ends there.  Raises Refused, TapEnds, TlvError.
    """
    aid = unhexlify(candidate.aid)
    fci, status = await send(card, 0, 0xA4, 4, 0, aid)
    if status != OK:
        raise refusal("SELECT " + candidate.aid, status)
    _, start, stop = outermost(fci, 0x6F)
    read.tags = {}
    gather(fci, read.tags, start, stop, set(), FCI_OPENS)
    read.tags[0x84] = read.tags.get(0x84) or aid
    if not 5 <= len(read.tags[0x84]) <= 16:
        raise TlvError("84", "is no application name of 5 to 16 bytes")
    read.aid = hex_text(read.tags[0x84])
    row = config.application(read.aid) or candidate.row
    read.scheme = row[1]
    read.kernel = row[3]
    if candidate.kernel and not read.kernel:
        raise no_kernel(read.scheme)
    read.terminal = application_data(terminal, read.kernel, config)
    read.terminal[0x9F06] = read.tags[0x84]
    read.terminal[0x9F09] = unhexlify(row[2])
    read.label = plain(read.tags.get(0x50) or candidate.label)


def plain(label: "Any") -> "str | None":
    """A label as printable ASCII, None when there is none."""
    if not label:
        return None
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in label)
