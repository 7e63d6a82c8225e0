"""GET PROCESSING OPTIONS, the application file locator and its records (EMV Book 3, 10.1 and 10.2)."""

from ..dol import build
from ..errors import TlvError
from ..tlv import append
from .apdu import OK, send
from .objects import gather, hex_text, outermost, sized
from .outcome import BAD_ANSWER, DATA_MISSING, NOT_ACCEPTED, RECORD_MISSING, TELLING, TapEnds, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...ports import Card
    from ..kinds import Buffer
    from .outcome import CardRead


_MAX_RECORDS = 32


async def get_processing_options(card: "Card", read: "CardRead") -> None:
    """Send the terminal data the PDOL asks for; take AIP, AFL and what else comes back into `read`.

    Raises Refused for the next candidate, TapEnds, TlvError.
    """
    wanted = build(read.tags.get(0x9F38, b""), read.terminal)
    data = bytearray()
    append(data, 0x83, wanted)
    if len(data) > 255:
        raise TlvError("9F38", "asks for more than a command can carry")
    answer, status = await send(card, 0x80, 0xA8, 0, 0, data)
    if status != OK:
        raise refusal("GPO", status)
    tag, start, stop = outermost(answer, 0x77, 0x80)
    if tag == 0x80:
        if stop - start < 2:
            raise TlvError("80", "is too short", start)
        read.tags[0x82] = bytes(answer[start : start + 2])
        read.tags[0x94] = bytes(answer[start + 2 : stop])
    else:
        gather(answer, read.tags, start, stop, set())
    if sized(read.tags, 0x82, 2) is None:
        raise TapEnds(NOT_ACCEPTED, DATA_MISSING, "82")
    read.aip = hex_text(read.tags[0x82])
    read.afl = hex_text(read.tags.get(0x94, b""))


def locations(afl: "Buffer") -> list:
    """(SFI, record number) for every record of an AFL, in reading order.  Raises TlvError."""
    if len(afl) % 4:
        raise TlvError("94", "is not a multiple of 4 bytes", len(afl) - len(afl) % 4)
    places: "list[tuple[int, int]]" = []
    for at in range(0, len(afl), 4):
        sfi, first, last = afl[at] >> 3, afl[at + 1], afl[at + 2]
        if afl[at] & 7 or not 1 <= sfi <= 30:
            raise TlvError("94", "names no file", at)
        if not 1 <= first <= last:
            raise TlvError("94", "names no record", at + 1)
        if len(places) + last - first + 1 > _MAX_RECORDS:
            raise TlvError("94", "names more than %d records" % _MAX_RECORDS, at)
        for number in range(first, last + 1):
            places.append((sfi, number))
    return places


async def read_records(card: "Card", read: "CardRead") -> "TapEnds | None":
    """Read what the AFL names.  A bad record does not stop the reading: the others tell who the card is.  A card that says
    what it wants instead of a record is asked for no other, and nothing else is told.

    Returns None, or the TapEnds that the first bad record means.  Raises TlvError for a bad AFL.
    """
    problem: "TapEnds | None" = None
    seen: "set[int]" = set()
    for sfi, number in locations(read.tags.get(0x94, b"")):
        name = "record %d.%d" % (sfi, number)
        answer, status = await send(card, 0, 0xB2, number, sfi << 3 | 4)
        if status in TELLING:
            return refusal(name, status)
        if status != OK:
            problem = problem or refusal(name, status, RECORD_MISSING)
            continue
        try:
            take_record(answer, sfi, read.tags, seen)
        except TlvError as error:
            problem = problem or TapEnds(NOT_ACCEPTED, BAD_ANSWER, name + ": " + str(error))
        except TapEnds as end:
            problem = problem or end
    return problem


def take_record(record: "Buffer", sfi: int, tags: dict, seen: "set[int]") -> None:
    """Gather the objects of one record; `seen` are the tags of the records before it.  Raises TlvError, TapEnds.

    Files 11…30 are the issuer's own: without template 70 they hold nothing for a terminal.
    """
    if sfi > 10 and (not record or record[0] != 0x70):
        return
    _, start, stop = outermost(record, 0x70)
    gather(record, tags, start, stop, seen)
