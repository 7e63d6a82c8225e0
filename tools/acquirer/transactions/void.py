"""The decision about a void (撤销): the sale or the completion of this batch that it names, whole, by the same card, not voided
before.
"""

import datetime

from ..rows import masked
from ..unit import Unit
from .common import AboutAnother, Refused, pan_of


def void(unit: Unit, request, now: datetime.datetime) -> dict:
    """Decide the void of a sale (or repeat the decision) and return the answer's own fields.

    25 no such sale in this batch · 12 the sale does not stand, or has been refunded · 22 it is voided already ·
    64 another amount · 94 another card or reference.
    """
    return _Void(unit, request, now).decide()


def void_completion(unit: Unit, request, now: datetime.datetime) -> dict:
    """The same of a completion; its pre-authorisation is held again."""
    return _CompletionVoid(unit, request, now).decide()


class _Void(AboutAnother):
    kind = "void"

    def judge(self) -> None:
        request = self.request
        row = self.original(own_batch=True)
        self.whole(row)
        if row.card_pan != pan_of(request) or request.text(37) != row.rrn or request.text(38) not in ("", row.auth_code):
            raise Refused("94", f"not the card or the reference of that {row.kind} ({masked(row.card_pan or '')})")
        self.approve(row, row.approved_amount)


class _CompletionVoid(_Void):
    kind = "compl-void"
