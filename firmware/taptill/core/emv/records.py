"""GET PROCESSING OPTIONS, the application file locator and its records (EMV Book 3, 10.1 and 10.2)."""

from ..dol import build
from ..errors import TlvError
from ..tlv import append, next_object
from .apdu import OK, send, status_text
from .objects import gather, hex_text, sized
from .outcome import BAD_ANSWER, CONDITIONS, DATA_MISSING, NOT_ACCEPTED, OTHER_INTERFACE, RECORD_MISSING, TapEnds
from .selection import refusal

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
    if status == 0x6984:
        raise TapEnds(OTHER_INTERFACE, CONDITIONS, status_text("GPO", status))
    if status != OK:
        raise refusal("GPO", status)
    found = next_object(answer, 0, len(answer))
    if not found or found[0] not in (0x77, 0x80):
        raise TlvError("77", "is missing", 0)
    tag, start, stop = found
    if tag == 0x80:
        if stop - start < 2:
            raise TlvError("80", "is too short", start)
        read.tags[0x82] = bytes(answer[start : start + 2])
        read.tags[0x94] = bytes(answer[start + 2 : stop])
    else:
        gather(answer, read.tags)
    if sized(read.tags, 0x82, 2) is None:
        raise TapEnds(NOT_ACCEPTED, DATA_MISSING, "82")
    read.aip = hex_text(read.tags[0x82])
    read.afl = hex_text(read.tags.get(0x94, b""))
    if not read.afl and 0x9F26 not in read.tags:
        raise TapEnds(NOT_ACCEPTED, DATA_MISSING, "94")


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
    """Read what the AFL names.  A bad record does not stop the reading: the others tell who the card is.

    Returns None, or the TapEnds that the first bad record means.  Raises TlvError for a bad AFL.
    """
    problem: "TapEnds | None" = None
    for sfi, number in locations(read.tags.get(0x94, b"")):
        name = "record %d.%d" % (sfi, number)
        answer, status = await send(card, 0, 0xB2, number, sfi << 3 | 4)
        if status != OK:
            problem = problem or TapEnds(NOT_ACCEPTED, RECORD_MISSING, status_text(name, status))
            continue
        try:
            take_record(answer, sfi, read.tags)
        except TlvError as error:
            problem = problem or TapEnds(NOT_ACCEPTED, BAD_ANSWER, name + ": " + str(error))
        except TapEnds as end:
            problem = problem or end
    return problem


def take_record(record: "Buffer", sfi: int, tags: dict) -> None:
    """Gather the objects of one record.  Raises TlvError, TapEnds.

    Files 11…30 are the issuer's own: without template 70 they hold nothing for a terminal.  Some cards give
    the length of template 70 as one plain byte above 7F; it is taken so when it is exactly what follows.
    """
    size = len(record)
    if not size or record[0] != 0x70:
        if sfi > 10:
            return
        raise TlvError("70", "is missing", 0)
    if size > 2 and record[1] > 0x7F and record[1] == size - 2 and not _well_formed(record):
        gather(record, tags, False, 2)
        return
    gather(record, tags)


def _well_formed(record: "Buffer") -> bool:
    length_bytes = record[1] & 0x7F
    if length_bytes == 1:
        return record[2] == len(record) - 3
    return length_bytes == 2 and record[2] << 8 | record[3] == len(record) - 4
