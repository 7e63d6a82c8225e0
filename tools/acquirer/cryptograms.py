"""The application cryptograms of the card networks: over what each version is made, and with which key of the card.

Keys are derived by pyemv.  The MAC over the data is ISO/IEC 9797-1 algorithm 3 (EMV Book 2, 8.1 and Annex A1.2).
"""

import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pyemv

from . import desops

VISA10, VISA18, VISA22 = "visa-10", "visa-18", "visa-22"
MASTERCARD16, MASTERCARD17, MASTERCARD20, MASTERCARD21 = "mc-16", "mc-17", "mc-20", "mc-21"
UNIONPAY01 = "unionpay-01"
_CSU_APPROVED, _CSU_DECLINED = bytes.fromhex("00820000"), bytes(4)
_APPROVED = ("00", "10", "11", "16")
_DATA = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36")  # in every version first, in this order
_Tags = Mapping[str, bytes]


class Unmade(ValueError):
    """A cryptogram that cannot be made of these data; one line."""


def _card_itself(key: bytes, tags: _Tags) -> bytes:
    """No session key."""
    return key


def _common(key: bytes, tags: _Tags) -> bytes:
    """EMV Book 2, A1.3, of the ATC."""
    return pyemv.kd.derive_common_sk(key, tags["9F36"] + bytes(6))


def _mastercard(key: bytes, tags: _Tags) -> bytes:
    """As EMV's, of ATC and unpredictable number (M/Chip)."""
    return pyemv.kd.derive_common_sk(key, tags["9F36"] + bytes(2) + tags["9F37"])


def _unionpay(key: bytes, tags: _Tags) -> bytes:
    """PBOC (JR/T 0025) version 01: E(card key, 6 zero bytes + ATC), then with the ATC inverted."""
    atc = tags["9F36"]
    return desops.encrypt(key, bytes(6) + atc + bytes(6) + bytes(b ^ 0xFF for b in atc))


class _Version(NamedTuple):
    """`session(card key, tags)` is the key of an ARQC, `answering` that of the ARPC.  Of tag 9F10 the cryptogram takes `results`
    (the card's verification results) and, where it has them, `counters`; no `results`: all of it.
    """

    derive: "Callable[..., bytes]"
    session: "Callable[[bytes, _Tags], bytes]"
    answering: "Callable[[bytes, _Tags], bytes]"
    results: "slice | None"
    counters: "slice | None" = None
    padding: int = 2  # of ISO/IEC 9797-1
    with_csu: bool = False  # ARPC by method 2


# 9F10 of Visa and UnionPay: length, key index, version, CVR 4 bytes.  Of Mastercard (M/Chip): key index, version, CVR 6 bytes,
# ICC dynamic number 2, counters 8.
_A, _B = pyemv.kd.derive_icc_mk_a, pyemv.kd.derive_icc_mk_b
_SHORT, _LONG, _COUNTERS = slice(3, 7), slice(2, 8), slice(10, 18)
_VERSIONS = {
    VISA10: _Version(_A, _card_itself, _card_itself, _SHORT, padding=1),
    VISA18: _Version(_B, _common, _common, None, with_csu=True),
    VISA22: _Version(_B, _common, _common, None, with_csu=True),
    MASTERCARD16: _Version(_A, _mastercard, _card_itself, _LONG),
    MASTERCARD17: _Version(_A, _mastercard, _card_itself, _LONG, _COUNTERS),
    MASTERCARD20: _Version(_A, _common, _common, _LONG),
    MASTERCARD21: _Version(_A, _common, _common, _LONG, _COUNTERS),
    UNIONPAY01: _Version(_A, _unionpay, _unionpay, _SHORT),
}
VERSIONS = tuple(_VERSIONS)


@functools.lru_cache(1024)
def _card_key(version: str, imk: bytes, pan: str, psn: str) -> bytes:
    return _VERSIONS[version].derive(imk, pan, psn)


def of_request(tags: _Tags, pan: str, psn: str, imk: bytes, version: "str | None") -> bytes:
    """The ARQC (8 bytes) that this card must have made over these tags.  Raises Unmade."""
    of = _VERSIONS.get(version or "")
    if version is None or of is None:
        raise Unmade(f"cryptogram version {version} is not known")
    data, told = b"".join([tags[tag] for tag in _DATA]), tags["9F10"]
    for part, what in ((of.results, "card verification results"), (of.counters, "counters")):
        if part is not None and len(told) < part.stop:
            raise Unmade(f"tag 9F10 is too short for its {what}")
    data += told if of.results is None else told[of.results]
    data += told[of.counters] if of.counters is not None else b""
    return desops.retail_mac(of.session(_card_key(version, imk, pan, psn), tags), data, of.padding)


def of_answer(tags: _Tags, pan: str, psn: str, imk: bytes, version: str, code: str) -> bytes:
    """ARPC and what it is about, for tag 91: F39 `code` by method 1 (EMV Book 2, 8.2.1), the CSU by method 2 (8.2.2)."""
    of, arqc, response = _VERSIONS[version], tags["9F26"], code.encode("ascii")
    key = of.answering(_card_key(version, imk, pan, psn), tags)
    if of.with_csu:
        csu = _CSU_APPROVED if code in _APPROVED else _CSU_DECLINED
        return desops.retail_mac(key, arqc + csu, 2)[:4] + csu
    return desops.encrypt(key, bytes(a ^ b for a, b in zip(arqc, response + bytes(6)))) + response
