"""The decision about a refund (退货): a part of a sale or of a completion, or all of it, given back to the same card."""

import datetime

from ..unit import Unit
from .common import AboutAnother, Refused, pan_of, standing


def refund(unit: Unit, request, now: datetime.datetime) -> dict:
    """Decide a refund (or repeat the decision) and return the answer's own fields.

    25 no such sale, or another card or reference · 12 it does not stand · 22 it is voided, or too long ago · 64 more than is left
    of it · 13 nothing.
    """
    return _Refund(unit, request, now).decide()


class _Refund(AboutAnother):
    kind = "refund"

    def judge(self) -> None:
        request = self.request
        row = self.original(own_batch=False)
        self.recent(row)
        amount = int(request.text(4))
        if not amount:
            raise Refused("13", "amount is zero")
        if amount > row.approved_amount - sum(one.approved_amount for one in standing(self.unit, row)):
            raise Refused("64", f"more than is left of the {row.kind}")
        if row.card_pan != pan_of(request) or request.text(37) != row.rrn or request.text(38) not in ("", row.auth_code):
            raise Refused("25", f"not the card or the reference of that {row.kind}")
        self.approve(row, amount)
