"""The issuer's side of EMV: is the cryptogram in field 55 right, and what is answered to the card?

Keys and cryptogram versions are those of the card's row.  pyemv does the arithmetic.
"""

import functools
import hmac
import types
from collections.abc import Mapping
from dataclasses import dataclass

import pyemv

from . import desops

_NEEDED = ("9F26", "9F27", "9F10", "9F37", "9F36", "95", "9A", "9C", "9F02", "5F2A", "82", "9F1A", "9F03")
_LENGTHS = {
    "9F26": 8,
    "9F27": 1,
    "9F37": 4,
    "9F36": 2,
    "95": 5,
    "9A": 3,
    "9C": 1,
    "9F02": 6,
    "5F2A": 2,
    "82": 2,
    "9F1A": 2,
    "9F03": 6,
}
_CSU_APPROVED, _CSU_DECLINED = bytes.fromhex("00820000"), bytes(4)

VISA10, VISA18, VISA22 = "visa-10", "visa-18", "visa-22"
MASTERCARD16, MASTERCARD17, MASTERCARD20, MASTERCARD21 = "mc-16", "mc-17", "mc-20", "mc-21"
UNIONPAY01 = "unionpay-01"
VERSIONS = (VISA10, VISA18, VISA22, MASTERCARD16, MASTERCARD17, MASTERCARD20, MASTERCARD21, UNIONPAY01)


class EmvRefused(Exception):
    """The card's data do not prove the card; the text is the reason for the ledger."""


@dataclass
class CardProof:
    """What field 55 said, checked."""

    cryptogram: str
    atc: str
    tags: "Mapping[str, bytes]"


@functools.lru_cache(256)  # a request's is read by more than one
def parse(field55: bytes) -> "Mapping[str, bytes]":
    """Tag (hex) -> value.  Raises EmvRefused when it is not BER-TLV."""
    try:
        tags = pyemv.tlv.decode(field55, flatten=True)
    except pyemv.tlv.DecodeError as error:
        raise EmvRefused(f"field 55 is not BER-TLV: {str(error).splitlines()[0]}") from None
    return types.MappingProxyType({tag.upper(): bytes(value) for tag, value in tags.items()})


def lenient(field55) -> "Mapping[str, bytes]":
    """As `parse`, and nothing of what cannot be read."""
    try:
        return parse(bytes(field55 or b""))
    except EmvRefused:
        return {}


def presented(field55) -> "tuple[str | None, str | None]":
    """(ATC, cryptogram) as the ledger keeps them, None each where field 55 has none."""
    atc, cryptogram = (lenient(field55).get(tag, b"")[:8].hex().upper() or None for tag in ("9F36", "9F26"))
    return atc, cryptogram


def check(field55: bytes, amount: int, pan: str, psn: str, imk: "bytes | None", version: "str | None") -> CardProof:
    """The card's proof over this amount.  Raises EmvRefused with the reason.

    A card without `imk` has no issuer behind it whose keys were known: the form is checked, the cryptogram not.
    """
    tags = parse(bytes(field55))
    missing = [tag for tag in _NEEDED if tag not in tags]
    if missing:
        raise EmvRefused(f"field 55 lacks {' '.join(missing)}")
    for tag, length in _LENGTHS.items():
        if len(tags[tag]) != length:
            raise EmvRefused(f"tag {tag} has {len(tags[tag])} bytes, {length} wanted")
    if tags["9F27"][0] & 0xC0 != 0x80:
        raise EmvRefused(f"cryptogram type {tags['9F27'].hex().upper()} is not an ARQC")
    if tags["9F02"].hex() != f"{amount:012d}":
        raise EmvRefused("tag 9F02 is not the amount of field 4")
    if imk is not None:
        expected = _expected(tags, pan, psn, imk, version)
        if not hmac.compare_digest(expected, tags["9F26"]):
            raise EmvRefused("cryptogram 9F26 is wrong")
    return CardProof(tags["9F26"].hex().upper(), tags["9F36"].hex().upper(), tags)


def issuer_answer(proof: CardProof, pan: str, psn: str, imk: bytes, version: str, code: str) -> bytes:
    """Field 55 of the answer: tag 91 with the ARPC over F39 `code`."""
    atc, arqc = proof.tags["9F36"], proof.tags["9F26"]
    approved = code in ("00", "10", "11", "16")
    response = code.encode("ascii")
    if version == UNIONPAY01:
        data = pyemv.ac.generate_arpc_1(_unionpay_session_key(imk, pan, psn, atc), arqc, response) + response
    elif version in (VISA18, VISA22):
        csu = _CSU_APPROVED if approved else _CSU_DECLINED
        data = _pyemv_version(version, imk, pan, psn).generate_arpc(tag_9f26=arqc, tag_9f36=atc, csu=csu) + csu
    elif version in (MASTERCARD20, MASTERCARD21):
        data = _pyemv_version(version, imk, pan, psn).generate_arpc(tag_9f26=arqc, tag_9f36=atc, arpc_rc=response)
        data += response
    else:
        data = _pyemv_version(version, imk, pan, psn).generate_arpc(tag_9f26=arqc, arpc_rc=response) + response
    return b"\x91" + bytes([len(data)]) + data


@functools.lru_cache(1024)  # it derives the card's keys, which are always the same
def _pyemv_version(version: str, imk: bytes, pan: str, psn: str):
    kinds = {
        VISA10: pyemv.cvn.VisaCVN10,
        VISA18: pyemv.cvn.VisaCVN18,
        VISA22: pyemv.cvn.VisaCVN22,
        MASTERCARD16: pyemv.cvn.MasterCardCVN16,
        MASTERCARD17: pyemv.cvn.MasterCardCVN17,
        MASTERCARD20: pyemv.cvn.MasterCardCVN20,
        MASTERCARD21: pyemv.cvn.MasterCardCVN21,
    }
    return kinds[version](iss_mk_ac=imk, iss_mk_smi=imk, iss_mk_smc=imk, pan=pan, psn=psn)


def _expected(tags: "Mapping[str, bytes]", pan: str, psn: str, imk: bytes, version: "str | None") -> bytes:
    """The cryptogram that this card must have made over these tags."""
    if version not in VERSIONS:
        raise EmvRefused(f"cryptogram version {version} is not known")
    parts = {f"tag_{tag.lower()}": tags[tag] for tag in ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36")}
    application_data = tags["9F10"]
    if version in (VISA18, VISA22):
        return _pyemv_version(version, imk, pan, psn).generate_ac(**parts, tag_9f10=application_data)
    # 9F10 of Visa and UnionPay: length, key index, version, CVR 4 bytes.  Of Mastercard (M/Chip): key index, version,
    # CVR 6 bytes, ICC dynamic number 2, counters 8.
    mastercard = version.startswith("mc-")
    verification = application_data[2:8] if mastercard else application_data[3:7]
    if len(verification) != (6 if mastercard else 4):
        raise EmvRefused("tag 9F10 is too short for its card verification results")
    if version == UNIONPAY01:
        data = b"".join(parts.values()) + verification
        return pyemv.ac.generate_ac(_unionpay_session_key(imk, pan, psn, tags["9F36"]), data, pyemv.ac.PaddingType.EMV, 8)
    if version in (MASTERCARD17, MASTERCARD21):
        counters = application_data[10:18]
        if len(counters) != 8:
            raise EmvRefused("tag 9F10 is too short for its counters")
        return _pyemv_version(version, imk, pan, psn).generate_ac(**parts, cvr=verification, counters=counters)
    return _pyemv_version(version, imk, pan, psn).generate_ac(**parts, cvr=verification)


_card_key = functools.lru_cache(1024)(pyemv.kd.derive_icc_mk_a)


def _unionpay_session_key(imk: bytes, pan: str, psn: str, atc: bytes) -> bytes:
    """Session key of PBOC (JR/T 0025) version 01: E(ICC key, 6 zero bytes + ATC), then with the ATC inverted."""
    card_key = _card_key(imk, pan, psn)
    inverted = bytes(b ^ 0xFF for b in atc)
    return desops.encrypt(card_key, bytes(6) + atc) + desops.encrypt(card_key, bytes(6) + inverted)
