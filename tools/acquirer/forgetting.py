"""All transactions of an SQL ledger forgotten at once, while other processes may be selling."""

from sqlalchemy import Connection, delete, func, select, update

from . import tables
from .unit import APPROVAL, BUSINESS_DAY, OPENING, RRN

# In the order in which a sale comes to them.  Who is in the middle of one is waited for, and who begins one waits; only who reads
# goes on, and sees the ledger of before.
_WRITTEN = (tables.cards, tables.accounts, tables.transactions, tables.entries, tables.postings, tables.tallies, tables.counters)


def forget(connection: Connection, day: int, alone: bool) -> None:
    """As Ledger.fresh, with `day` (YYYYMMDD) open; the series begin again if no other process has numbers of them."""
    accounts, entries, postings, counters = tables.accounts, tables.entries, tables.postings, tables.counters
    if connection.dialect.name == "postgresql":  # SQLite lets one write at a time
        names = ", ".join(table.name for table in _WRITTEN)
        connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
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
