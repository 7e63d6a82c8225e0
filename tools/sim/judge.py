"""The invariants of the flows page over one history, checked at every step by who sees both sides.

It hears each request as it leaves, as it arrives and as it is answered, sees each screen at its moment, and is given the store of
each life as the firmware has read it from flash.
"""

import collections
import dataclasses
from typing import TYPE_CHECKING, Any

from bench.states import STATE_NAMES

from acquirer import profiles, report
from acquirer.rows import APPROVED
from campaigns import invariants
from campaigns.judge import NOT_TAKEN, TAKEN

from . import bank, port
from .glass import Screen

if TYPE_CHECKING:
    from .world import World

Key = tuple[int, int]  # (batch, STAN)
_RESULTS = (*TAKEN, *NOT_TAKEN, "PARTIAL", "UNKNOWN", "MANUAL", "BLOCKED", "FAULT", "DONE", "FAILED", "REVERSAL_FAILED")
_NOT_TAKEN = ("MONEY_NOT_TAKEN", "MONEY_RETURNED")  # sentences that promise it beside any title


@dataclasses.dataclass(frozen=True)
class Violation:
    """The name of the invariant, and what was seen."""

    invariant: str
    seen: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.seen}"


class Judge:
    """`violations` of one history.  `excused`: payments about which the host has lied, or whose flash was damaged."""

    def __init__(self, world: "World"):
        self._world = world
        self.violations: list[Violation] = []
        self.sales = self.requests = 0
        self.ends_seen: collections.Counter[str] = collections.Counter()  # titles of results
        self._used: set[Key] = set()
        self._paid: dict[Key, int] = {}  # 0200 that have left
        self._newest: Key | None = None
        self._pending: Key | None = None  # as the last start has found it, until it is settled
        self._settled: set[Key] = set()
        self.damaged = False

    def wrong(self, invariant: str, seen: str) -> None:
        found = Violation(invariant, seen)
        if found not in self.violations:
            self.violations.append(found)
            self._world.heard({"ev": "violation", "invariant": invariant, "seen": seen})
            self._world.note(f"VIOLATION {found}")

    # -- the wire

    def leaves(self, body: bytes) -> None:
        """A request leaves the terminal."""
        message = profiles.decode(body)
        self.requests += 1
        stan = message.stan
        key = bank.about(message)
        self._world.note(f"-> {message.mti} STAN {stan:06d}" + (f" about {key[1]:06d}" if key[1] != stan else ""))
        if message.mti == "0400":
            if self._newest != key and self._pending != key:
                self.wrong(invariants.PENDING_FIRST, f"0400 of STAN {stan:06d}, which was neither sent last nor pending")
            return
        number = (max(message.batch, 0), stan)
        if message.mti in ("0200", "0800", "0820") and stan:
            if number in self._used:
                self.wrong(invariants.UNIQUE_TRACE, f"STAN {stan:06d} of batch {number[0]} used twice, now in {message.mti}")
            self._used.add(number)
        if message.mti == "0200":
            self.sales += message.kind == "sale"
            if self._pending is not None:
                self.wrong(invariants.PENDING_FIRST, f"0200 of STAN {stan:06d} while {self._pending[1]:06d} was pending")
            self._must_be_durable(key)
            self._paid[key] = int(message.fields[4])
            self._newest = key

    def _must_be_durable(self, key: Key) -> None:
        if self._world.flash_damaged:
            return  # a look at such a flash might be what it fails at
        pending = self._open_on_flash()
        if pending != key:
            self.wrong(invariants.DURABLE_FIRST, f"0200 of STAN {key[1]:06d} leaves, and on flash is {pending}")

    def _open_on_flash(self) -> "Key | None":
        """What another start would find open, from the bytes on flash."""
        found = self._world.intent_on_flash()
        return (found.batch, found.stan) if found is not None else None

    # -- the glass

    def sees(self, screen: Screen) -> None:
        title = screen.names[0] if screen.names else ""
        if title in _RESULTS:
            self.ends_seen[title] += 1
        taken = title in TAKEN
        not_taken = title in NOT_TAKEN or bool(set(_NOT_TAKEN) & set(screen.names))
        key = self._newest or self._pending
        if not (taken or not_taken) or key is None or screen.page in ("menu", "pairs") or self._excused(key):
            return
        standing = self._standing(key)
        if taken and not standing:
            self.wrong(invariants.STRICT_APPROVAL, f'"{title}" of STAN {key[1]:06d}, the host has no such debit')
        if taken and self._world.terminal.store is not None:
            record = self._world.terminal.store.last()
            if record is None or (record.batch, record.stan) != key:
                self.wrong(invariants.STRICT_APPROVAL, f'"{title}" of STAN {key[1]:06d} before the journal had it')
        if not_taken and standing:
            self.wrong(invariants.NEVER_FALSE_FAILURE, f'"{title}" of STAN {key[1]:06d} while the debit stood')

    def _standing(self, key: Key) -> bool:
        row = self._world.row(key)
        return row is not None and row.state == APPROVED

    def _excused(self, key: Key) -> bool:
        return key in self._world.bank.lied

    # -- lives

    def act_begins(self) -> None:
        """The person means something else from now on; what is open stays in question."""
        store = self._world.terminal.store
        if store is None:
            self._newest = None  # the next start tells what is open
            return
        with port.visiting(self._world.board):
            self._pending = self._newest = self._pending_of(store)

    def starts(self, store: Any) -> None:
        """A life has read its flash."""
        pending = self._pending_of(store)
        self.damaged = self.damaged or self._world.flash_damaged
        records = self._records(store)
        for key in list(self._paid):
            if key in self._settled or self.damaged:
                continue
            record = records.get(key)
            if key == pending:
                continue
            if record is None:
                self.wrong(invariants.POWER_CUT, f"STAN {key[1]:06d} was sent, and is neither recorded nor pending")
            else:
                self._settled.add(key)
        self._pending = pending
        if pending is not None:
            self._newest = pending
            self._settled.discard(pending)

    @staticmethod
    def _pending_of(store: Any) -> "Key | None":
        from taptill.core.errors import PendingDamaged

        try:
            pending = store.pending()
        except PendingDamaged:
            return None
        return (pending.batch, pending.stan) if pending is not None else None

    @staticmethod
    def _records(store: Any) -> "dict[Key, Any]":
        return {(record.batch, record.stan): record for record in store.records()}

    def fault(self, error: BaseException) -> None:
        """The program has died of what nothing was done to it for."""
        self.wrong(invariants.BOUNDED, f"the program died of {type(error).__name__}: {error}")

    def endless(self, act: object) -> None:
        """An act has not come to its end in its time."""
        self.wrong(invariants.BOUNDED, f"no end of: {act}; on the glass: {self._world.person.screen.lines}")

    def unmountable(self) -> None:
        if not self._world.flash_damaged:
            self.wrong(invariants.POWER_CUT, "the file system cannot be mounted any more")

    # -- the end

    def ends(self, believable: bool) -> None:
        """Faults have stopped, and time has passed: everything is settled, and both books say the same."""
        world = self._world
        store = world.terminal.store
        if store is None:
            if not (self.damaged or world.flash_damaged):
                self.wrong(invariants.BOUNDED, f"the terminal is out of service: {world.person.screen.lines}")
            return
        with port.visiting(world.board):
            self._compare(store, believable)

    def _compare(self, store: Any, believable: bool) -> None:
        world = self._world
        pending = self._pending_of(store)
        lines = report.reconcile(self._journal(store), world.bank.ledger, world.terminal_id)
        if pending is not None and believable and not self.damaged and not world.may_stay_open(pending):
            self.wrong(invariants.BOUNDED, f"STAN {pending[1]:06d} is still open although nothing has gone wrong for long")
        if self.damaged or world.bank.lied or pending is not None:
            lines = [line for line in lines if not self._explained(line, pending)]
        for line in lines:
            self.wrong(invariants.RECONCILED, line)
        for name in world.secrets_on_flash():
            self.wrong(invariants.NO_SECRETS_AT_REST, f"{name} is on flash")
        for line in world.said:
            if any(secret in line for secret in world.clear_secrets):
                self.wrong(invariants.NO_SECRETS_AT_REST, "a secret was said on the cable")

    def _explained(self, line: str, pending: "Key | None") -> bool:
        """Is a difference one that a lie, an open intent, or a damaged flash that was noticed accounts for?"""
        if line.startswith("approved sales:"):
            return True
        keys = set(self._world.bank.lied) | ({pending} if pending else set())
        if any(f"{key[1]:06d}" in line for key in keys):
            return True
        return self.damaged and "not in the journal" in line

    def _journal(self, store: Any) -> "list[dict]":
        journal = []
        for record in store.records():
            if record.state in STATE_NAMES:
                journal.append(
                    {
                        "batch": record.batch,
                        "stan": record.stan,
                        "kind": record.kind,
                        "amount": record.amount,
                        "approved": record.approved,
                        "state": STATE_NAMES[record.state],
                    }
                )
        pending = self._pending_of(store)
        if pending is not None:
            open_one = store.pending()
            journal.append(
                {"batch": pending[0], "stan": pending[1], "kind": open_one.kind, "amount": open_one.amount, "state": "pending"}
            )
        return journal
