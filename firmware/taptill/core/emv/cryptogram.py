"""GENERATE AC and what the cryptogram says (EMV Book 3, 6.5.5; Book C-3 for the answer without 9F27)."""

from ..dol import build
from ..errors import TlvError
from ..tlv import next_object
from .apdu import OK, send, status_text
from .objects import gather, hex_text, sized
from .outcome import (
    BAD_STATUS,
    CARD_DECLINED,
    CONDITIONS,
    DATA_MISSING,
    DECLINED,
    LOOK_AT_PHONE,
    NOT_ACCEPTED,
    OFFLINE_ANSWER,
    OTHER_INTERFACE,
    STRIPE_ONLY,
    TRY_AGAIN,
    TapEnds,
)
from .terminal import floor_exceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...ports import Card
    from ..kinds import Buffer
    from .config import EmvConfig, EmvTxn
    from .outcome import CardRead


_ASK_ARQC = 0x80
_AC_TAGS = (0x9F26, 0x9F27, 0x9F36, 0x9F10)
_TYPES = ("AAC", "TC", "ARQC", None)


def require_emv_mode(read: "CardRead") -> None:
    """Without 8C there is no cryptogram to ask for.  Raises TapEnds."""
    if 0x8C in read.tags:
        return
    stripe = 0x9F6B in read.tags or 0x56 in read.tags or 0x9F62 in read.tags
    if stripe and not read.tags[0x82][1] & 0x80:
        raise TapEnds(OTHER_INTERFACE, STRIPE_ONLY)
    raise TapEnds(NOT_ACCEPTED, DATA_MISSING, "8C")


def restrict(read: "CardRead", config: "EmvConfig", txn: "EmvTxn") -> None:
    """Note in the TVR what the terminal did not do or saw: no offline authentication, dates, floor limit."""
    tvr = read.terminal[0x95]
    tvr[0] |= 0x80
    today = _date_key(read.terminal[0x9A])
    if 0x5F24 in read.tags and _date_key(read.tags[0x5F24]) < today:
        tvr[1] |= 0x40
    if 0x5F25 in read.tags and _date_key(read.tags[0x5F25]) > today:
        tvr[1] |= 0x20
    if floor_exceeded(config, txn.amount):
        tvr[3] |= 0x80


def _date_key(date: "Buffer") -> bytes:
    # Years 50…99 are 1950…1999 (EMV Book 4, 6.7.3).
    return (b"\0" if date[0] >= 0x50 else b"\x01") + bytes(date)


async def generate_ac(card: "Card", read: "CardRead") -> None:
    """Ask for an ARQC with the data of CDOL1.  Raises TapEnds, TlvError."""
    for tag in _AC_TAGS:
        read.tags.pop(tag, None)
    data = build(read.tags[0x8C], read.terminal, read.tags)
    answer, status = await send(card, 0x80, 0xAE, _ASK_ARQC, 0, data)
    if status == 0x6986:
        raise TapEnds(TRY_AGAIN, LOOK_AT_PHONE, status_text("GENERATE AC", status))
    if status != OK:
        reason = CONDITIONS if status == 0x6985 else BAD_STATUS
        raise TapEnds(NOT_ACCEPTED, reason, status_text("GENERATE AC", status))
    found = next_object(answer, 0, len(answer))
    if not found or found[0] not in (0x77, 0x80):
        raise TlvError("77", "is missing", 0)
    tag, start, stop = found
    if tag == 0x77:
        gather(answer, read.tags, True)
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
    elif len(issuer_data) > 4 and read.scheme in ("Visa", "UnionPay"):
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
