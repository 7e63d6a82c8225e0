"""The rows of one database transaction: fetched when they are asked for, written when all of its units have been decided.

A row that is read here for writing is held by the database until the transaction ends (SELECT … FOR UPDATE, where it has
that).  What the units have done is written in one go, so that many units take hardly more statements than one.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, func, select, update

from . import sql_many, tables
from .rows import Account, Card, Key, Merchant, Terminal, Transaction
from .unit import BUSINESS_DAY, Needs, Rows, Sheet, Unit

_T = tables.transactions.c
_STAN = (_T.terminal_id, _T.batch, _T.stan)
_KEYED: "dict[str, tuple[Table, tuple[str, ...]]]" = {
    "merchants": (tables.merchants, ("id",)),
    "terminals": (tables.terminals, ("id",)),
    "cards": (tables.cards, ("pan",)),
    "transactions": (tables.transactions, ("terminal_id", "batch", "stan")),
}
_CARDS = select(tables.cards, tables.accounts.c.balance).join(tables.accounts, tables.accounts.c.id == tables.cards.c.account_id)
_ACCOUNT, _TALLIES = tables.accounts.c, tables.tallies.c
_TALLIED = select(func.sum(_TALLIES.amount)).where(_TALLIES.account_id == _ACCOUNT.id).scalar_subquery()
BALANCE = (_ACCOUNT.balance + func.coalesce(_TALLIED, 0)).label("balance")
BALANCES = select(BALANCE)
_DAY = select(tables.counters.c.value).where(tables.counters.c.name == BUSINESS_DAY).scalar_subquery()
_TERMINALS = select(tables.terminals, _DAY)


class _Fetched(Rows):
    """Rows that are fetched one by one when they are asked for; that there is none is remembered too."""

    def __init__(self, fetch: Callable[[Any], Any], absent: Any = None):
        super().__init__()
        self._fetch, self.absent = fetch, absent

    def __missing__(self, key):
        row = self[key] = self._fetch(key)
        return row


class Known:
    """What a process has found in its ledger and what never changes there: merchants, and which accounts have its tally."""

    def __init__(self) -> None:
        self.merchants: dict[str, Merchant] = {}
        self.tallies: set[int] = set()

    def clear(self) -> None:
        self.merchants.clear()
        self.tallies.clear()


class SqlSheet(Sheet):
    """The sheet of one database transaction.  `number(series) -> int` gives numbers out; `lock`: for writing."""

    def __init__(self, connection: Connection, number: Callable[[str], int], known: Known, lock: bool = True):
        super().__init__()
        self._connection, self.number, self._known, self._lock = connection, number, known, lock
        self.merchants = _Fetched(self._merchant)
        self.terminals = _Fetched(self._terminal)
        self.cards = _Fetched(self._card)
        self.balances = _Fetched(self._balance, 0)
        self.transactions = _Fetched(self._transaction)
        self.about = _Fetched(self._about, ())
        self.used = _Fetched(self._used)
        self.counters = _Fetched(self._counter, 0)
        self._held_accounts: set[int] = set()  # of cards, which are held with them
        self._before: dict[tuple[str, Any], Any] = {}

    # Fetching

    def fetch(self, needs: "Iterable[Needs]") -> None:
        """Fetch what many units are going to ask for, in a statement a table."""
        wanted = list(needs)
        terminals = sorted({each.terminal for each in wanted} - {""})
        pans = sorted({each.pan for each in wanted} - {""})
        keys = sorted({each.key for each in wanted if each.key is not None})
        if terminals:
            self.terminals.update(dict.fromkeys(terminals))
            wanted_ones = self._keyed(_TERMINALS, (tables.terminals.c.id,), [(each,) for each in terminals])
            for row in self._connection.execute(wanted_ones):
                self.terminals[row.id] = Terminal(*row[:-1])
                self.counters[BUSINESS_DAY] = row[-1]
        if pans:
            self.cards.update(dict.fromkeys(pans))
            # In one order for all, so that two transactions never wait for one another.
            ordered = self._keyed(_CARDS.order_by(tables.cards.c.pan), (tables.cards.c.pan,), [(each,) for each in pans])
            for row in self._connection.execute(self._held(ordered, tables.cards, tables.accounts)):
                self._keep_card(row)
        if keys:
            self.transactions.update(dict.fromkeys(keys))
            rows = self._keyed(select(tables.transactions).order_by(*_STAN), _STAN, keys)
            for row in self._connection.execute(self._held(rows, tables.transactions)):
                known = Transaction(*row)
                self.transactions[known.key] = known

        presented = sorted({each.presented for each in wanted if each.presented is not None})
        if presented:
            self.used.update(dict.fromkeys(presented, False))
            seen = select(_T.card_pan, _T.atc, _T.cryptogram)
            rows = self._keyed(seen, (_T.card_pan, _T.atc), [each[:2] for each in presented])
            for row in self._connection.execute(rows):
                self.used[tuple(row)] = True

    def _keyed(self, statement: Select, columns, keys: "list[tuple]") -> Select:
        return sql_many.by_keys(self._connection.dialect.name, statement, columns, keys)

    def _held(self, statement: Select, *of: Table) -> Select:
        """Its rows (of these tables, or of all) are held until the transaction ends."""
        return statement.with_for_update(of=of or None) if self._lock else statement

    def _one(self, statement):
        return self._connection.execute(statement).one_or_none()

    def _merchant(self, merchant_id: str) -> "Merchant | None":
        found = self._known.merchants.get(merchant_id)
        if found is None:
            row = self._one(select(tables.merchants).where(tables.merchants.c.id == merchant_id))
            if row is not None:
                found = self._known.merchants[merchant_id] = Merchant(*row)
        return found

    def _terminal(self, terminal_id: str) -> "Terminal | None":
        row = self._one(select(tables.terminals).where(tables.terminals.c.id == terminal_id))
        return row and Terminal(*row)

    def _card(self, pan: str) -> "Card | None":
        row = self._one(self._held(_CARDS.where(tables.cards.c.pan == pan)))
        return row and self._keep_card(row)

    def _keep_card(self, row) -> Card:
        card = self.cards[row.pan] = Card(*row[:-1])
        self.balances[card.account_id] = row.balance
        self._held_accounts.add(card.account_id)
        return card

    def _balance(self, account_id: int) -> int:
        """Of an account that nobody holds."""
        return self._connection.execute(BALANCES.where(tables.accounts.c.id == account_id)).scalar() or 0

    def _transaction(self, key: Key) -> "Transaction | None":
        row = self._one(self._held(select(tables.transactions).where(*(column == value for column, value in zip(_STAN, key)))))
        return row and Transaction(*row)

    def _about(self, original: Key) -> "tuple[Key, ...]":
        about = (_T.terminal_id, _T.original_batch, _T.original_stan)
        wanted = select(tables.transactions).where(*(column == value for column, value in zip(about, original))).order_by(_T.id)
        found = [Transaction(*row) for row in self._connection.execute(self._held(wanted))]
        for row in found:
            if row.key not in self.transactions:
                self.transactions[row.key] = row
        return tuple(row.key for row in self.transactions.values() if row is not None and row.original == original)

    def _used(self, which: "tuple[str, str, str]") -> bool:
        pan, atc, cryptogram = which
        same = (_T.card_pan == pan, _T.atc == atc, _T.cryptogram == cryptogram)
        return self._connection.execute(select(_T.id).where(*same).limit(1)).first() is not None

    def _counter(self, name: str) -> int:
        return self._connection.execute(select(tables.counters.c.value).where(tables.counters.c.name == name)).scalar() or 0

    # Writing

    def keep(self, unit: Unit) -> None:
        """What a unit has done is to be written."""
        for name, key, before in unit.log:
            self._before.setdefault((name, key), before)

    def flush(self, worker: int) -> None:
        """Write what the units have done; `worker` is whose tallies take what accounts gain that nobody holds."""
        changed: dict[str, list] = {}
        for (name, key), before in self._before.items():
            changed.setdefault(name, []).append((key, before))
        gains = {account: self.moved[account] for account, _ in changed.get("moved", ())}
        self._insert(tables.accounts, [self._opened(self.accounts[key], gains) for key, _ in changed.get("accounts", ())])
        for name in _KEYED:
            self._write(name, changed.get(name, []))
        written = [self.entries[key] for key, _ in changed.get("entries", ())]
        self._insert(tables.entries, [row[:4] for row in written])
        self._insert(
            tables.postings,
            [
                (2 * row.id - 1 + place, row.id, account, amount)
                for row in written
                for place, (account, amount) in enumerate(((row.payer, -row.amount), (row.payee, row.amount)))
            ],
        )
        for name, _ in changed.get("counters", ()):
            self._connection.execute(
                update(tables.counters).where(tables.counters.c.name == name).values(value=self.counters[name])
            )
        moved = [(account, gain) for account, gain in sorted(gains.items()) if gain]
        held = [each for each in moved if each[0] in self._held_accounts]
        sql_many.raise_by(self._connection, update(tables.accounts), _ACCOUNT.balance, (_ACCOUNT.id,), held)
        tallied = [each for each in moved if each[0] not in self._held_accounts]
        self._open_tallies([account for account, _ in tallied], worker)
        own = update(tables.tallies).where(_TALLIES.worker == worker)
        sql_many.raise_by(self._connection, own, _TALLIES.amount, (_TALLIES.account_id,), tallied)
        self._before.clear()
        self.moved.clear()

    def _open_tallies(self, accounts: "list[int]", worker: int) -> None:
        """A row for each account that has none of this worker yet."""
        new = [account for account in accounts if account not in self._known.tallies]
        if new:
            there = select(_TALLIES.account_id).where(_TALLIES.worker == worker, _TALLIES.account_id.in_(new))
            missing = set(new) - set(self._connection.execute(there).scalars())
            self._insert(tables.tallies, [(account, worker, 0) for account in sorted(missing)])
            self._known.tallies.update(new)

    @staticmethod
    def _opened(account: Account, gains: "dict[int, int]") -> tuple:
        return (*account, gains.pop(account.id, 0))

    def _insert(self, table: Table, rows: "list[tuple]") -> None:
        sql_many.add(self._connection, table, rows)

    def _write(self, name: str, changed: "list[tuple[Any, Any]]") -> None:
        """Insert what is new, and update of the others the columns that have changed."""
        table, key_columns = _KEYED[name]
        rows = getattr(self, name)
        new, updates = [], {}
        for key, before in changed:
            if before is None:
                new.append(rows[key])
                continue
            values = rows[key]._asdict()
            columns = tuple(column for column, value in before._asdict().items() if values[column] != value)
            if columns:
                where = {f"key_{column}": values[column] for column in key_columns}
                updates.setdefault(columns, []).append({**where, **{f"new_{column}": values[column] for column in columns}})
        self._insert(table, new)
        for columns, changes in updates.items():
            this_one = (table.c[column] == bindparam(f"key_{column}") for column in key_columns)
            new_values = {column: bindparam(f"new_{column}") for column in columns}
            self._connection.execute(update(table).where(*this_one).values(new_values), changes)
