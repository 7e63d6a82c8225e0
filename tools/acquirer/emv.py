"""The issuer's side of EMV: is the cryptogram in field 55 right, and what is answered to the card?

Keys and cryptogram versions are those of the card's row.
"""

import functools
import hmac
import types
from collections.abc import Mapping
from dataclasses import dataclass

import pyemv

from . import cryptograms

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
    tags = _flat(field55)
    if tags is None:
        try:
            read = pyemv.tlv.decode(field55, flatten=True)
        except pyemv.tlv.DecodeError as error:
            raise EmvRefused(f"field 55 is not BER-TLV: {str(error).splitlines()[0]}") from None
        tags = {tag.upper(): bytes(value) for tag, value in read.items()}
    return types.MappingProxyType(tags)


def _flat(data: bytes) -> "dict[str, bytes] | None":
    """As `parse` where it is as terminals send it: no templates, tags of at most two bytes, lengths of one byte; else None."""
    tags, at, end = {}, 0, len(data)
    while at < end:
        first, value = data[at], at + 2
        if first & 0x1F == 0x1F:
            value += 1
        if first & 0x20 or value > end:
            return None
        stop = value + data[value - 1]
        if data[value - 1] > 0x7F or stop > end or (value == at + 3 and data[at + 1] > 0x7F):
            return None
        tags[data[at : value - 1].hex().upper()] = data[value:stop]
        at = stop
    return tags


def lenient(field55) -> "Mapping[str, bytes]":
    """As `parse`, and nothing of what cannot be read."""
    try:
        return parse(bytes(field55 or b""))
    except EmvRefused:
        return {}


def presented(field55) -> "tuple[str | None, str | None]":
    """(ATC, cryptogram) as the ledger keeps them, None each where field 55 has none."""
    tags = lenient(field55)
    atc, cryptogram = tags.get("9F36", b""), tags.get("9F26", b"")
    return atc[:8].hex().upper() or None, cryptogram[:8].hex().upper() or None


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
        try:
            expected = cryptograms.of_request(tags, pan, psn, imk, version)
        except cryptograms.Unmade as error:
            raise EmvRefused(str(error)) from None
        if not hmac.compare_digest(expected, tags["9F26"]):
            raise EmvRefused("cryptogram 9F26 is wrong")
    return CardProof(tags["9F26"].hex().upper(), tags["9F36"].hex().upper(), tags)


def issuer_answer(proof: CardProof, pan: str, psn: str, imk: bytes, version: str, code: str) -> bytes:
    """Field 55 of the answer: tag 91 with the ARPC over F39 `code`."""
    data = cryptograms.of_answer(proof.tags, pan, psn, imk, version, code)
    return b"\x91" + bytes([len(data)]) + data
