"""GENERATE AC and what the cryptogram says (EMV Book 3, 6.5.5; Book C-3 for the answer without 9F27)."""

from ..dol import build
from ..errors import TlvError
from .apdu import OK, send
from .objects import gather, hex_text, outermost, sized
from .outcome import (
    BAD_STATUS,
    CARD_DECLINED,
    DATA_MISSING,
    DECLINED,
    NOT_ACCEPTED,
    OFFLINE_ANSWER,
    OTHER_INTERFACE,
    STRIPE_ONLY,
    TapEnds,
    refusal,
)
from .schemes import UNIONPAY, VISA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...ports import Card
    from .outcome import CardRead


_ASK_ARQC = 0x80
_AC_TAGS = (0x9F26, 0x9F27, 0x9F36, 0x9F10)
# Track 2 of the chip, tracks 1 and 2 of magnetic-stripe mode, and where a checksum goes into track 1.
_TRACKS = (0x57, 0x56, 0x9F6B, 0x9F62)
_TYPES = ("AAC", "TC", "ARQC", None)


def refuse_stripe_mode(read: "CardRead") -> None:
    """A card that has a track and no way to a cryptogram is one of magnetic-stripe mode.  Raises TapEnds.

    Byte 2 bit 8 of the AIP says "magnetic-stripe mode" to Visa and UnionPay (Books C-3, C-7), "EMV mode" to the others
    (Books C-2, C-4, C-5).
    """
    if 0x8C in read.tags or not any(tag in read.tags for tag in _TRACKS):
        return
    aip = read.tags[0x82]
    if bool(aip[1] & 0x80) == (read.kernel in (VISA, UNIONPAY)) or not any(aip):
        raise TapEnds(OTHER_INTERFACE, STRIPE_ONLY)


def require_list(read: "CardRead") -> None:
    """Without AFL and CDOL1 (which may be empty) there is no cryptogram to ask for.  Raises TapEnds."""
    if not read.tags.get(0x94):
        raise TapEnds(NOT_ACCEPTED, DATA_MISSING, "94")
    if 0x8C not in read.tags:
        raise TapEnds(NOT_ACCEPTED, DATA_MISSING, "8C")


async def generate_ac(card: "Card", read: "CardRead") -> None:
    """Ask for an ARQC with the data of CDOL1.  Raises TapEnds, TlvError."""
    for tag in _AC_TAGS:
        read.tags.pop(tag, None)
    data = build(read.tags[0x8C], read.terminal, read.tags)
    answer, status = await send(card, 0x80, 0xAE, _ASK_ARQC, 0, data)
    if status != OK:
        raise refusal("GENERATE AC", status, BAD_STATUS)
    tag, start, stop = outermost(answer, 0x77, 0x80)
    if tag == 0x77:
        gather(answer, read.tags, start, stop, set(), replace=True)
        return
    if not 11 <= stop - start <= 43:
        raise TlvError("80", "has %d bytes" % (stop - start), start)
    value = bytes(answer[start:stop])
    read.tags[0x9F27], read.tags[0x9F36], read.tags[0x9F26] = value[:1], value[1:3], value[3:11]
    if len(value) > 11:
        read.tags[0x9F10] = value[11:]


def judge(read: "CardRead") -> None:
    """Fill cryptogram and its type; return only for a complete ARQC.  Raises TapEnds, TlvError."""
    tags = read.tags
    cryptogram = sized(tags, 0x9F26, 8)
    if cryptogram:
        read.cryptogram = hex_text(cryptogram)
    information = sized(tags, 0x9F27, 1)
    issuer_data = tags.get(0x9F10, b"")
    if len(issuer_data) > 32:
        raise TlvError("9F10", "is longer than 32 bytes")
    if information:
        read.cryptogram_type = _TYPES[information[0] >> 6]
    elif len(issuer_data) > 4 and read.kernel in (VISA, UNIONPAY):
        # Their card verification results say it too: bits 6-5 of byte 5 of the issuer application data.
        bits = issuer_data[4] >> 4 & 3
        read.cryptogram_type = _TYPES[bits]
        tags[0x9F27] = bytes((bits << 6,))
    if read.cryptogram_type == "AAC":
        raise TapEnds(DECLINED, CARD_DECLINED, "AAC")
    if read.cryptogram_type == "TC":
        raise TapEnds(NOT_ACCEPTED, OFFLINE_ANSWER, "TC")
    if read.cryptogram_type is None:
        raise TapEnds(NOT_ACCEPTED, DATA_MISSING, "9F27")
    if not cryptogram:
        raise TapEnds(NOT_ACCEPTED, DATA_MISSING, "9F26 (sealed in 9F4B)" if 0x9F4B in tags else "9F26")
    if not sized(tags, 0x9F36, 2):
        raise TapEnds(NOT_ACCEPTED, DATA_MISSING, "9F36")
