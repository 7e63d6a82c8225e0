"""The ledger: accounts, cards, terminals and transactions, booked in double entry.

What it is for all that keep one: in SQL (sql_ledger.py), or in memory (memory.py).
"""

import abc
import datetime
import hashlib
import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from . import mac as macs
from .rows import APPROVED, DECLINED, Account, Card, Merchant, Terminal, Transaction, masked, utc
from .unit import OPENING, Needs, Unit
from .vault import Vault

T = TypeVar("T")
NOTHING = Needs()
_MADE_GOOD = "forged answer, made good by the acquirer"


def system_clock() -> datetime.datetime:
    """The local time of this computer, with its zone."""
    return datetime.datetime.now().astimezone()


class LedgerError(ValueError):
    """A ledger that cannot be opened, or a request for something it does not hold; one line."""


class LedgerDown(LedgerError):
    """What keeps the ledger does not take it now: nothing has been decided that may be told; one line."""


class Audit(NamedTuple):
    """What does not add up: [(entry id, sum of its postings)], [(account name, balance, sum of its postings)],
    [(transaction, what its merchant gained)].
    """

    entries: "list[tuple[int, int]]"
    accounts: "list[tuple[str, int, int]]"
    transactions: "list[tuple[Transaction, int]]"


class Ledger(abc.ABC):
    """All of the host's durable state.  `clock() -> datetime` with its zone; `randomness(n) -> n bytes` for keys."""

    def __init__(self, clock, vault: Vault, randomness: Callable[[int], bytes] = secrets.token_bytes):
        self.clock, self.vault, self.randomness = clock, vault, randomness

    # Units of work

    @abc.abstractmethod
    def perform(self, work: Callable[[Unit], T], needs: Needs = NOTHING) -> T:
        """`work(unit)` as a whole or not at all, and lasting once this returns; it may be called again when others were faster.

        Raises what `work` raises, and LedgerDown.
        """

    async def ask(self, work: Callable[[Unit], T], needs: Needs = NOTHING) -> T:
        """As `perform`, and meanwhile others in the loop go on."""
        return self.perform(work, needs)

    @abc.abstractmethod
    def read(self, work: Callable[[Unit], T]) -> T:
        """`work(unit)` that only asks, which keeps nobody waiting."""

    def now(self) -> datetime.datetime:
        """The clock's time in UTC, as it is stored."""
        return utc(self.clock())

    def today(self) -> int:
        """The clock's day where it stands, as YYYYMMDD."""
        return int(self.clock().strftime("%Y%m%d"))

    def close(self) -> None:
        """Nothing more is asked of it."""
        return

    # Reading at large; none of it keeps a unit of work waiting

    @abc.abstractmethod
    def transactions(
        self,
        terminal_id: "str | None" = None,
        since: "datetime.datetime | None" = None,
        before: "int | None" = None,
        most: "int | None" = None,
    ) -> "list[Transaction]":
        """Transactions, oldest first: of one terminal, made from `since` (UTC) on, with an id below `before`, and of these the
        newest `most`.
        """

    @abc.abstractmethod
    def sums(self) -> "dict[str, tuple[int, int, int]]":
        """{state: (how many transactions, sum of their amounts, sum of what was approved)}."""

    @abc.abstractmethod
    def audit(self) -> Audit:
        """Every sum done again."""

    @abc.abstractmethod
    def terminals(self) -> "list[Terminal]":
        """All terminals by their id."""

    @abc.abstractmethod
    def merchants(self) -> "list[tuple[Merchant, int]]":
        """All merchants with their balances."""

    @abc.abstractmethod
    def cards(self, pans: "Sequence[str] | None" = None) -> "list[tuple[Card, int]]":
        """All cards, or these, with their balances, in the order in which they were added."""

    # A known starting point

    @abc.abstractmethod
    def fresh(self) -> None:
        """Forget all transactions: balances as opened, PIN tries 0, references and authorisation codes from the first again;
        terminals keep their keys.
        """

    # Master data

    def add_merchant(self, merchant_id: str, name: str = "TapTill test merchant") -> None:
        """Make the merchant known; a second time changes nothing."""
        if not merchant_id.isascii() or len(merchant_id) != 15:
            raise LedgerError("merchant: 15 ASCII characters wanted")

        def work(unit: Unit) -> None:
            if unit.merchant(merchant_id) is None:
                unit.add(Merchant(merchant_id, name, unit.open_account(f"merchant {merchant_id}").id))

        self.perform(work)

    def add_terminal(self, terminal_id: str, merchant_id: str, tmk: bytes, batch: int = 1) -> None:
        """Make the terminal known, or give a known one another TMK and no working keys."""
        if not terminal_id.isascii() or len(terminal_id) != 8:
            raise LedgerError("terminal: 8 ASCII characters wanted")
        if len(tmk) != 16:
            raise LedgerError("TMK: 16 bytes wanted")
        self.add_merchant(merchant_id)
        wrapped = self.vault.wrap(tmk)

        def work(unit: Unit) -> None:
            terminal = unit.terminal(terminal_id)
            if terminal is None:
                unit.add(Terminal(terminal_id, merchant_id, wrapped, batch=batch))
            else:
                unit.change_terminal(terminal, merchant_id=merchant_id, tmk=wrapped, pik=None, mak=None, key_mac=None)

        self.perform(work)

    def set_mac(self, terminal_id: str, kind: str) -> None:
        """Agree on the MAC of a terminal's messages (a name of acquirer.mac), which its own setting has to be; the wire never
        decides it.  Another one than before takes the working keys away.
        """
        if kind not in macs.KINDS:
            raise LedgerError(f"mac: {kind} is not one of {', '.join(macs.KINDS)}")

        def work(unit: Unit) -> None:
            terminal = _terminal(unit, terminal_id)
            if terminal.mac != kind:
                unit.change_terminal(terminal, mac=kind, pik=None, mak=None, key_mac=None)

        self.perform(work)

    def set_working_keys(self, terminal_id: str, pik: "bytes | None", mak: "bytes | None") -> None:
        """Give a terminal these working keys, for the agreed MAC; None takes them away, so that it has to sign on."""
        wrapped = {"pik": self.vault.wrap(pik), "mak": self.vault.wrap(mak), "key_mac": None}
        self.perform(lambda unit: unit.change_terminal(_terminal(unit, terminal_id), **wrapped))

    def working_keys(self, terminal_id: str) -> "tuple[bytes | None, bytes | None]":
        """(PIK, MAK) of a terminal, None before its first sign-on."""
        row = self.read(lambda unit: _terminal(unit, terminal_id))
        return self.vault.unwrap(row.pik), self.vault.unwrap(row.mak)

    def set_batch(self, terminal_id: str, batch: int) -> None:
        """Open another batch for a terminal: told at its next sign-on, sales of any other are answered 77."""
        if not 1 <= batch <= 999999:
            raise LedgerError(f"batch: {batch} is not 1 to 999999")
        self.perform(lambda unit: unit.change_terminal(_terminal(unit, terminal_id), batch=batch))

    def terminal(self, terminal_id: str) -> "dict | None":
        """What is known of a terminal, keys left out; None when it is unknown.

        "mac" is that of its messages, "agreed" the one for profiles that leave the choice.
        """
        row = self.read(lambda unit: unit.terminal(terminal_id))
        return row and {
            "terminal": row.id,
            "merchant": row.merchant_id,
            "batch": row.batch,
            "mac": row.mac_in_force,
            "agreed": row.mac,
            "signed_on": row.mak is not None,
        }

    def tmk(self, terminal_id: str) -> bytes:
        """The TMK of a terminal, to provision the terminal itself with it."""
        return self.vault.unwrap(self.read(lambda unit: _terminal(unit, terminal_id)).tmk)

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
        check = self.pin_check(pan, pin) if pin else None
        key = self.vault.wrap(imk)

        def work(unit: Unit) -> None:
            if unit.card(pan) is not None:
                return
            account = unit.open_account(f"card {masked(pan)} {hashlib.sha256(pan.encode()).hexdigest()[:8]}")
            unit.add(Card(pan, name, expiry, psn, key, cvn, check, 0, status, status, limit, account.id))
            unit.post("opening", None, self.opening.id, account.id, balance, self.now())

        self.perform(work)

    def pin_check(self, pan: str, pin: str) -> str:
        """What is kept of a PIN."""
        return self.vault.pin_check(pan, pin)

    def set_balance(self, pan: str, balance: int) -> None:
        """Bring a card's account to `balance` by a booking of its own."""

        def work(unit: Unit) -> None:
            account = _card(unit, pan).account_id
            unit.post("adjustment", None, self.opening.id, account, balance - unit.balance(account), self.now())

        self.perform(work)

    def balance(self, pan: str) -> int:
        return self.read(lambda unit: unit.balance(_card(unit, pan).account_id))

    def merchant_balance(self, merchant_id: str) -> int:
        def work(unit: Unit) -> int:
            merchant = unit.merchant(merchant_id)
            if merchant is None:
                raise LedgerError(f"merchant {merchant_id}: unknown")
            return unit.balance(merchant.account_id)

        return self.read(work)

    def set_card_status(self, pan: str, code: str) -> None:
        """From now every use of the card is answered with F39 `code`; "00" opens it again (PIN tries too)."""

        def work(unit: Unit) -> None:
            card = _card(unit, pan)
            unit.change_card(card, status=code, pin_tries=0 if code == "00" else card.pin_tries)

        self.perform(work)

    @abc.abstractmethod
    def pan(self, card: str) -> "str | None":
        """The number of the card with this number or this name, the first that was added; None when there is none."""

    @property
    @abc.abstractmethod
    def opening(self) -> Account:
        """The account that funds all others."""

    def make_good(self, terminal_id: str, batch: int, stan: int) -> None:
        """The acquirer pays the merchant, out of its own pocket, a sale that it declined and the terminal believes approved:
        somebody has forged the answer on a line that it was to guard.
        """

        def work(unit: Unit) -> None:
            row = unit.transaction(terminal_id, batch, stan)
            if row is not None and (row.state, row.reason) == (APPROVED, _MADE_GOOD):
                return  # already, perhaps by this very call: a COMMIT whose answer is lost is tried again
            if row is None or row.state != DECLINED:
                raise LedgerError(f"terminal {terminal_id}: no declined sale with STAN {stan:06d}")
            row = unit.change(row, state=APPROVED, approved_amount=row.amount, reason=_MADE_GOOD)
            unit.post("made good", row, self.opening.id, unit.merchant(row.merchant_id).account_id, row.amount, self.now())

        self.perform(work)

    def business_day(self) -> int:
        """The open business day as YYYYMMDD."""
        return self.read(lambda unit: unit.business_day())

    def day_cut(self) -> int:
        """Close the business day that is open now; returns the new one as YYYYMMDD.  Earlier sales can no more be reversed.

        Who closes the same day at the same time closes it once.
        """
        closed = self.business_day()
        after = datetime.datetime.strptime(str(closed), "%Y%m%d") + datetime.timedelta(days=1)

        def work(unit: Unit) -> int:
            if unit.business_day() == closed:  # a COMMIT whose answer is lost is tried again, and is not another day
                unit.set_business_day(int(after.strftime("%Y%m%d")))
            return unit.business_day()

        return self.perform(work)


def _terminal(unit: Unit, terminal_id: str) -> Terminal:
    row = unit.terminal(terminal_id)
    if row is None:
        raise LedgerError(f"terminal {terminal_id}: unknown")
    return row


def _card(unit: Unit, pan: str) -> Card:
    row = unit.card(pan)
    if row is None:
        raise LedgerError(f"card {masked(pan)}: unknown")
    return row


__all__ = ["OPENING", "Audit", "Ledger", "LedgerDown", "LedgerError", "masked", "system_clock"]
