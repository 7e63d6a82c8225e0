"""The ledger: accounts, cards, terminals and transactions in SQL, booked in double entry."""

import contextlib
import datetime
import hashlib
import os
import pathlib

import sqlalchemy
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from . import mac as macs
from . import migrations
from .models import (
    APPROVED,
    DECLINED,
    SCHEMA,
    Account,
    Base,
    Card,
    Counter,
    Entry,
    Merchant,
    Posting,
    Terminal,
    Transaction,
)
from .vault import Keeper, Vault, VaultError, owners_alone, passing

OPENING = "opening"  # the account that funds all others


def system_clock() -> datetime.datetime:
    """The local time of this computer, with its zone."""
    return datetime.datetime.now().astimezone()


def masked(pan: str) -> str:
    """First 6 + * + last 4 of a PAN; a shorter number is hidden whole."""
    if len(pan) < 13:
        return "*" * len(pan)
    return pan[:6] + "*" * (len(pan) - 10) + pan[-4:]


class LedgerError(ValueError):
    """A ledger that cannot be opened, or a request for something it does not hold; one line."""


_ANOTHER = "ledger: made by another version of this program; name or make another one"


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


class Ledger:
    """All of the host's durable state behind one SQLAlchemy URL."""

    def __init__(self, url: str = "sqlite://", clock=system_clock, keeper: "Keeper | None" = None):
        """`url`: any SQLAlchemy URL; "sqlite://" keeps it in memory.  `clock() -> datetime` with its zone.

        `keeper` has the host master key; by default the environment, else the folder of a SQLite file.
        """
        self.clock = clock
        file = file_of(url)
        try:
            address = sqlalchemy.make_url(url)
            in_memory = file is None and address.get_backend_name() == "sqlite"
            options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}} if in_memory else {}
            if file is not None:
                _own(file)
                keeper = keeper or Keeper(file.parent)
            # An error of the database is told with its statement, and never with the values: keys are among them.
            self.engine = sqlalchemy.create_engine(address, hide_parameters=True, **options)
            Base.metadata.create_all(self.engine)
            self.vault = self._vault(passing() if in_memory and keeper is None else None, keeper or Keeper())
        except VaultError as error:
            raise LedgerError(str(error)) from None
        except OSError as error:
            raise LedgerError(f"ledger: cannot open it: {error.filename}: {error.strerror}") from None
        except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
            raise LedgerError(f"ledger: cannot open it: {str(error).splitlines()[0]}") from None

    def _vault(self, vault: "Vault | None", keeper: Keeper) -> Vault:
        """Open the ledger's vault, and carry an old ledger on.  Raises VaultError, LedgerError."""
        old = False
        with self.session() as session:
            schema, known = session.get(Counter, "schema"), session.get(Counter, "master_key")
            if schema is None and session.scalars(select(Counter)).first() is not None:
                raise LedgerError(_ANOTHER)
            if schema is not None and not 1 <= schema.value <= SCHEMA:
                raise LedgerError(_ANOTHER)
            vault = vault or keeper.open(new=known is None)
            if known is None:
                session.add(Counter(name="master_key", value=vault.check_value))
            elif known.value != vault.check_value:
                raise LedgerError("ledger: another host master key than the one that its keys are wrapped under")
            if schema is None:
                self._begin(session)
            elif schema.value != SCHEMA:
                old = True
                if not migrations.migrate(session, schema.value, vault):
                    raise LedgerError(_ANOTHER)
                schema.value = SCHEMA
        if old:
            migrations.shed(self.engine)
        return vault

    def _begin(self, session: Session) -> None:
        """The first rows of a new ledger."""
        session.add_all(
            [
                Counter(name="schema", value=SCHEMA),
                Counter(name="business_day", value=int(self.clock().strftime("%Y%m%d"))),
                Counter(name="rrn", value=0),
                Counter(name="approval", value=0),
                Account(name=OPENING, balance=0),
            ]
        )

    @contextlib.contextmanager
    def session(self):
        """One database transaction: committed as a whole, or not at all when the block raises."""
        with Session(self.engine) as session, session.begin():
            yield session

    def now(self) -> datetime.datetime:
        """The clock's time in UTC, as it is stored."""
        return self.clock().astimezone(datetime.timezone.utc).replace(tzinfo=None)

    def close(self) -> None:
        self.engine.dispose()

    # Master data

    def add_merchant(self, merchant_id: str, name: str = "TapTill test merchant") -> None:
        """Make the merchant known; a second time changes nothing."""
        if not merchant_id.isascii() or len(merchant_id) != 15:
            raise LedgerError("merchant: 15 ASCII characters wanted")
        with self.session() as session:
            if session.get(Merchant, merchant_id) is None:
                account = Account(name=f"merchant {merchant_id}", balance=0)
                session.add(account)
                session.flush()
                session.add(Merchant(id=merchant_id, name=name, account_id=account.id))

    def add_terminal(self, terminal_id: str, merchant_id: str, tmk: bytes, batch: int = 1) -> None:
        """Make the terminal known, or give a known one another TMK and no working keys."""
        if not terminal_id.isascii() or len(terminal_id) != 8:
            raise LedgerError("terminal: 8 ASCII characters wanted")
        if len(tmk) != 16:
            raise LedgerError("TMK: 16 bytes wanted")
        self.add_merchant(merchant_id)
        wrapped = self.vault.wrap(tmk)
        with self.session() as session:
            terminal = session.get(Terminal, terminal_id)
            if terminal is None:
                session.add(Terminal(id=terminal_id, merchant_id=merchant_id, tmk=wrapped, batch=batch))
            else:
                terminal.merchant_id, terminal.tmk, terminal.pik, terminal.mak = merchant_id, wrapped, None, None

    def set_mac(self, terminal_id: str, kind: str) -> None:
        """Agree on the MAC of a terminal's messages (a name of acquirer.mac), which its own setting has to be; the wire never
        decides it.  Another one than before takes the working keys away.
        """
        if kind not in macs.KINDS:
            raise LedgerError(f"mac: {kind} is not one of {', '.join(macs.KINDS)}")
        with self.session() as session:
            terminal = self._must(session, Terminal, terminal_id, "terminal")
            if terminal.mac != kind:
                terminal.mac, terminal.pik, terminal.mak = kind, None, None

    def set_working_keys(self, terminal_id: str, pik: "bytes | None", mak: "bytes | None") -> None:
        """Give a terminal these working keys; None takes them away, so that it has to sign on."""
        with self.session() as session:
            terminal = self._must(session, Terminal, terminal_id, "terminal")
            terminal.pik, terminal.mak = self.vault.wrap(pik), self.vault.wrap(mak)

    def working_keys(self, terminal_id: str) -> "tuple[bytes | None, bytes | None]":
        """(PIK, MAK) of a terminal, None before its first sign-on."""
        with self.session() as session:
            row = self._must(session, Terminal, terminal_id, "terminal")
            return self.vault.unwrap(row.pik), self.vault.unwrap(row.mak)

    def set_batch(self, terminal_id: str, batch: int) -> None:
        """Open another batch for a terminal: told at its next sign-on, sales of any other are answered 77."""
        if not 1 <= batch <= 999999:
            raise LedgerError(f"batch: {batch} is not 1 to 999999")
        with self.session() as session:
            self._must(session, Terminal, terminal_id, "terminal").batch = batch

    def terminal(self, terminal_id: str) -> "dict | None":
        """What is known of a terminal, keys left out; None when it is unknown."""
        with self.session() as session:
            row = session.get(Terminal, terminal_id)
            return row and {
                "terminal": row.id,
                "merchant": row.merchant_id,
                "batch": row.batch,
                "mac": row.mac,
                "signed_on": row.mak is not None,
            }

    def tmk(self, terminal_id: str) -> bytes:
        """The TMK of a terminal, to provision the terminal itself with it."""
        with self.session() as session:
            return self.vault.unwrap(self._must(session, Terminal, terminal_id, "terminal").tmk)

    def add_card(
        self,
        pan: str,
        expiry: str,
        balance: int,
        name: str = "",
        psn: str = "00",
        pin: "str | None" = None,
        imk: "bytes | None" = None,
        cvn: "str | None" = None,
        limit: "int | None" = None,
        status: str = "00",
    ) -> None:
        """A card with its account; a second time changes nothing.  `expiry` YYMM, money in minor units."""
        with self.session() as session:
            if session.get(Card, pan) is not None:
                return
            account = Account(name=f"card {masked(pan)} {hashlib.sha256(pan.encode()).hexdigest()[:8]}", balance=0)
            session.add(account)
            session.flush()
            session.add(
                Card(
                    pan=pan,
                    name=name,
                    expiry=expiry,
                    psn=psn,
                    imk=self.vault.wrap(imk),
                    cvn=cvn,
                    pin_check=self.pin_check(pan, pin) if pin else None,
                    pin_tries=0,
                    status=status,
                    issued_status=status,
                    limit=limit,
                    account_id=account.id,
                )
            )
            self.book(session, "opening", None, self._opening(session), account, balance)

    def pin_check(self, pan: str, pin: str) -> str:
        """What is kept of a PIN."""
        return self.vault.seal_pin(hashlib.sha256(f"{pan}:{pin}".encode("ascii")).hexdigest())

    def set_balance(self, pan: str, balance: int) -> None:
        """Bring a card's account to `balance` by a booking of its own."""
        with self.session() as session:
            card = self._must(session, Card, pan, "card")
            account = session.get(Account, card.account_id)
            self.book(session, "adjustment", None, self._opening(session), account, balance - account.balance)

    def balance(self, pan: str) -> int:
        with self.session() as session:
            return session.get(Account, self._must(session, Card, pan, "card").account_id).balance

    def merchant_balance(self, merchant_id: str) -> int:
        with self.session() as session:
            merchant = self._must(session, Merchant, merchant_id, "merchant")
            return session.get(Account, merchant.account_id).balance

    def set_card_status(self, pan: str, code: str) -> None:
        """From now every use of the card is answered with F39 `code`; "00" opens it again (PIN tries too)."""
        with self.session() as session:
            card = self._must(session, Card, pan, "card")
            card.status = code
            if code == "00":
                card.pin_tries = 0

    @staticmethod
    def _must(session: Session, table, key, what: str):
        row = session.get(table, key)
        if row is None:
            raise LedgerError(f"{what} {masked(key) if what == 'card' else key}: unknown")
        return row

    def _opening(self, session: Session) -> Account:
        return session.scalars(select(Account).where(Account.name == OPENING).with_for_update()).one()

    # Booking and counting; the caller's session makes it atomic

    def book(
        self, session: Session, kind: str, transaction: "Transaction | None", payer: Account, payee: Account, amount: int
    ) -> None:
        """Move `amount` from `payer` to `payee`: one entry of two postings that add up to zero."""
        entry = Entry(kind=kind, transaction_id=transaction.id if transaction else None, created=self.now())
        session.add(entry)
        session.flush()
        session.add_all(
            [
                Posting(entry_id=entry.id, account_id=payer.id, amount=-amount),
                Posting(entry_id=entry.id, account_id=payee.id, amount=amount),
            ]
        )
        payer.balance -= amount
        payee.balance += amount

    def make_good(self, terminal_id: str, batch: int, stan: int) -> None:
        """The acquirer pays the merchant, out of its own pocket, a sale that it declined and the terminal believes approved:
        somebody has forged the answer on a line that it was to guard.
        """
        with self.session() as session:
            row = session.scalars(
                select(Transaction).where(
                    Transaction.terminal_id == terminal_id, Transaction.batch == batch, Transaction.stan == stan
                )
            ).first()
            if row is None or row.state != DECLINED:
                raise LedgerError(f"terminal {terminal_id}: no declined sale with STAN {stan:06d}")
            row.state, row.approved_amount, row.reason = APPROVED, row.amount, "forged answer, made good by the acquirer"
            merchant = session.get(Account, session.get(Merchant, row.merchant_id).account_id, with_for_update=True)
            self.book(session, "made good", row, self._opening(session), merchant, row.amount)

    def next_number(self, session: Session, name: str) -> int:
        """The next value of a counter, starting at 1."""
        counter = session.get(Counter, name, with_for_update=True)
        counter.value += 1
        return counter.value

    def business_day(self, session: Session) -> int:
        """The open business day as YYYYMMDD."""
        return session.get(Counter, "business_day").value

    def day_cut(self) -> int:
        """Close the business day; returns the new one as YYYYMMDD.  Earlier sales can no more be reversed."""
        with self.session() as session:
            counter = session.get(Counter, "business_day", with_for_update=True)
            day = datetime.datetime.strptime(str(counter.value), "%Y%m%d") + datetime.timedelta(days=1)
            counter.value = int(day.strftime("%Y%m%d"))
            return counter.value

    # A known starting point

    def fresh(self) -> None:
        """Forget all transactions: balances as opened, PIN tries 0, counters 0; terminals keep their keys."""
        with self.session() as session:
            session.execute(delete(Posting).where(Posting.entry_id.in_(select(Entry.id).where(Entry.kind != "opening"))))
            session.execute(delete(Entry).where(Entry.kind != "opening"))
            session.execute(delete(Transaction))
            sums = dict(session.execute(select(Posting.account_id, func.sum(Posting.amount)).group_by(Posting.account_id)).all())
            for account in session.scalars(select(Account)):
                account.balance = int(sums.get(account.id, 0))
            session.execute(sqlalchemy.update(Card).values(pin_tries=0, status=Card.issued_status))
            session.execute(sqlalchemy.update(Counter).where(Counter.name.in_(["rrn", "approval"])).values(value=0))
            session.execute(
                sqlalchemy.update(Counter)
                .where(Counter.name == "business_day")
                .values(value=int(self.clock().strftime("%Y%m%d")))
            )

    def snapshot(self) -> dict:
        """All rows of all tables, to be given to `restore`."""
        with self.session() as session:
            return {
                table.name: [dict(row) for row in session.execute(select(table)).mappings()]
                for table in Base.metadata.sorted_tables
            }

    def restore(self, snapshot: dict) -> None:
        """Make the ledger what it was at `snapshot`, in one transaction."""
        with self.session() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))
            for table in Base.metadata.sorted_tables:
                if snapshot[table.name]:
                    session.execute(insert(table), snapshot[table.name])
                if (
                    session.get_bind().dialect.name == "postgresql"
                    and "id" in table.c
                    and isinstance(table.c.id.type, sqlalchemy.Integer)
                ):
                    # Rows with given ids leave PostgreSQL's sequence behind: bring it forward.
                    newest = select(func.coalesce(func.max(table.c.id), 1)).scalar_subquery()
                    session.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), newest)))
