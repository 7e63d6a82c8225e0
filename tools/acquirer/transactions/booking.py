"""What an approval books, and what taking it back books: between the card, the merchant, and what is held of the card's money."""

import datetime

from ..kinds import KINDS
from ..rows import Transaction, utc
from ..unit import HOUSE, Unit


def book(unit: Unit, kind: str, row: Transaction, now: datetime.datetime, back: bool = False) -> None:
    """Book what the row approves as entries of `kind`; `back`: take it back."""
    for payer, payee, amount in _moves(unit, row):
        unit.post(kind, row, payee if back else payer, payer if back else payee, amount, utc(now))


def _moves(unit: Unit, row: Transaction) -> "list[tuple[int, int, int]]":
    """[(payer, payee, amount)] of an approval."""
    card, merchant = unit.card(row.card_pan or "").account_id, unit.merchant(row.merchant_id).account_id
    sign = KINDS[row.kind].sign
    moves = []
    held = _held(unit, row)
    if held:
        moves.append((card, HOUSE, held) if held > 0 else (HOUSE, card, -held))
    if sign:
        moves.append((card, merchant, row.approved_amount) if sign > 0 else (merchant, card, row.approved_amount))
    return moves


def _held(unit: Unit, row: Transaction) -> int:
    """How much more of the card's money is held from now on: that of the pre-authorisation, which a completion releases whole and
    the void of a completion holds again.
    """
    if row.kind == "preauth":
        return row.approved_amount
    if row.kind in ("preauth-void", "completion"):
        return -_original(unit, row).approved_amount
    return _original(unit, _original(unit, row)).approved_amount if row.kind == "compl-void" else 0


def _original(unit: Unit, row: Transaction) -> Transaction:
    return unit.transaction(*row.original)
