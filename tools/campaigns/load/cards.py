"""The cards that the load's terminals read: Visa CVN 10 with an issuer key, so that every sale brings a cryptogram."""

import random
from typing import Any

import pyemv

from acquirer import desops
from acquirer.ledger import Ledger
from acquirer.transactions.sale import luhn_ok
from cards import issuers

BALANCE = 10**12  # minor units: no load ever uses it up
EXPIRY, PSN = "3112", "01"
_VERSION = "visa-10"
_BIN = "400000"
_CVR = bytes.fromhex("03A00000")
_APPLICATION_DATA = bytes.fromhex("06010A") + _CVR
# The tags that are the same in every sale, in the order in which the cryptogram has them.
_CHINA = b"\x01\x56"
_FIXED = {
    "9F03": bytes(6),
    "9F1A": _CHINA,
    "95": bytes(5),
    "5F2A": _CHINA,
    "9A": bytes.fromhex("260301"),
    "9C": b"\x00",
}


class LoadCard:
    """One card, and the counter of its chip."""

    def __init__(self, pan: str, psn: str, expiry: str, imk: bytes):
        self.pan, self.psn, self.expiry = pan, psn, expiry
        self.track2 = f"{pan}D{expiry}201"
        self._key = pyemv.kd.derive_icc_mk_a(imk, pan, psn)
        self._atc = 0

    def __repr__(self) -> str:
        return "LoadCard(…)"

    def field55(self, amount: int, rng: random.Random) -> bytes:
        """F55 of a sale: the chip's data and the ARQC over them (Visa CVN 10: the card's own key, no padding but zeros)."""
        self._atc = self._atc % 0xFFFF + 1
        tags = {
            "9F02": bytes.fromhex(f"{amount:012d}"),
            **_FIXED,
            "9F37": rng.randbytes(4),
            "82": b"\x20\x00",
            "9F36": self._atc.to_bytes(2, "big"),
        }
        arqc = desops.retail_mac(self._key, b"".join(tags.values()) + _CVR, 1)
        tags.update({"9F26": arqc, "9F27": b"\x80", "9F10": _APPLICATION_DATA})
        return b"".join(bytes.fromhex(tag) + bytes([len(value)]) + value for tag, value in tags.items())


def deal(count: int) -> "list[LoadCard]":
    """`count` cards that are made for the load."""
    return [LoadCard(pan, PSN, EXPIRY, _issuer_key(pan)) for pan in map(_pan, range(count))]


def issue(ledger: Ledger, cards: "list[LoadCard]") -> None:
    """Make the host know them; a second time changes nothing."""
    for card in cards:
        ledger.add_card(card.pan, card.expiry, BALANCE, f"load {card.pan[-5:]}", card.psn, None, _issuer_key(card.pan), _VERSION)


def of_the_demonstration() -> "dict[str, LoadCard]":
    """Name -> card: the test cards that every host of this project knows, as far as the load can play them."""
    playable = [row for row in issuers.CARDS if _may_pay(row) and issuers.issuer_of(row["pan"])["version"] == _VERSION]
    return {row["name"]: LoadCard(row["pan"], row["psn"], row["expiry"], _issuer_key(row["pan"])) for row in playable}


def _may_pay(row: "dict[str, Any]") -> bool:
    return row["name"] not in ("expired", "blocked")


def _issuer_key(pan: str) -> bytes:
    return bytes.fromhex(issuers.issuer_of(pan)["imk"])


def _pan(number: int) -> str:
    first = f"{_BIN}{number:09d}"
    return next(pan for pan in (f"{first}{digit}" for digit in range(10)) if luhn_ok(pan))
