"""What screens promise about money, checked against both books at the moment at which they are shown.

A screen is about the payment whose trace stands on it, else about the newest one.  Every sentence of section [money] of
tools/words/sentences.txt has a check here, and every title that says how a payment ended.  FAULT_OPEN stands on every screen of
a fault and promises nothing about one payment.
"""

import re

from acquirer.rows import APPROVED
from campaigns import invariants
from campaigns.judge import NOT_TAKEN

from . import port, settings
from .glass import Screen
from .roles import Scene, Verdict

Key = tuple[int, int]

TAKEN = ("APPROVED", "PARTIAL", "VOIDED", "REFUNDED", "HELD", "COMPLETED")
_NOTHING_TAKEN = ("MONEY_NOT_TAKEN", "MONEY_RETURNED", "REFUND_NOT_MADE", "HOLD_NOT_MADE")
_OPEN = ("PENDING_TEXT", "VOID_PENDING", "REFUND_PENDING", "HOLD_PENDING", "PENDING_KEPT", "DO_NOT_REPEAT")
_ORIGINAL_STANDS = ("SALE_STANDS", "HOLD_STANDS", "TAKING_STANDS")  # as it was before what is told not to have been done
_STATUS = {
    "STATUS_TAKEN": ("A",),
    "STATUS_REVERSED": ("R",),
    "STATUS_DECLINED_THERE": ("D",),
    "STATUS_BARRED": ("B",),
    "STATUS_UNKNOWN_THERE": ("N",),
    "U_DIFFERS": ("A", "R", "D", "B"),
}
_ERRANDS = {"SIGNED_ON": "signon", "ECHO_OK": "echo"}
_MENUS = ("menu", "password", "amount", "trace", "pin", "present", "reading", "remove", "agree")  # they ask, and tell nothing
_TRACE = re.compile(r"(?:#|\*\d{4} |Trace |凭证号 )(\d{6})$")
_AMOUNT_OF = re.compile(r"^(\d+(?:\.\d+)?) #(\d{6})$")
_TRY = re.compile(r"(\d+)/(\d+)")
_MANUAL = 77  # core.journal.record.MANUAL


class Promises:
    """Remembers what was promised of each payment: it must still be so at the end (`kept`)."""

    def __init__(self, world: Scene, judge: Verdict):
        self._world = world
        self._judge = judge
        self.taken: dict[Key, str] = {}  # key -> title that said it
        self._not_taken: dict[Key, str] = {}

    def check(self, screen: Screen, newest: "Key | None") -> None:
        """A screen is shown now."""
        if screen.page in _MENUS or not screen.names:
            return
        names = set(screen.names)
        title = screen.names[0]
        self._of_the_host(title, names)
        self._of_what_is_open(screen, title, names)
        if title == "BALANCE_IS":
            self._balance(screen)
            return
        key = self._last_sale() if title == "LAST_SALE" else self._meant(screen, newest)
        if key is None or self._judge.excused(key):
            return
        ended = next((name for name in screen.names if name in TAKEN), "")
        if ended and screen.page in ("approved", "pairs"):
            self._money_was_taken(key, ended, screen)
        if title in NOT_TAKEN:
            self._it_has_ended(key, title)
        nothing = title in NOT_TAKEN or (title == "LAST_SALE" and bool(names & set(NOT_TAKEN)))
        if nothing or names & set(_NOTHING_TAKEN):
            self._money_was_not_taken(key, title)
        for name in names & set(_ORIGINAL_STANDS):
            self._the_original_stands(key, name)
        self._amount(screen)

    def kept(self) -> None:
        """The end of the history: what was said is still true."""
        for key, title in self.taken.items():
            excused = self._judge.excused(key) or key in self._judge.insisted or key in self._judge.losses.gone
            if not excused and not self._stands(key):
                self._judge.wrong(invariants.STRICT_APPROVAL, f'"{title}" was shown of {_name(key)}, and it does not stand')
        for key, title in self._not_taken.items():
            if not self._judge.excused(key) and self._stands(key):
                self._judge.wrong(invariants.NEVER_FALSE_FAILURE, f'"{title}" was shown of {_name(key)}, and the debit stands')

    def _money(self, amount: int, key: "Key | None" = None) -> "set[str]":
        """As it is written with the settings in force; of what is open, with those with which it was sent."""
        sent = self._world.hosts.settings.get(key) if key and self._judge.is_open(key) else None
        return {
            str(port.of("core.money").show(amount, settings.decimals(one))) for one in ([sent] if sent else self._world.in_force)
        }

    # -- which payment

    def _meant(self, screen: Screen, newest: "Key | None") -> "Key | None":
        for line in screen.lines:
            found = _TRACE.search(line)
            if found:
                return next((key for key in reversed(self._judge.proof.amounts) if key[1] == int(found[1])), newest)
        return newest

    def _last_sale(self) -> "Key | None":
        store = self._world.terminal.store
        record = store.last() if store is not None else None
        return (record.batch, record.stan) if record is not None else None

    def _stands(self, key: Key) -> bool:
        row = self._world.row(key)
        return row is not None and row.state == APPROVED

    # -- what is said of it

    def _money_was_taken(self, key: Key, title: str, screen: Screen) -> None:
        row = self._world.row(key)
        if row is None or row.state != APPROVED:
            self._judge.wrong(invariants.STRICT_APPROVAL, f'"{title}" of {_name(key)}, the host has no such debit')
            return
        self.taken[key] = title
        record = self._world.terminal.store.last() if self._world.terminal.store is not None else None
        if record is not None and (record.batch, record.stan) != key:
            self._judge.wrong(invariants.STRICT_APPROVAL, f'"{title}" of {_name(key)} before the journal had it')
        part = row.approved_amount != row.amount
        if (title == "PARTIAL") != part:
            self._judge.wrong(
                invariants.STRICT_APPROVAL, f'"{title}" of {_name(key)}: {row.approved_amount} of {row.amount} stand'
            )
        pattern = r"\d+\.\d+" if all(map(settings.decimals, self._world.in_force)) else r"\d+"
        figures = [line for line in screen.lines if re.fullmatch(pattern, line)]
        if figures and not self._money(row.approved_amount) & set(figures):
            self._judge.wrong(invariants.STRICT_APPROVAL, f"{figures} is shown of {_name(key)}, {row.approved_amount} stand")
        if "PART_OF" in screen.names and not any(money in line for line in screen.lines for money in self._money(row.amount)):
            self._judge.wrong(invariants.STRICT_APPROVAL, f"{screen.lines} of {_name(key)}, {row.amount} were asked for")

    def _money_was_not_taken(self, key: Key, title: str) -> None:
        if self._stands(key):
            self._judge.wrong(invariants.NEVER_FALSE_FAILURE, f'"{title}" of {_name(key)} while the debit stood')
        elif title in NOT_TAKEN and self._judge.is_open(key):
            self._judge.wrong(invariants.NEVER_FALSE_FAILURE, f'"{title}" of {_name(key)}, which is open')
        else:
            self._not_taken[key] = title

    def _it_has_ended(self, key: Key, title: str) -> None:
        store = self._world.terminal.store
        if store is not None and self._judge.open_one(store) == key:
            self._judge.wrong(invariants.NO_SILENT_DROP, f'"{title}" of {_name(key)}, which is still open')

    def _the_original_stands(self, key: Key, name: str) -> None:
        original = self._judge.proof.originals.get(key)
        if original and not self._judge.excused(original) and (self._stands(key) or not self._stands(original)):
            self._judge.wrong(invariants.NEVER_FALSE_FAILURE, f'"{name}" of {_name(original)}, which does not')

    def _balance(self, screen: Screen) -> None:
        """What is told to be on the account is what the host has said."""
        told = self._judge.proof.balance
        figures = [line for line in screen.lines if re.fullmatch(r"-?\d+(?:\.\d+)?", line)]
        if told is None or (figures and not self._money(told) & set(figures)):
            self._judge.wrong(invariants.STRICT_APPROVAL, f"the balance {figures} is shown, the host has told {told}")

    def _amount(self, screen: Screen) -> None:
        """Amount and trace in one line belong together."""
        for line in screen.lines:
            found = _AMOUNT_OF.match(line)
            if not found:
                continue
            amounts = [(key, amount) for key, amount in self._judge.proof.amounts.items() if key[1] == int(found[2])]
            if amounts and found[1] not in {money for key, amount in amounts for money in self._money(amount, key)}:
                self._judge.wrong(
                    invariants.NEVER_FALSE_FAILURE, f"{line!r} is shown, {[amount for _, amount in amounts]} was asked for"
                )

    # -- what is open

    def _of_what_is_open(self, screen: Screen, title: str, names: "set[str]") -> None:
        store = self._world.terminal.store
        if store is None:
            return
        is_open = self._judge.open_now(store)
        if title == "MANUAL":
            record = store.last()
            if record is None or record.state != _MANUAL:
                self._judge.wrong(invariants.NO_SILENT_DROP, f"{screen.lines}, and the journal does not have it")
        elif (title in ("REVERSAL_FAILED", "REFUND_OPEN") or names & set(_OPEN)) and not is_open:
            self._judge.wrong(invariants.NEVER_FALSE_FAILURE, f"{screen.lines}, and nothing is open")
        if screen.page == "idle" and is_open:
            self._judge.wrong(invariants.NO_SILENT_DROP, "the idle screen while a payment is open")
        if screen.page == "reversing":
            for line in screen.lines:
                found = _TRY.search(line)
                if found and int(found[1]) > int(found[2]):
                    self._judge.wrong(invariants.BOUNDED, f"{line!r} is shown")

    # -- what the host is said to have said

    def _of_the_host(self, title: str, names: "set[str]") -> None:
        proof = self._judge.proof
        if title == "CHECK_STATUS":
            for name in names & set(_STATUS):
                if proof.word not in _STATUS[name]:
                    self._judge.wrong(invariants.NEVER_FALSE_FAILURE, f'"{name}", and the host has said {proof.word!r}')
        for name in names & set(_ERRANDS):
            if not proof.did(_ERRANDS[name]):
                self._judge.wrong(invariants.NEVER_FALSE_FAILURE, f'"{name}", and the host has not said so')


def _name(key: Key) -> str:
    return f"STAN {key[1]:06d}"
