"""The answer to a balance inquiry (余额查询): what is on the card's account, told to who shows the card and knows its PIN."""

import datetime

from ..rows import APPROVED, Card, Transaction
from ..unit import Unit
from .sale import Tapped

_ACCOUNT, _AVAILABLE = "30", "02"  # of F54: a credit or debit card's account, what of it can be used


def tell_balance(unit: Unit, request, now: datetime.datetime) -> dict:
    """Decide whether it is told, and return the answer's own fields; no money moves, and the row keeps no balance."""
    return _Balance(unit, request, now).decide()


class _Balance(Tapped):
    kind = "balance"

    def money(self, card: Card) -> "tuple[str, int]":
        return "00", 0

    def answer(self, row: Transaction) -> dict:
        fields = super().answer(row)
        fields.pop(4, None)
        fields.pop(38, None)
        if row.state == APPROVED:
            amount = self.unit.balance(self.unit.card(row.card_pan or "").account_id)
            fields[54] = f"{_ACCOUNT}{_AVAILABLE}{self.request.currency}{'D' if amount < 0 else 'C'}{abs(amount):012d}"
        return fields
