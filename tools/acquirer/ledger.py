"""The ledger: accounts, cards, terminals and transactions in SQL, booked in double entry."""

import contextlib
import datetime
import hashlib

import sqlalchemy
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from .models import (
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

SCHEMA = 2  # to be raised with every change of the tables
OPENING = "opening"  # the account that funds all others


def system_clock() -> datetime.datetime:
    """The local time of this computer, with its zone."""
    return datetime.datetime.now().astimezone()


def masked(pan: str) -> str:
    """First 6 + * + last 4 of a PAN; a shorter number is hidden whole."""
    if len(pan) < 13:
        return "*" * len(pan)
    return pan[:6] + "*" * (len(pan) - 10) + pan[-4:]


def pin_check(pan: str, pin: str) -> str:
    """What is kept of a PIN."""
    return hashlib.sha256(f"{pan}:{pin}".encode("ascii")).hexdigest()


class LedgerError(ValueError):
    """A ledger that cannot be opened, or a request for something it does not hold; one line."""


class Ledger:
    """All of the host's durable state behind one SQLAlchemy URL."""

    def __init__(self, url: str = "sqlite://", clock=system_clock):
        """`url`: any SQLAlchemy URL; "sqlite://" keeps it in memory.  `clock() -> datetime` with its zone."""
        self.clock = clock
        try:
            address = sqlalchemy.make_url(url)
            in_memory = address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:")
            options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}} if in_memory else {}
            self.engine = sqlalchemy.create_engine(address, **options)
            Base.metadata.create_all(self.engine)
            with self.session() as session:
                self._begin(session)
        except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
            raise LedgerError(f"ledger: cannot open it: {str(error).splitlines()[0]}") from None

    def _begin(self, session: Session) -> None:
        """The first rows of a new ledger; an old one must have this program's tables."""
        schema = session.get(Counter, "schema")
        if schema is None and session.scalars(select(Counter)).first() is None:
            today = int(self.clock().strftime("%Y%m%d"))
            session.add_all(
                [
                    Counter(name="schema", value=SCHEMA),
                    Counter(name="business_day", value=today),
                    Counter(name="rrn", value=0),
                    Counter(name="approval", value=0),
                    Account(name=OPENING, balance=0),
                ]
            )
        elif schema is not None and schema.value == 1:
            self._from_1(session, schema)
        elif schema is None or schema.value != SCHEMA:
            raise LedgerError("ledger: made by another version of this program; name or make another one")

    @staticmethod
    def _from_1(session: Session, schema: Counter) -> None:
        """The tables of the first version knew sales alone."""
        for column in ("original_batch", "original_stan"):
            session.execute(sqlalchemy.text(f"ALTER TABLE transactions ADD COLUMN {column} INTEGER"))
        schema.value = SCHEMA

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
        with self.session() as session:
            terminal = session.get(Terminal, terminal_id)
            if terminal is None:
                session.add(Terminal(id=terminal_id, merchant_id=merchant_id, tmk=tmk.hex(), batch=batch))
            else:
                terminal.merchant_id, terminal.tmk, terminal.pik, terminal.mak = merchant_id, tmk.hex(), None, None

    def set_working_keys(self, terminal_id: str, pik: "bytes | None", mak: "bytes | None") -> None:
        """Give a terminal these working keys; None takes them away, so that it has to sign on."""
        with self.session() as session:
            terminal = self._must(session, Terminal, terminal_id, "terminal")
            terminal.pik = pik.hex() if pik else None
            terminal.mak = mak.hex() if mak else None

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
            return row and {"terminal": row.id, "merchant": row.merchant_id, "batch": row.batch, "signed_on": row.mak is not None}

    def tmk(self, terminal_id: str) -> bytes:
        """The TMK of a terminal, to provision the terminal itself with it."""
        with self.session() as session:
            return bytes.fromhex(self._must(session, Terminal, terminal_id, "terminal").tmk)

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
                    imk=imk.hex() if imk else None,
                    cvn=cvn,
                    pin_check=pin_check(pan, pin) if pin else None,
                    pin_tries=0,
                    status=status,
                    issued_status=status,
                    limit=limit,
                    account_id=account.id,
                )
            )
            self.book(session, "opening", None, self._opening(session), account, balance)

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
