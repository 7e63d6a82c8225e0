"""The decision about a void (撤销): the sale of this batch that it names, whole, by the same card, not voided before."""

import datetime

from ..rows import APPROVED, Transaction, masked
from ..unit import Unit
from .common import Case, Refused, pan_of


def void(unit: Unit, request, now: datetime.datetime) -> dict:
    """Decide a void (or repeat the decision) and return the answer's own fields.

    25 no such sale in this batch · 12 the sale does not stand · 22 it is voided already · 64 another amount · 94 another card or
    reference.
    """
    return _Void(unit, request, now).decide()


class _Void(Case):
    kind = "void"

    def same(self, row: Transaction, whole: bool) -> bool:
        about = (row.original_batch, row.original_stan)
        return super().same(row, whole) and about in (self.request.original, (None, None))

    def judge(self) -> None:
        request = self.request
        batch, stan = request.original
        self.found.update(original_batch=batch, original_stan=stan)
        sale = self.unit.transaction(request.terminal_id, batch, stan)
        if sale is None or sale.kind != "sale" or batch != request.batch:
            raise Refused("25", "no such sale in this batch")
        if sale.state != APPROVED:
            raise Refused("12", "the sale does not stand")
        if voided(self.unit, sale):
            raise Refused("22", "the sale is voided already")
        if int(request.text(4)) != sale.approved_amount:
            raise Refused("64", "not the amount of the sale")
        if sale.card_pan != pan_of(request) or request.text(37) != sale.rrn or request.text(38) not in ("", sale.auth_code):
            raise Refused("94", f"not the card or the reference of that sale ({masked(sale.card_pan or '')})")
        self.found.update(card_pan=sale.card_pan, code="00", approved_amount=sale.approved_amount)


def voided(unit: Unit, sale: Transaction) -> bool:
    """Is there a void of that sale that stands?"""
    return any(row.state == APPROVED for row in unit.voids(sale))
