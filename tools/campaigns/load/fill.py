"""A ledger that has been in use for long: as many sales as wanted, booked as the host books them, by statements of SQL."""

import datetime

from sqlalchemy import Integer, String, cast, func, insert, literal, select, update

from acquirer.ledger import Ledger
from acquirer.models import APPROVED, Account, Card, Entry, Merchant, Posting, Transaction

from .cards import LoadCard

_AT_ONCE = 5000  # rows of one statement
_AMOUNT = 1250


def fill(ledger: Ledger, rows: int, terminals: "list[str]", merchant: str, cards: "list[LoadCard]", progress) -> int:
    """Bring the ledger to `rows` transactions, approved sales of batch 1 of `terminals`; returns how many it had to add.

    `progress(text)` is told now and then.
    """
    with ledger.session() as session:
        there = session.scalar(select(func.count()).select_from(Transaction)) or 0
        newest = session.scalar(select(func.max(Transaction.stan)).where(Transaction.terminal_id.in_(terminals))) or 0
    missing = max(0, rows - there)
    if not missing:
        return 0
    now, day = ledger.now(), int(ledger.clock().strftime("%Y%m%d"))
    each = -(-missing // len(terminals))
    wanted = [(terminal, newest + 1 + number) for number in range(each) for terminal in terminals][:missing]
    for start in range(0, missing, _AT_ONCE):
        progress(f"filling the ledger: {there + start:,} of {rows:,} rows")
        sales = [
            _sale(start + place, terminal, stan, merchant, cards, day, now)
            for place, (terminal, stan) in enumerate(wanted[start : start + _AT_ONCE])
        ]
        with ledger.session() as session:
            session.execute(insert(Transaction), sales)
    progress("filling the ledger: its bookings")
    _book(ledger, terminals)
    return missing


def _sale(
    number: int, terminal: str, stan: int, merchant: str, cards: "list[LoadCard]", day: int, now: datetime.datetime
) -> dict:
    card = cards[number % len(cards)]
    return {
        "terminal_id": terminal,
        "merchant_id": merchant,
        "batch": 1,
        "stan": stan,
        "kind": "sale",
        "state": APPROVED,
        "amount": _AMOUNT,
        "approved_amount": _AMOUNT,
        "pan_masked": f"{card.pan[:6]}******{card.pan[-4:]}",
        "card_pan": card.pan,
        "code": "00",
        "rrn": f"F{number:011d}",
        "auth_code": f"{number % 1000000:06d}",
        "cryptogram": f"{number:016X}",
        "atc": f"{number // len(cards) % 65536:04X}",
        "answer_time": f"{now:%H%M%S%m%d}",
        "business_day": day,
        "created": now,
    }


def _book(ledger: Ledger, terminals: "list[str]") -> None:
    """An entry of two postings for each sale that has none, and the balances that follow."""
    booked = select(Entry.transaction_id).where(Entry.transaction_id.is_not(None))
    with ledger.session() as session:
        last = session.scalar(select(func.max(Entry.id))) or 0
        session.execute(
            insert(Entry).from_select(
                ["kind", "transaction_id", "created"],
                select(literal("sale", String), Transaction.id, Transaction.created).where(
                    Transaction.terminal_id.in_(terminals), Transaction.id.not_in(booked)
                ),
            )
        )
        of_sale = select(Entry.id).join(Transaction, Transaction.id == Entry.transaction_id).where(Entry.id > last)
        for account, owner, key, sign in (
            (Card.account_id, Card, Card.pan == Transaction.card_pan, -1),
            (Merchant.account_id, Merchant, Merchant.id == Transaction.merchant_id, 1),
        ):
            lines = of_sale.join(owner, key).add_columns(account, cast(sign * Transaction.approved_amount, Integer))
            session.execute(insert(Posting).from_select(["entry_id", "account_id", "amount"], lines))
        sums = session.execute(select(Posting.account_id, func.sum(Posting.amount)).group_by(Posting.account_id)).all()
        session.execute(update(Account), [{"id": account, "balance": int(total)} for account, total in sums])
