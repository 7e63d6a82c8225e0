"""Demonstration data: one merchant, one terminal, and the test cards with their accounts.

The cards and their issuers' keys come from the table that the virtual cards are made from.
"""

from cards import issuers

from . import cryptograms, keys
from .ledger import Ledger

DEMO_MERCHANT = "100000000000001"
DEMO_TERMINAL = "10000001"
TRANSACTION_LIMIT = 500000  # minor units, of every test card
_STATUS = {"blocked": "62"}  # name of a card -> F39 that its issuer always answers


def load(ledger: Ledger) -> None:
    """Put the demonstration data into a ledger; what is there already stays as it is."""
    if ledger.terminal(DEMO_TERMINAL) is None:
        ledger.add_terminal(DEMO_TERMINAL, DEMO_MERCHANT, keys.random_key())
    for card in issuers.CARDS:
        issuer = issuers.issuer_of(card["pan"])
        if issuer["version"] not in cryptograms.VERSIONS:
            raise ValueError(f"issuers: {issuer['version']} is not a cryptogram version of the acquirer")
        ledger.add_card(
            card["pan"],
            card["expiry"],
            card["balance"],
            card["name"],
            card["psn"],
            card["pin"],
            bytes.fromhex(issuer["imk"]),
            issuer["version"],
            TRANSACTION_LIMIT,
            _STATUS.get(card["name"], "00"),
        )
