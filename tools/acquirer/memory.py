"""A ledger in plain Python objects, for who plays a great many histories: it ends with its process.

Given the same clock and the same randomness it does the same, to the last byte.
"""

import datetime
import random
import secrets
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .ledger import NOTHING, Audit, Ledger, system_clock
from .rows import Account, Card, Merchant, Terminal, Transaction
from .unit import APPROVAL, BUSINESS_DAY, OPENING, RRN, Needs, Sheet, Unit
from .vault import LENGTH, Vault

T = TypeVar("T")


def seeded(seed: int) -> Callable[[int], bytes]:
    """A `randomness` that is the same every time."""
    return random.Random(seed).randbytes


class MemoryLedger(Ledger):
    """One process, one unit of work after the other; `perform` lasts as long as the object does."""

    def __init__(self, clock=system_clock, randomness: Callable[[int], bytes] = secrets.token_bytes):
        super().__init__(clock, Vault(randomness(LENGTH)), randomness)
        self._sheet = Sheet()
        self._lock = threading.RLock()  # who reads at large may do so in another thread
        self._sheet.counters[BUSINESS_DAY] = self.today()
        self._opening: Account = self.perform(lambda unit: unit.open_account(OPENING))

    @property
    def opening(self) -> Account:
        return self._opening

    def perform(self, work: Callable[[Unit], T], needs: Needs = NOTHING) -> T:
        with self._lock:
            unit = Unit(self._sheet, self.vault)
            try:
                return work(unit)
            except BaseException:
                unit.undo()
                raise

    def read(self, work: Callable[[Unit], T]) -> T:
        return self.perform(work)

    # Snapshots

    def snapshot(self) -> object:
        """The ledger as it is, for `restore`: a copy of each table's keys; the rows, which never change, are shared."""
        return _copy(self._sheet)

    def restore(self, snapshot: Any) -> None:
        """Make the ledger what it was at `snapshot`, which can be used again."""
        self._sheet = _copy(snapshot)

    def fresh(self) -> None:
        sheet = self._sheet
        kept = [entry for entry in sheet.entries.values() if entry.kind == OPENING]
        for rows in (sheet.entries, sheet.moved, sheet.transactions, sheet.about, sheet.used):
            rows.clear()
        for entry in kept:
            sheet.entries[entry.id] = entry
            sheet.moved[entry.payer] -= entry.amount
            sheet.moved[entry.payee] += entry.amount
        for card in list(sheet.cards.values()):
            sheet.cards[card.pan] = card._replace(pin_tries=0, status=card.issued_status)
        sheet.counters.update({BUSINESS_DAY: self.today(), RRN: 0, APPROVAL: 0})

    # Reading at large

    def transactions(
        self,
        terminal_id: "str | None" = None,
        since: "datetime.datetime | None" = None,
        before: "int | None" = None,
        most: "int | None" = None,
    ) -> "list[Transaction]":
        with self._lock:
            rows = list(self._sheet.transactions.values())
        found = [
            row
            for row in rows
            if terminal_id in (None, row.terminal_id)
            and (since is None or row.created >= since)
            and (before is None or row.id < before)
        ]
        found.sort()
        return found if most is None else found[-most:]

    def sums(self) -> "dict[str, tuple[int, int, int]]":
        found: dict[str, tuple[int, int, int]] = {}
        for row in self.transactions():
            count, amount, approved = found.get(row.state, (0, 0, 0))
            found[row.state] = count + 1, amount + row.amount, approved + row.approved_amount
        return found

    def audit(self) -> Audit:
        with self._lock:
            sheet = self._sheet
            merchants = {merchant.account_id for merchant in sheet.merchants.values()}
            posted: dict[int, int] = {}
            gained: dict[int | None, int] = {}
            for entry in sheet.entries.values():
                for account, amount in ((entry.payer, -entry.amount), (entry.payee, entry.amount)):
                    posted[account] = posted.get(account, 0) + amount
                    if account in merchants:
                        gained[entry.transaction_id] = gained.get(entry.transaction_id, 0) + amount
            accounts = [(row.name, self._balance(row.id), posted.get(row.id, 0)) for row in sheet.accounts.values()]
            rows = [(row, gained.get(row.id, 0)) for row in self.transactions()]
            return Audit(
                [],  # an entry is one row here, which cannot be out of balance
                [(name, balance, sum_) for name, balance, sum_ in accounts if balance != sum_],
                [(row, gain) for row, gain in rows if gain != row.stands or row.undecided],
            )

    def terminals(self) -> "list[Terminal]":
        return sorted(self._sheet.terminals.values())

    def merchants(self) -> "list[tuple[Merchant, int]]":
        return [(row, self._balance(row.account_id)) for row in sorted(self._sheet.merchants.values())]

    def cards(self, pans: "Sequence[str] | None" = None) -> "list[tuple[Card, int]]":
        rows = [row for row in list(self._sheet.cards.values()) if pans is None or row.pan in pans]
        return [(row, self._balance(row.account_id)) for row in rows]

    def pan(self, card: str) -> "str | None":
        return next((row.pan for row in list(self._sheet.cards.values()) if card in (row.pan, row.name)), None)

    def _balance(self, account_id: int) -> int:
        return self._sheet.balances[account_id] + self._sheet.moved[account_id]


def _copy(sheet: Sheet) -> Sheet:
    other = Sheet()
    for name in Sheet.NAMES:
        getattr(other, name).update(getattr(sheet, name))
    return other
