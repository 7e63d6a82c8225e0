"""The ledger in an SQL database."""

import contextlib
import functools
import os
import pathlib
import random
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy
from sqlalchemy import Connection, delete, insert, select

from . import databases, forgetting, schema, sql_reading, tables
from .ledger import NOTHING, OPENING, Ledger, LedgerDown, LedgerError, system_clock
from .rows import Account
from .series import Series
from .sql_sheet import Known, SqlSheet
from .unit import APPROVAL, BUSINESS_DAY, RRN, Needs, Unit
from .vault import Keeper, Vault, VaultError, owners_alone, passing
from .writer import Job, Outcome, Writer

if TYPE_CHECKING:
    from .turns import Turns

T = TypeVar("T")
_ANOTHER = "ledger: made by another version of this program; name or make another one"
PATIENCE = 20.0  # s, that a database may be away, or others be faster
_TWICE = 3  # times that another process has just written the same row: the next look finds it
_CLOSE = 5.0  # s, that what waits may take when the ledger is closed


def file_of(url: str) -> "pathlib.Path | None":
    """The file of a SQLite ledger; None of one in memory or in another database.  Raises LedgerError for what is no URL."""
    try:
        address = sqlalchemy.make_url(url)
    except sqlalchemy.exc.ArgumentError as error:
        raise LedgerError(f"ledger: cannot open it: {error}") from None
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    return pathlib.Path(address.database)


def _own(file: pathlib.Path) -> None:
    """A ledger file, and SQLite's journal beside it, which takes over its mode, are their owner's alone.  Raises OSError."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    owners_alone(file)


class SqlLedger(Ledger):
    """All of the host's durable state behind one SQLAlchemy URL; any number of processes may have it open.

    Units of work that wait at the same time are decided one after the other in one database transaction, and each is told
    when that has been committed.
    """

    def __init__(
        self,
        url: str = "sqlite://",
        clock=system_clock,
        keeper: "Keeper | None" = None,
        randomness: Callable[[int], bytes] = secrets.token_bytes,
        worker: "int | None" = None,
        patience: float = PATIENCE,
    ):
        """`url`: any SQLAlchemy URL; "sqlite://" keeps it in memory.  `clock() -> datetime` with its zone.

        `keeper` has the host master key; by default the environment, else the folder of a SQLite file.  `worker`: the number
        of this process among those that have the ledger open; two numbers do not wait for one another where they book to the
        same merchant.  None: it is alone.  `patience`: for how many seconds a database that is away is asked again.  Raises
        LedgerError.
        """
        super().__init__(clock, passing(), randomness)
        self._writing = threading.RLock()
        self._series, self._worker = Series(), worker or 0
        self._alone, self._patience = worker is None, patience
        self._known = Known()
        self._turns: Turns | None = None
        self._writer, self._ended = Writer(self._decide), threading.Event()
        file = file_of(url)
        try:
            address = sqlalchemy.make_url(url)
            self._in_memory = file is None and address.get_backend_name() == "sqlite"
            if file is not None:
                _own(file)
                keeper = keeper or Keeper(file.parent)
                self._turns = None if self._alone else _turns(file)
            self.engine = databases.engine(address, self._in_memory, self._ended)
            self._quick = self.engine.execution_options(quick=True)
            self.vault = self._open(self.vault if self._in_memory and keeper is None else None, keeper or Keeper())
            with self._reading() as connection:
                opening = connection.execute(select(tables.accounts).where(tables.accounts.c.name == OPENING)).one()
            self._opening = Account(opening.id, opening.name)
        except VaultError as error:
            raise LedgerError(str(error)) from None
        except OSError as error:
            raise LedgerError(f"ledger: cannot open it: {error.filename}: {error.strerror}") from None
        except (sqlalchemy.exc.SQLAlchemyError, sqlite3.Error, ImportError) as error:
            raise LedgerError(f"ledger: cannot open it: {str(error).splitlines()[0]}") from None

    def _open(self, vault: "Vault | None", keeper: Keeper) -> Vault:
        """Open the ledger's vault, and carry an old ledger on.  Raises VaultError, LedgerError."""
        counters = tables.counters
        with self.engine.begin() as connection:
            found = schema.version(connection)
            if found == "":
                raise LedgerError(_ANOTHER)
            if found is None:
                schema.make(connection)
            master_key = select(counters.c.value).where(counters.c.name == "master_key")
            check_value = connection.execute(master_key).scalar()
            vault = vault or keeper.open(new=check_value is None)
            if check_value is None:
                connection.execute(insert(counters).values(name="master_key", value=vault.check_value))
            elif check_value != vault.check_value:
                raise LedgerError("ledger: another host master key than the one that its keys are wrapped under")
            if found is None:
                self._begin(connection)
            elif found != schema.NEWEST:
                schema.carry_on(connection, vault)
        if found not in (None, schema.NEWEST):
            schema.shed(self.engine)
        return vault

    def _begin(self, connection: Connection) -> None:
        """The first rows of a new ledger."""
        first = {BUSINESS_DAY: self.today(), "account": 1}
        connection.execute(insert(tables.counters), [{"name": name, "value": value} for name, value in first.items()])
        connection.execute(insert(tables.accounts).values(id=1, name=OPENING, balance=0))

    @property
    def opening(self) -> Account:
        return self._opening

    def close(self) -> None:
        """Decide what waits, unless the database does not take it soon, and let the database go."""
        self._writer.end(_CLOSE)
        self._ended.set()
        self.engine.dispose()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Nobody else of this process writes meanwhile, and nobody of another to the same file.  Raises LedgerDown."""
        with self._writing, contextlib.ExitStack() as until:
            if self._turns:
                try:
                    until.enter_context(self._turns.taken(databases.SQLITE_WAIT))
                except TimeoutError as error:
                    raise LedgerDown(f"ledger: {error}") from None
            yield

    # Units of work

    def perform(self, work: Callable[[Unit], T], needs: Needs = NOTHING) -> T:
        result, failure = self._decide([Job(work, needs)])[0]
        if failure is not None:
            raise failure
        return result

    async def ask(self, work: Callable[[Unit], T], needs: Needs = NOTHING) -> T:
        return await self._writer.ask(work, needs)

    def _decide(self, jobs: "list[Job]") -> "list[Outcome]":
        """Decide jobs in one database transaction, which has been committed when this returns."""
        ends = time.monotonic() + self._patience
        try:
            return self._again(lambda: self._group(jobs), ends)
        except databases.FAILED as error:
            if len(jobs) > 1 and not databases.is_away(error):
                return self._one_by_one(jobs, ends)
            return [Outcome(None, _down(error)) for _ in jobs]
        except Exception as error:
            return [Outcome(None, error) for _ in jobs]

    def _one_by_one(self, jobs: "list[Job]", ends: float) -> "list[Outcome]":
        """One that the database does not take must not be the end of the others; a database that goes away meanwhile is."""
        outcomes: list[Outcome] = []
        away: LedgerDown | None = None
        for job in jobs:
            if away or job.gone:
                outcomes.append(Outcome(None, away or LedgerDown("ledger: nobody waits for it")))
                continue
            try:
                outcomes += self._again(functools.partial(self._group, [job]), ends)
            except databases.FAILED as error:
                outcomes.append(Outcome(None, _down(error)))
                away = _down(error) if databases.is_away(error) else None
            except Exception as error:
                outcomes.append(Outcome(None, error))
        return outcomes

    def _group(self, jobs: "list[Job]") -> "list[Outcome]":
        """Try it once.  Raises what the database does."""
        results: list[Outcome] = []
        with self._turn():
            least = sum(job.needs.numbers for job in jobs)
            if self._series.low(least):
                with self._quick.begin() as connection:
                    ranges = self._series.refill(connection, least)
                self._series.take(ranges)
            try:
                with self._quick.begin() as connection:
                    sheet = SqlSheet(connection, self._series.number, self._known)
                    sheet.fetch(job.needs for job in jobs)
                    for job in jobs:
                        unit = Unit(sheet, self.vault)
                        try:
                            results.append(Outcome(job.work(unit)))
                            sheet.keep(unit)
                        except databases.FAILED:
                            raise
                        except Exception as error:
                            unit.undo()
                            results.append(Outcome(None, error))
                    sheet.flush(self._worker)
            except BaseException:
                self._known.clear()  # what it has just learned may not have come to last
                raise
        return results

    def _again(self, attempt: Callable[[], T], ends: "float | None" = None) -> T:
        """`attempt()`, and once more when the database says that another time it may go well, until `ends` (time.monotonic)."""
        ends, pause, twice = ends or time.monotonic() + self._patience, 0.001, 0
        while True:
            try:
                return attempt()
            except sqlalchemy.exc.DBAPIError as error:
                twice += isinstance(error, sqlalchemy.exc.IntegrityError)
                if not databases.passes(error) or twice > _TWICE or time.monotonic() > ends or self._ended.is_set():
                    raise
            self._ended.wait(random.uniform(pause / 2, pause))
            pause = min(2 * pause, 0.2)

    def read(self, work: Callable[[Unit], T]) -> T:
        def attempt() -> T:
            with self._reading() as connection:
                unit = Unit(SqlSheet(connection, self._series.number, Known(), lock=False), self.vault)
                result = work(unit)
            if unit.log:
                raise RuntimeError("what only reads has written")
            return result

        return self._told(attempt)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection that sees the ledger of one moment and keeps nobody waiting.  In memory there is one connection."""
        with self._writing if self._in_memory else contextlib.nullcontext():
            with self.engine.connect() as connection:
                options: dict[str, Any] = {"reading": True}
                if connection.dialect.name == "postgresql":
                    options.update(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                yield connection.execution_options(**options)

    def _told(self, attempt: Callable[[], T]) -> T:
        try:
            return self._again(attempt)
        except databases.FAILED as error:
            raise _down(error) from None

    # Reading at large

    def _look(self, look: Callable[..., T], *about) -> T:
        def attempt() -> T:
            with self._reading() as connection:
                return look(connection, *about)

        return self._told(attempt)

    def transactions(self, terminal_id=None, since=None, before=None, most=None):
        return self._look(sql_reading.transactions, terminal_id, since, before, most)

    def sums(self):
        return self._look(sql_reading.sums)

    def audit(self):
        return self._look(sql_reading.audit)

    def terminals(self):
        return self._look(sql_reading.terminals)

    def merchants(self):
        return self._look(sql_reading.merchants)

    def cards(self, pans: "Sequence[str] | None" = None):
        return self._look(sql_reading.cards, pans)

    def pan(self, card):
        return self._look(sql_reading.pan, card)

    # A known starting point

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """One database transaction: committed as a whole, or not at all when the block raises."""
        with self._turn(), self.engine.begin() as connection:
            yield connection

    def fresh(self) -> None:
        def attempt() -> None:
            with self.connection() as connection:
                forgetting.forget(connection, self.today(), self._alone)
            if self._alone:  # others have ranges of these series that are not given out yet
                self._series.forget(RRN, APPROVAL)

        self._told(attempt)

    def snapshot(self) -> dict:
        """All rows of all tables, to be given to `restore`."""
        with self._reading() as connection:
            return {
                table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in tables.metadata.sorted_tables
            }

    def restore(self, snapshot: dict) -> None:
        """Make the ledger what it was at `snapshot`, in one transaction.  No other process may have it open."""
        with self.connection() as connection:
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(delete(table))
            for table in tables.metadata.sorted_tables:
                if snapshot[table.name]:
                    connection.execute(insert(table), snapshot[table.name])
            self._series.forget()
            self._known.clear()


def _turns(file: pathlib.Path) -> "Turns":
    from .turns import Turns  # by a lock that not every system has; only who shares a file needs it

    return Turns(file)


def _down(error: Exception) -> LedgerDown:
    return LedgerDown(f"ledger: {type(error).__name__}")
