"""A unit of work: what the rules may ask of a ledger, and what they do to it, as a whole or not at all.

The rules know nothing else of a ledger.  Where the rows come from is the sheet's business: one has all of a ledger in
memory, one has those that a database transaction has asked for.
"""

import datetime
from typing import Any, NamedTuple

from .rows import Account, Card, Entry, Key, Merchant, Terminal, Transaction
from .vault import Vault

OPENING = "opening"  # the account that funds all others, and the kind of the entries that open one
HOUSE = 1  # the number of that account, the first of every ledger; what is held of a card's money lies there meanwhile
BUSINESS_DAY, RRN, APPROVAL = "business_day", "rrn", "approval"  # counters


class Needs(NamedTuple):
    """What a request is going to ask for first, so that it can be fetched for many requests at once; and how many `numbers` of
    a series it may take.
    """

    terminal: str = ""
    pan: str = ""
    key: "Key | None" = None
    presented: "tuple[str, str, str] | None" = None  # PAN, ATC, cryptogram
    numbers: int = 4


class Rows(dict):
    """Rows by their key; one that there is not reads as `absent`, and is not entered by that."""

    absent: Any = None

    def __missing__(self, key):
        return self.absent


class _Sums(Rows):
    absent = 0


class _Keys(Rows):
    absent = ()


class Sheet:
    """The rows that units of work see, whole: that of a ledger in memory.

    `moved` is what each account has gained since its balance was as in `balances`; `about` are the keys of all that name a
    transaction as their original, and `used` has (PAN, ATC, cryptogram) of what was presented: both follow from the transactions.
    """

    NAMES = (
        *("merchants", "terminals", "accounts", "balances", "moved", "cards"),
        *("transactions", "about", "used", "entries", "counters"),
    )

    def __init__(self) -> None:
        self.merchants: dict[str, Merchant] = Rows()
        self.terminals: dict[str, Terminal] = Rows()
        self.accounts: dict[int, Account] = Rows()
        self.balances: dict[int, int] = _Sums()
        self.moved: dict[int, int] = _Sums()
        self.cards: dict[str, Card] = Rows()
        self.transactions: dict[Key, Transaction] = Rows()
        self.about: dict[Key, tuple[Key, ...]] = _Keys()
        self.used: dict[tuple[str, str, str], bool] = Rows()
        self.entries: dict[int, Entry] = Rows()
        self.counters: dict[str, int] = _Sums()

    def number(self, name: str) -> int:
        """The next number of a series, the first is 1; some may be left out, none comes twice."""
        value = self.counters[name] = self.counters[name] + 1
        return value


class Unit:
    """One unit of work on a sheet.  `undo` takes back all that it did; `log` tells what: [(name, key, row before)]."""

    def __init__(self, sheet: Sheet, vault: Vault):
        self._sheet = sheet
        self.vault = vault
        self.log: list[tuple[str, Any, Any]] = []

    # Asking

    def terminal(self, terminal_id: str) -> "Terminal | None":
        return self._sheet.terminals[terminal_id]

    def merchant(self, merchant_id: str) -> "Merchant | None":
        return self._sheet.merchants[merchant_id]

    def card(self, pan: str) -> "Card | None":
        """The card, which no other unit changes until this one has ended."""
        return self._sheet.cards[pan]

    def balance(self, account_id: int) -> int:
        return self._sheet.balances[account_id] + self._sheet.moved[account_id]

    def transaction(self, terminal_id: str, batch: int, stan: int) -> "Transaction | None":
        """The transaction of that STAN, which no other unit changes until this one has ended."""
        return self._sheet.transactions[terminal_id, batch, stan]

    def about(self, original: Transaction) -> "list[Transaction]":
        """All that is about a transaction, as the voids of a sale, whatever became of them."""
        return [self._sheet.transactions[key] for key in self._sheet.about[original.key]]

    def used(self, pan: str, atc: str, cryptogram: str) -> bool:
        """Has a transaction brought this cryptogram before?"""
        return bool(self._sheet.used[pan, atc, cryptogram])

    def business_day(self) -> int:
        """The open business day as YYYYMMDD."""
        return self._sheet.counters[BUSINESS_DAY]

    def number(self, series: str) -> int:
        """The next number of a series, which is not given back."""
        return self._sheet.number(series)

    # Doing

    def enter(self, row: Transaction) -> Transaction:
        """A new transaction; its id is given here."""
        return self._keep(row._replace(id=self.number("transaction")))

    def change(self, row: Transaction, **values) -> Transaction:
        """The transaction with other values, which it has from now on."""
        return self._keep(row._replace(**values))

    def _keep(self, row: Transaction) -> Transaction:
        key, original = row.key, row.original
        known = self._sheet.about[original] if original is not None else ()  # asked before: this row is not to be among them
        self._put("transactions", key, row)
        if original is not None and key not in known:
            self._put("about", original, (*known, key))
        if row.card_pan and row.atc and row.cryptogram:
            self._put("used", (row.card_pan, row.atc, row.cryptogram), True)
        return row

    def change_card(self, card: Card, **values) -> Card:
        """The card with other values."""
        return self._put("cards", card.pan, card._replace(**values))

    def change_terminal(self, terminal: Terminal, **values) -> Terminal:
        """The terminal with other values."""
        return self._put("terminals", terminal.id, terminal._replace(**values))

    def set_business_day(self, day: int) -> None:
        self._put("counters", BUSINESS_DAY, day)

    def open_account(self, name: str) -> Account:
        """A new account with nothing on it."""
        account = Account(self.number("account"), name)
        return self._put("accounts", account.id, account)

    def add(self, row: "Merchant | Terminal | Card") -> None:
        """A new merchant, terminal or card."""
        if isinstance(row, Card):
            self._put("cards", row.pan, row)
        else:
            self._put("terminals" if isinstance(row, Terminal) else "merchants", row.id, row)

    def post(
        self, kind: str, transaction: "Transaction | None", payer: int, payee: int, amount: int, created: datetime.datetime
    ) -> None:
        """Move `amount` from the account `payer` to the account `payee`."""
        entry = Entry(self.number("entry"), kind, transaction.id if transaction else None, created, payer, payee, amount)
        self._put("entries", entry.id, entry)
        self._put("moved", payer, self._sheet.moved[payer] - amount)
        self._put("moved", payee, self._sheet.moved[payee] + amount)

    # As a whole or not at all

    def _put(self, name: str, key, row):
        rows = getattr(self._sheet, name)
        self.log.append((name, key, rows.get(key, rows.absent)))
        rows[key] = row
        return row

    def undo(self) -> None:
        """Take back what was done, the last thing first."""
        for name, key, before in reversed(self.log):
            rows = getattr(self._sheet, name)
            if before == rows.absent:
                del rows[key]
            else:
                rows[key] = before
        self.log.clear()
