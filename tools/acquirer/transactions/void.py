"""The decision about a void (撤销): the sale of this batch that it names, whole, by the same card, not voided before."""

import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..ledger import Ledger, masked
from ..models import APPROVED, Transaction
from .common import Case, Refused, find, move, pan_of


def void(ledger: Ledger, request, now: datetime.datetime) -> dict:
    """Decide a void (or repeat the decision) and return the answer's own fields.

    25 no such sale in this batch · 12 the sale does not stand · 22 it is voided already · 64 another amount · 94 another card or
    reference.
    """
    return _Void(ledger, request).decide(now)


class _Void(Case):
    kind = "void"

    def same(self, row: Transaction, whole: bool) -> bool:
        about = (row.original_batch, row.original_stan)
        return super().same(row, whole) and about in (self.request.original, (None, None))

    def judge(self, session: Session, row: Transaction) -> None:
        request = self.request
        row.original_batch, row.original_stan = request.original
        sale = find(session, request.terminal_id, row.original_batch, row.original_stan)
        if sale is None or sale.kind != "sale" or row.original_batch != request.batch:
            raise Refused("25", "no such sale in this batch")
        if sale.state != APPROVED:
            raise Refused("12", "the sale does not stand")
        if voided(session, sale):
            raise Refused("22", "the sale is voided already")
        if row.amount != sale.approved_amount:
            raise Refused("64", "not the amount of the sale")
        if sale.card_pan != pan_of(request) or request.text(37) != sale.rrn or request.text(38) not in ("", sale.auth_code):
            raise Refused("94", f"not the card or the reference of that sale ({masked(sale.card_pan or '')})")
        row.card_pan, row.code, row.approved_amount = sale.card_pan, "00", row.amount
        move(self.ledger, session, "void", row, to_merchant=False)


def voided(session: Session, sale: Transaction) -> bool:
    """Is there a void of that sale that stands?"""
    return (
        session.scalars(
            select(Transaction.id).where(
                Transaction.terminal_id == sale.terminal_id,
                Transaction.kind == "void",
                Transaction.state == APPROVED,
                Transaction.original_batch == sale.batch,
                Transaction.original_stan == sale.stan,
            )
        ).first()
        is not None
    )
