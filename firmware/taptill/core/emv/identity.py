"""Who the card is: PAN, expiry, sequence number, track 2 (EMV Book 3 Annex A: 57, 5A, 5F24, 5F34; C-2: 56, 9F6B)."""

from ..errors import TlvError
from .objects import hex_text
from .outcome import DATA_INCONSISTENT, DATA_MISSING, NOT_ACCEPTED, TapEnds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..kinds import Buffer
    from .outcome import CardRead


def digits(tag: str, data: "Buffer") -> str:
    """Packed digits, F padding at the end removed.  Raises TlvError."""
    text = hex_text(data).rstrip("F")
    if not text.isdigit():
        raise TlvError(tag, "holds something else than digits")
    return text


def _pan(tag: str, text: str) -> str:
    if not text.isdigit() or not 8 <= len(text) <= 19:
        raise TlvError(tag, "holds no card number")
    return text


def _track2(tag: str, data: "Buffer") -> "tuple[str, str, str]":
    """(track 2 without padding, PAN, expiry) of tag 57 or 9F6B.  Raises TlvError."""
    text = hex_text(data).rstrip("F")
    pan, separator, rest = text.partition("D")
    if not separator or not rest.isdigit() or len(rest) < 4 or len(text) > 40:
        raise TlvError(tag, "is no track 2")
    return text, _pan(tag, pan), rest[:4]


def _track1(data: "Buffer") -> "tuple[str, str]":
    """(PAN, expiry) of tag 56: format code B, PAN, ^, name, ^, YYMM …  Raises TlvError."""
    text = "".join(chr(byte) if byte < 0x80 else "?" for byte in data)
    parts = text.split("^")
    if len(parts) < 3 or not text.startswith("B") or not parts[2][:4].isdigit() or len(parts[2]) < 4:
        raise TlvError("56", "is no track 1")
    return _pan("56", parts[0][1:]), parts[2][:4]


def identify(read: "CardRead") -> None:
    """Fill pan, expiry, psn, track2 of `read` from its tags, as far as they are there.

    5A and 5F24 go before 57, and 57 before the magnetic-stripe objects 9F6B and 56.
    Raises TlvError, TapEnds DATA_INCONSISTENT when 5A and 57 disagree.
    """
    tags = read.tags
    if 0x5A in tags:
        read.pan = _pan("5A", digits("5A", tags[0x5A]))
    if 0x5F24 in tags:
        expiry = digits("5F24", tags[0x5F24])
        if len(expiry) != 6:
            raise TlvError("5F24", "is no date")
        read.expiry = expiry[:4]
    if 0x5F34 in tags:
        number = digits("5F34", tags[0x5F34])
        if len(number) != 2:
            raise TlvError("5F34", "is no sequence number")
        read.psn = "0" + number
    pan = None
    if 0x57 in tags:
        read.track2, pan, expiry = _track2("57", tags[0x57])
        read.track2_raw = hex_text(tags[0x57])
    elif 0x9F6B in tags:
        _, pan, expiry = _track2("9F6B", tags[0x9F6B])
    elif 0x56 in tags:
        pan, expiry = _track1(tags[0x56])
    if pan:
        read.pan = read.pan or pan
        read.expiry = read.expiry or expiry
        if read.pan != pan:
            raise TapEnds(NOT_ACCEPTED, DATA_INCONSISTENT, "5A and 57 disagree")


def require_identity(read: "CardRead") -> None:
    """Raises TapEnds DATA_MISSING without card number or expiry date."""
    if not read.pan:
        raise TapEnds(NOT_ACCEPTED, DATA_MISSING, "5A and 57")
    if not read.expiry:
        raise TapEnds(NOT_ACCEPTED, DATA_MISSING, "5F24 and 57")
