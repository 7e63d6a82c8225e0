"""All transactions of an SQL ledger forgotten at once, while other processes may be selling."""

from sqlalchemy import Connection, delete, func, select, update

from . import tables
from .unit import APPROVAL, BUSINESS_DAY, OPENING, RRN


def forget(connection: Connection, day: int, alone: bool) -> None:
    """As Ledger.fresh, with `day` (YYYYMMDD) open; the series begin again if no other process has numbers of them."""
    accounts, entries, postings, counters = tables.accounts, tables.entries, tables.postings, tables.counters
    _fence(connection)
    opened = select(entries.c.id).where(entries.c.kind == OPENING)
    connection.execute(delete(postings).where(postings.c.entry_id.not_in(opened)))
    connection.execute(delete(entries).where(entries.c.kind != OPENING))
    connection.execute(delete(tables.transactions))
    connection.execute(update(accounts).values(balance=0))
    total = select(postings.c.account_id, func.sum(postings.c.amount).label("total")).group_by(postings.c.account_id).subquery()
    connection.execute(update(accounts).where(accounts.c.id == total.c.account_id).values(balance=total.c.total))
    connection.execute(update(tables.tallies).values(amount=0))
    connection.execute(update(tables.cards).values(pin_tries=0, status=tables.cards.c.issued_status))
    connection.execute(update(counters).where(counters.c.name == BUSINESS_DAY).values(value=day))
    if alone:
        connection.execute(update(counters).where(counters.c.name.in_([RRN, APPROVAL])).values(value=0))


def _fence(connection: Connection) -> None:
    """Hold every card and account: who is in the middle of a booking is waited for, and who begins one waits.

    A sale holds its card and the card's account, in this order; a posting of whatever kind refers to its account, and cannot be
    written while that is held.  Who only reads goes on, and sees the ledger of before.  SQLite lets one write at a time, and to
    it this is only a look.
    """
    cards, accounts = tables.cards, tables.accounts
    of_cards = select(cards.c.pan).join(accounts, accounts.c.id == cards.c.account_id).order_by(cards.c.pan)
    connection.execute(of_cards.with_for_update()).all()
    connection.execute(select(accounts.c.id).order_by(accounts.c.id).with_for_update()).all()
