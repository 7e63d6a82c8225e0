"""What is read of an SQL ledger at large: lists by page, and sums that the database works out."""

import datetime
from collections.abc import Sequence

from sqlalchemy import Connection, Select, case, func, select

from . import tables
from .kinds import KINDS
from .ledger import Audit
from .rows import APPROVED, RECEIVED, Card, Merchant, Terminal, Transaction
from .sql_sheet import BALANCE

_ACCOUNTS, _POSTINGS, _ENTRIES, _T = tables.accounts.c, tables.postings.c, tables.entries.c, tables.transactions.c


def transactions(
    connection: Connection,
    terminal_id: "str | None",
    since: "datetime.datetime | None",
    before: "int | None",
    most: "int | None",
) -> "list[Transaction]":
    """As Ledger.transactions."""
    wanted: Select = select(tables.transactions).order_by(_T.id.desc())
    if terminal_id is not None:
        wanted = wanted.where(_T.terminal_id == terminal_id)
    if since is not None:
        wanted = wanted.where(_T.created >= since)
    if before is not None:
        wanted = wanted.where(_T.id < before)
    if most is not None:
        wanted = wanted.limit(most)
    return [Transaction(*row) for row in connection.execute(wanted)][::-1]


def sums(connection: Connection) -> "dict[str, tuple[int, int, int]]":
    """As Ledger.sums."""
    wanted = select(_T.state, func.count(), func.sum(_T.amount), func.sum(_T.approved_amount)).group_by(_T.state)
    return {state: (count, int(amount), int(approved)) for state, count, amount, approved in connection.execute(wanted)}


def audit(connection: Connection) -> Audit:
    """As Ledger.audit: only what is wrong leaves the database."""
    total = func.sum(_POSTINGS.amount)
    entries = select(_POSTINGS.entry_id, total).group_by(_POSTINGS.entry_id).having(total != 0)
    posted = select(_POSTINGS.account_id, total.label("total")).group_by(_POSTINGS.account_id).subquery()
    sum_of = func.coalesce(posted.c.total, 0)
    accounts = (
        select(_ACCOUNTS.name, BALANCE, sum_of)
        .outerjoin(posted, posted.c.account_id == _ACCOUNTS.id)
        .where(BALANCE.element != sum_of)
        .order_by(_ACCOUNTS.id)
    )
    gained = (
        select(_ENTRIES.transaction_id, total.label("total"))
        .join(tables.postings, _POSTINGS.entry_id == _ENTRIES.id)
        .join(tables.merchants, tables.merchants.c.account_id == _POSTINGS.account_id)
        .where(_ENTRIES.transaction_id.is_not(None))
        .group_by(_ENTRIES.transaction_id)
        .subquery()
    )
    gain = func.coalesce(gained.c.total, 0)
    signs = case({name: kind.sign for name, kind in KINDS.items()}, value=_T.kind)
    stands = case((_T.state != APPROVED, 0), else_=signs * _T.approved_amount)
    wrong = (
        select(tables.transactions, gain)
        .outerjoin(gained, gained.c.transaction_id == _T.id)
        .where((gain != stands) | (_T.state == RECEIVED))
        .order_by(_T.id)
    )
    return Audit(
        [(entry, int(off)) for entry, off in connection.execute(entries.order_by(_POSTINGS.entry_id))],
        [(name, int(balance), int(sum_)) for name, balance, sum_ in connection.execute(accounts)],
        [(Transaction(*row[:-1]), int(row[-1])) for row in connection.execute(wrong)],
    )


def terminals(connection: Connection) -> "list[Terminal]":
    """As Ledger.terminals."""
    return [Terminal(*row) for row in connection.execute(select(tables.terminals).order_by(tables.terminals.c.id))]


def merchants(connection: Connection) -> "list[tuple[Merchant, int]]":
    """As Ledger.merchants."""
    wanted = select(tables.merchants, BALANCE).join(tables.accounts, _ACCOUNTS.id == tables.merchants.c.account_id)
    return [(Merchant(*row[:-1]), int(row[-1])) for row in connection.execute(wanted.order_by(tables.merchants.c.id))]


def pan(connection: Connection, card: str) -> "str | None":
    """As Ledger.pan."""
    known = tables.cards.c
    wanted = select(known.pan).where((known.pan == card) | (known.name == card)).order_by(known.account_id).limit(1)
    return connection.execute(wanted).scalar()


def cards(connection: Connection, pans: "Sequence[str] | None") -> "list[tuple[Card, int]]":
    """As Ledger.cards."""
    wanted = select(tables.cards, BALANCE).join(tables.accounts, _ACCOUNTS.id == tables.cards.c.account_id)
    if pans is not None:
        wanted = wanted.where(tables.cards.c.pan.in_(list(pans)))
    return [(Card(*row[:-1]), int(row[-1])) for row in connection.execute(wanted.order_by(_ACCOUNTS.id))]
