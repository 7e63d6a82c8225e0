"""The hosts that a terminal may be led to, and which of them each payment belongs to.

There is the bank that the shop is with, and another that knows the same terminals under the same keys, as a bank's second
computer does: so nothing but the terminal's own rule keeps a request about an open payment from it.
"""

from typing import Any, NamedTuple

from acquirer import books, report
from acquirer.kinds import KINDS
from acquirer.rows import Transaction
from acquirer.testcards import DEMO_TERMINAL
from acquirer.wire import Message

from . import port
from .bank import Bank
from .faults import Strikes
from .settings import FIRST, PORTS

Key = tuple[int, int]  # (batch, STAN)


class Station(NamedTuple):
    """Where a connection leads: `host(body, deliver)` takes a request that has arrived there, and what `deliver` is given goes
    back to the asker.  `profile` (taptill's core.profiles.Profile) says what stands in front of a message, `name` who it is.
    """

    host: Any
    profile: Any
    name: str = FIRST


class Account(NamedTuple):
    """Whose a payment is: the bank at `host`, and who the terminal is there."""

    host: str
    terminal_id: str


class Hosts:
    """`banks` by their names; `arrives` takes what comes to the first one.

    `settings`: those with which each payment was sent.
    """

    def __init__(self, banks: "dict[str, Bank]", arrives: Any):
        self.banks = banks
        self._twins = banks[FIRST].twins
        self._arrives: dict[str, Any] = {**banks, FIRST: arrives}
        self._accounts: dict[Key, Account] = {}
        self._asked = Account(FIRST, DEMO_TERMINAL)
        self.settings: dict[Key, dict] = {}
        self._stations: dict[tuple[str, int], Station] = {}

    def at(self, name: str, number: int) -> "Station | None":
        """What listens at a port of a host; None where nobody does."""
        if (name, number) not in self._stations:
            profile = next((profile for profile, port_of in PORTS.items() if port_of == number), None)
            if profile is None or name not in self.banks:
                return None
            self._stations[name, number] = Station(self._arrives[name], port.of("core.profiles").load(profile), name)
        return self._stations[name, number]

    def arm(self, strikes: Strikes) -> None:
        """What goes wrong at the banks from now on."""
        for bank in self.banks.values():
            bank.strikes = strikes

    # -- which payment is whose

    def leaves(self, message: Message, key: Key, to: "Station | None", in_force: "list[dict]") -> "Account | None":
        """A request about `key` leaves; the account of that payment where it is another one than is asked now."""
        self._asked = Account(to.name if to else FIRST, message.text(41))
        if message.kind in KINDS:
            self._accounts[key] = self._asked
            self.settings[key] = next((one for one in in_force if self._leads(one) == self._asked), in_force[-1])
        owner = self._accounts.get(key, self._asked)
        return owner if owner != self._asked else None

    @staticmethod
    def _leads(settings: dict) -> Account:
        """Whose a payment is that is sent with these."""
        return Account(settings.get("host", FIRST), settings.get("terminal_id", DEMO_TERMINAL))

    def account(self, key: Key) -> Account:
        return self._accounts.get(key, Account(FIRST, DEMO_TERMINAL))

    def row(self, key: Key) -> "Transaction | None":
        """What the books of its bank say of a payment; None where what they have is another terminal's."""
        if key in self._twins:
            return None
        account = self.account(key)
        return self.banks[account.host].ledger.read(lambda unit: unit.transaction(account.terminal_id, *key))

    def is_a_twins(self, key: Key) -> bool:
        """Has another terminal of the same number used this trace?"""
        return key in self._twins

    def business_day(self, key: Key) -> int:
        """Of the bank that a payment belongs to."""
        return self.banks[self.account(key).host].ledger.business_day()

    def working_keys(self) -> "tuple[bytes | None, bytes | None]":
        """Those of the account that was asked last."""
        return self.banks[self._asked.host].ledger.working_keys(self._asked.terminal_id)

    # -- the books

    def differences(self, journal: "list[dict]") -> "list[str]":
        """What is wrong with the books, and where the journal differs from them, bank by bank."""
        lines: list[str] = []
        used = sorted({FIRST, *(account.host for account in self._accounts.values())})
        for name in used:
            bank = self.banks[name]
            own = [record for record in journal if self.account(_key(record)).host == name and _key(record) not in self._twins]
            rows = [row for row in books.transactions(bank.ledger) if _key(row) not in self._twins]
            lines += [*books.problems(bank.ledger), *report.compare(own, rows)]
        return lines


def _key(found: dict) -> Key:
    """Of a record of the journal, or of a row of the books."""
    return found["batch"], found["stan"]
