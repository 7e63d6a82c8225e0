"""Cardholder verification: by card transaction qualifiers (Book C-3) or by CVM list (Book 3, 10.5; Book C-2)."""

from ..errors import TlvError
from .objects import sized
from .outcome import CVM_DEVICE, CVM_NONE, CVM_PIN, CVM_SIGNATURE, NO_CVM, NOT_ACCEPTED, TapEnds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..kinds import Buffer
    from .outcome import CardRead


_NOTHING, _FAIL, _PIN, _SIGN, _NO_CVM = 0x3F, 0x00, 0x02, 0x1E, 0x1F
# Known methods that need a contact: plaintext and enciphered offline PIN, with and without signature.
_CONTACT_ONLY = (0x01, 0x03, 0x04, 0x05)
_CVM_OF = {_PIN: CVM_PIN, _SIGN: CVM_SIGNATURE, _NO_CVM: CVM_NONE}

_TVR_FAILED = 0x80
_TVR_UNRECOGNISED = 0x40
_TVR_PIN_ENTERED = 0x04
_TVR_DATA_MISSING = 0x20


def _settle(read: "CardRead", method: int, condition: int, result: int, cvm: int) -> None:
    read.terminal[0x9F34] = bytes((method, condition, result))
    read.cvm = cvm


def verify_by_qualifiers(read: "CardRead", required: bool) -> None:
    """Settle `read.cvm` and 9F34 from the CTQ 9F6C and the TTQ.

    A card without CTQ that must verify gets the strongest method the terminal has.
    Raises TapEnds NO_CVM, TlvError.
    """
    ttq = read.terminal[0x9F66]
    pin, sign = ttq[0] & 0x04, ttq[0] & 0x02
    ctq = sized(read.tags, 0x9F6C, 2)
    if ctq is None:
        wants_pin, on_device, wants_sign = int(required), 0, int(required)
    else:
        wants_pin, on_device, wants_sign = ctq[0] & 0x80, ctq[1] & 0x80, ctq[0] & 0x40
        signed = read.tags.get(0x9F69, b"")
        if on_device and len(signed) >= 7 and signed[5:7] != ctq:
            raise TapEnds(NOT_ACCEPTED, NO_CVM, "9F69 contradicts 9F6C")
    if wants_pin and pin:
        _settle(read, _PIN, 0, 0, CVM_PIN)
    elif on_device:
        _settle(read, _NO_CVM, 0, 2, CVM_DEVICE)
    elif wants_sign and sign:
        _settle(read, _SIGN, 0, 0, CVM_SIGNATURE)
    elif required:
        raise TapEnds(NOT_ACCEPTED, NO_CVM, "9F6C offers none" if ctq else "no 9F6C")
    else:
        _settle(read, _NO_CVM, 0, 2, CVM_NONE)


def verify_by_list(read: "CardRead", amount: int, required: bool) -> None:
    """Settle `read.cvm`, 9F34 and the TVR from AIP and CVM list 8E.

    Below the CVM limit the terminal offers "no CVM" only, at or above it PIN and signature only (Book C-2);
    a list that has no "no CVM" for a small amount is asked again with everything the terminal can do.
    Raises TapEnds NO_CVM, TlvError.
    """
    aip = read.tags[0x82][0]
    rules = read.tags.get(0x8E, b"")
    tvr = read.terminal[0x95]
    if aip & 0x02 and read.terminal[0x9F66][2] & 0x40:
        if required:
            _settle(read, 0x01, 0, 2, CVM_DEVICE)
        else:
            _settle(read, _NOTHING, 0, 2, CVM_NONE)
        return
    if not aip & 0x10 or len(rules) < 10:
        if aip & 0x10:
            tvr[0] |= _TVR_DATA_MISSING
        if required:
            raise TapEnds(NOT_ACCEPTED, NO_CVM, "no 8E" if aip & 0x10 else "82 allows none")
        _settle(read, _NOTHING, 0, 0, CVM_NONE)
        return
    if len(rules) & 1:
        raise TlvError("8E", "has half a rule", len(rules) - 1)
    able = []
    if read.terminal[0x9F33][1] & 0x40:
        able.append(_PIN)
    if read.terminal[0x9F33][1] & 0x20:
        able.append(_SIGN)
    if required:
        done = _walk_list(read, rules, able, amount)
    else:
        done = _walk_list(read, rules, (_NO_CVM,), amount) or _walk_list(read, rules, able + [_NO_CVM], amount)
    if not done:
        tvr[2] |= _TVR_FAILED
        if required:
            raise TapEnds(NOT_ACCEPTED, NO_CVM, "8E offers none")


def _walk_list(read: "CardRead", rules: "Buffer", able: "Any", amount: int) -> bool:
    """One pass over the rules; True when a method was found.  Writes 9F34, cvm and TVR byte 3."""
    tvr = read.terminal[0x95]
    tvr[2] = 0
    for at in range(8, len(rules), 2):
        code, condition = rules[at], rules[at + 1]
        method = code & 0x3F
        if not _applies(read, rules, condition, method in able, amount):
            continue
        if method in able:
            _settle(read, code, condition, 2 if method == _NO_CVM else 0, _CVM_OF[method])
            if method == _PIN:
                tvr[2] |= _TVR_PIN_ENTERED
            return True
        if method not in (_FAIL, _PIN, _SIGN, _NO_CVM) and method not in _CONTACT_ONLY:
            tvr[2] |= _TVR_UNRECOGNISED
        if method == _FAIL or not code & 0x40:
            _settle(read, code, condition, 1, CVM_NONE)
            return False
    _settle(read, _NOTHING, 0, 1, CVM_NONE)
    return False


def _applies(read: "CardRead", rules: "Buffer", condition: int, possible: bool, amount: int) -> bool:
    """CVM condition codes, EMV Book 3 Annex C3, for a purchase without cash."""
    if condition in (0x00, 0x02):
        return True
    if condition == 0x03:
        return possible
    if 0x06 <= condition <= 0x09:
        if read.tags.get(0x9F42) != read.terminal[0x5F2A]:
            return False
        bound = int.from_bytes(rules[0:4] if condition < 0x08 else rules[4:8], "big")
        return amount < bound if condition in (0x06, 0x08) else amount > bound
    return False


def verify_by_status(read: "CardRead") -> None:
    """JCB says with the cryptogram which verification it settled on: 9F50 (Book C-5, 3.8)."""
    status = sized(read.tags, 0x9F50, 1)
    if status is None:
        return
    if status[0] == 0x20:
        read.cvm = CVM_PIN
    elif status[0] == 0x10:
        read.cvm = CVM_SIGNATURE
    elif status[0] == 0x30:
        read.cvm = CVM_DEVICE
