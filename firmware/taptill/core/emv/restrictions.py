"""Processing restrictions (EMV Book 3, 10.4), and what else the TVR has to say before GENERATE AC.

For cards that give their cryptogram with the GPO answer the TVR stays as the card was told it: the cryptogram covers it.
Kernel 3 checks expiry and usage by the card transaction qualifiers, and for offline approvals only (Book C-3, 5.5), which this
terminal does not take; the card and its issuer know both.  No bit set here refuses a card by itself: the issuer decides.
"""

from .objects import sized
from .terminal import floor_exceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..kinds import Buffer
    from .config import EmvConfig, EmvTxn
    from .outcome import CardRead


# TVR byte 1
_NO_OFFLINE_AUTHENTICATION = 0x80
# TVR byte 2
_VERSIONS_DIFFER = 0x80
_EXPIRED = 0x40
_NOT_YET_EFFECTIVE = 0x20
_SERVICE_NOT_ALLOWED = 0x10
# TVR byte 4
_OVER_FLOOR_LIMIT = 0x80

# 9C, the first two digits of the processing code
_CASH = (0x01, 0x17)
_CASHBACK = 0x09
# 9F07 byte 1: (at home, abroad); goods and services are one thing to a sale.  Byte 2: cashback.
_USE_CASH = (0x80, 0x40)
_USE_SALE = (0x28, 0x14)
_USE_CASHBACK = (0x80, 0x40)
_USE_NOT_ATM = 0x01


def restrict(read: "CardRead", config: "EmvConfig", txn: "EmvTxn") -> None:
    """Note in the TVR of `read.terminal` what the terminal did not do, saw and compared.  Raises TlvError."""
    tvr = read.terminal[0x95]
    tvr[0] |= _NO_OFFLINE_AUTHENTICATION
    version = sized(read.tags, 0x9F08, 2)
    if version is not None and version != bytes(read.terminal[0x9F09]):
        tvr[1] |= _VERSIONS_DIFFER
    if not _allowed(read):
        tvr[1] |= _SERVICE_NOT_ALLOWED
    today = _date_key(read.terminal[0x9A])
    effective, expiry = sized(read.tags, 0x5F25, 3), sized(read.tags, 0x5F24, 3)
    if effective is not None and _date_key(effective) > today:
        tvr[1] |= _NOT_YET_EFFECTIVE
    if expiry is not None and _date_key(expiry) < today:
        tvr[1] |= _EXPIRED
    if floor_exceeded(config, txn.amount):
        tvr[3] |= _OVER_FLOOR_LIMIT


def _allowed(read: "CardRead") -> bool:
    """Does the usage control 9F07 allow this transaction here?  Without it, or what it needs, everything is allowed."""
    control = sized(read.tags, 0x9F07, 2)
    if control is None:
        return True
    if not control[0] & _USE_NOT_ATM:
        return False
    issuer = sized(read.tags, 0x5F28, 2)
    if issuer is None:
        return True
    place = 0 if issuer == bytes(read.terminal[0x9F1A]) else 1
    kind = read.terminal[0x9C][0]
    if not control[0] & (_USE_CASH if kind in _CASH else _USE_SALE)[place]:
        return False
    cashback = kind == _CASHBACK or any(read.terminal[0x9F03])
    return not cashback or bool(control[1] & _USE_CASHBACK[place])


def _date_key(date: "Buffer") -> bytes:
    # Years 50…99 are 1950…1999 (EMV Book 4, 6.7.3).
    return (b"\0" if date[0] >= 0x50 else b"\x01") + bytes(date)
