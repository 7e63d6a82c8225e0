"""Demonstration data: one merchant, one terminal, and the test cards with their accounts."""

from . import emv, keys
from .ledger import Ledger

DEMO_MERCHANT = "100000000000001"
DEMO_TERMINAL = "10000001"

# The card of the published message vectors: no issuer key is known, so its cryptogram cannot be checked.
VECTOR_CARD = {"name": "vector", "pan": "6200000000000005", "expiry": "3012", "psn": "01", "pin": "123456",
               "imk": None, "cvn": None, "balance": 1000000, "limit": None}
# For messages made by hand: cards of every cryptogram version, all under the public test key of pyemv's vectors.
_IMK = "0123456789ABCDEFFEDCBA9876543210"
BUILT_IN = [
    VECTOR_CARD,
    {"name": "hand-visa", "pan": "4000000000000002", "expiry": "3112", "psn": "00", "pin": "1234", "imk": _IMK,
     "cvn": emv.VISA10, "balance": 100000, "limit": 500000},
    {"name": "hand-mastercard", "pan": "5100000000000008", "expiry": "3112", "psn": "00", "pin": "1234", "imk": _IMK,
     "cvn": emv.MASTERCARD16, "balance": 100000, "limit": 500000},
    {"name": "hand-unionpay", "pan": "6200000000000013", "expiry": "3112", "psn": "01", "pin": "123456", "imk": _IMK,
     "cvn": emv.UNIONPAY01, "balance": 100000, "limit": 500000},
    {"name": "hand-expired", "pan": "4000000000000010", "expiry": "2001", "psn": "00", "pin": None, "imk": None,
     "cvn": None, "balance": 100000, "limit": None},
    {"name": "hand-empty", "pan": "4000000000000028", "expiry": "3112", "psn": "00", "pin": None, "imk": None,
     "cvn": None, "balance": 0, "limit": None},
]


def load(ledger: Ledger) -> None:
    """Put the demonstration data into a ledger; what is there already stays as it is."""
    if ledger.terminal(DEMO_TERMINAL) is None:
        ledger.add_terminal(DEMO_TERMINAL, DEMO_MERCHANT, keys.random_key())
    for card in BUILT_IN:
        ledger.add_card(card["pan"], card["expiry"], card["balance"], card["name"], card["psn"], card["pin"],
                        bytes.fromhex(card["imk"]) if card["imk"] else None, card["cvn"], card["limit"])
