"""The decisions about a pre-authorisation (预授权): money is held on the card's account, let go of, or taken."""

import datetime

from ..rows import Card, Transaction
from ..unit import Unit
from .common import AboutAnother, Refused, pan_of, standing
from .sale import Tapped, check_money

MOST = 115  # per cent of what is held that a completion may take


def hold(unit: Unit, request, now: datetime.datetime) -> dict:
    """Decide a pre-authorisation (or repeat the decision) and return the answer's own fields; F39 as a sale's."""
    return _Hold(unit, request, now).decide()


def release(unit: Unit, request, now: datetime.datetime) -> dict:
    """The same of its void: 25 no such one, or another card or code · 12 it does not stand or is completed · 22 voided, or too
    long ago · 64 another amount.
    """
    return _Release(unit, request, now).decide()


def complete(unit: Unit, request, now: datetime.datetime) -> dict:
    """The same of its completion: 25 no such one, or another card or code · 12 it does not stand · 22 voided, completed
    already, or too long ago · 64 more than 115 % of it · 51 not enough money · 13 nothing.
    """
    return _Completion(unit, request, now).decide()


class _Hold(Tapped):
    kind = "preauth"

    def money(self, card: Card) -> "tuple[str, int]":
        return check_money(self.unit, card, self.request)


class _OfHold(AboutAnother):
    def hold(self) -> Transaction:
        """The pre-authorisation, by this card and with its code.  Raises Refused."""
        row = self.original(own_batch=False)
        self.recent(row)
        if row.card_pan != pan_of(self.request) or self.request.text(38) != row.auth_code:
            raise Refused("25", "not the card or the authorisation code of that preauth")
        return row


class _Release(_OfHold):
    kind = "preauth-void"

    def judge(self) -> None:
        row = self.hold()
        self.whole(row)
        self.approve(row, row.approved_amount)


class _Completion(_OfHold):
    kind = "completion"

    def judge(self) -> None:
        row = self.hold()
        amount = int(self.request.text(4))
        if standing(self.unit, row):
            raise Refused("22", "the preauth is completed already")
        if not amount:
            raise Refused("13", "amount is zero")
        if amount * 100 > row.approved_amount * MOST:
            raise Refused("64", f"more than {MOST} % of the preauth")
        if amount > self.unit.balance(self.unit.card(row.card_pan).account_id) + row.approved_amount:
            raise Refused("51", "not enough money on the account")
        self.approve(row, amount)
