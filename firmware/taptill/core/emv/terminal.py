"""Pre-processing (EMV Contactless Book B, 3.1) and the data objects a terminal has to give."""

import binascii

from .outcome import LIMIT, NO_REASON, ZERO_AMOUNT
from .schemes import AMERICAN_EXPRESS, JCB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .config import EmvConfig, EmvTxn


_ONLINE_REQUIRED = 0x80
_CVM_REQUIRED = 0x40
_BALANCE = 0x31  # 9C of a balance inquiry, which has no amount
_MOST = 999999999999  # 9F02 has 12 digits


def cvm_required(config: "EmvConfig", amount: int) -> bool:
    """True at or above the CVM limit."""
    return config.cvm_limit is not None and amount >= config.cvm_limit


def floor_exceeded(config: "EmvConfig", amount: int) -> bool:
    """True above the floor limit: the issuer must be asked."""
    return config.floor_limit is not None and amount > config.floor_limit


def preprocess(config: "EmvConfig", amount: int, kind: int = 0) -> "tuple[int, bytes | None]":
    """(reason, TTQ): NO_REASON and the 4 bytes of 9F66 for this amount and 9C, or ZERO_AMOUNT / LIMIT and None."""
    if amount < 0 or (amount == 0 and kind != _BALANCE):
        return ZERO_AMOUNT, None
    if amount > _MOST or (config.contactless_limit is not None and amount >= config.contactless_limit):
        return LIMIT, None
    ttq = bytearray(config.ttq)
    if floor_exceeded(config, amount) or kind == _BALANCE:
        ttq[1] |= _ONLINE_REQUIRED
    if cvm_required(config, amount):
        ttq[1] |= _CVM_REQUIRED
    return NO_REASON, bytes(ttq)


def bcd(number: int, length: int) -> bytes:
    """`number` as packed digits, `length` bytes."""
    text = "%d" % number
    return binascii.unhexlify("0" * (2 * length - len(text)) + text)


def terminal_data(config: "EmvConfig", txn: "EmvTxn", ttq: bytes) -> "dict[int, Any]":
    """Every data object this terminal can give to any card, tag -> bytes (EMV Book 3, Annex A)."""
    data = {
        0x5F2A: config.currency,
        0x5F36: b"\x02",
        0x95: bytes(5),
        0x9A: binascii.unhexlify(txn.date),
        0x9C: bytes((txn.kind,)),
        0x9F02: bcd(txn.amount, 6),
        0x9F03: bytes(6),
        0x9F1A: config.country,
        0x9F1E: config.serial,
        0x9F21: binascii.unhexlify(txn.time),
        0x9F33: config.capabilities,
        0x9F35: config.terminal_type,
        0x9F37: bytes(txn.un),
        0x9F39: b"\x07",
        0x9F41: bcd(txn.counter, 4),
        0x9F66: ttq,
    }
    for tag, value in ((0x9F4E, config.merchant_name), (0x9F16, config.merchant_id), (0x9F1C, config.terminal_id)):
        if value:
            data[tag] = value
    return data


def application_data(common: dict, kernel: int, config: "EmvConfig") -> dict:
    """The terminal data for one application: a copy of the common ones with what its kernel adds.

    The same tags mean other things elsewhere: 9F52 and 9F53 are JCB's (Book C-5: EMV mode; what verification is due
    and possible), 9F6D and 9F6E American Express's (Book C-4).  TVR (95) becomes a bytearray, because
    verification and GENERATE AC write into it.
    """
    data = dict(common)
    data[0x95] = bytearray(5)
    ttq = common[0x9F66]
    cvm_bit = ttq[1] & _CVM_REQUIRED
    pin, sign, device = ttq[0] & 0x04, ttq[0] & 0x02, ttq[2] & 0x40
    if kernel == JCB:
        data[0x9F52] = b"\x02"
        data[0x9F53] = bytes((cvm_bit << 1 | sign << 5 | pin << 3 | device >> 2, 0, 0))
    elif kernel == AMERICAN_EXPRESS:
        # Table 4-2 of Book C-4 has no value for EMV without stripe mode: C0, and C8 when verification is due.
        data[0x9F6D] = bytes((0xC0 | cvm_bit >> 3,))
        data[0x9F6E] = bytes((0x18, device << 1 | pin << 4 | sign << 4, cvm_bit, 0))
    data.update(config.extra)
    return data
