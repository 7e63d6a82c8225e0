"""The invariants of the flows page over one history, checked at every step by who sees both sides.

It hears each request as it leaves, as it arrives and as it is answered, sees each screen at its moment, and is given the store of
each life as the firmware has read it from flash.  What the wire has proven stands in `proof`, what screens promise in `promises`,
what must lie nowhere in the clear in `rest`.
"""

import collections
import dataclasses
from typing import Any

from acquirer.kinds import KINDS
from acquirer.wire import Message
from campaigns import invariants
from campaigns.judge import NOT_TAKEN, TAKEN

from . import aio, bank, entries, port
from .glass import Screen
from .losses import Losses, unset
from .originals import Originals
from .promises import Promises
from .proof import Proof
from .rest import Rest
from .roles import Scene

Key = tuple[int, int]  # (batch, STAN)
_RESULTS = (*TAKEN, *NOT_TAKEN, "PARTIAL", "UNKNOWN", "MANUAL", "BLOCKED", "FAULT", "DONE", "FAILED", "REVERSAL_FAILED")
_RESULTS += ("REFUND_OPEN", "BALANCE_IS", "NO_BALANCE")
_APPROVED = (65, 80)  # core.journal.record.APPROVED and PARTIAL
_REVERSING, _ASKING = 2, 3  # core.journal.pending: a reversal is decided; it is only asked about
_LOST = 2  # core.journal.pending.LOST: all but trace and amount of the intent is gone
_BEGINS = ("idle", "amount", "trace")  # pages before a payment, or with which one begins
_WAITS = ("wait", "reversing")  # pages of a terminal that works; any other ends a round of tries
_WAIT_SLACK_MS = 1500


@dataclasses.dataclass(frozen=True)
class Violation:
    """The name of the invariant, and what was seen."""

    invariant: str
    seen: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.seen}"


class Judge:
    """`violations` of one history.  `excused`: payments about which the host has lied, or whose flash was damaged."""

    def __init__(self, world: Scene):
        self._world = world
        self.violations: list[Violation] = []
        self.sales = self.requests = 0
        self.ends_seen: collections.Counter[str] = collections.Counter()  # titles of results
        self.proof = Proof(self.wrong)
        self.set_anew()
        self.promises = Promises(world, self)
        self._rest = Rest(world.named_secrets)
        self._used: set[Key] = set()
        self._newest: Key | None = None
        self._pending: Key | None = None  # as the last start has found it, until it is settled
        self._settled: set[Key] = set()
        self._unrecorded: set[Key] = set()  # 0200 that have left, and have no end in the journal yet
        self._recorded = 0  # number of the newest record that was looked at
        self._tries = 0
        self._used_before: set[Key] = set()  # the host has said so, and the terminal has read it
        self._amount = ""  # that stood above what was asked of the card
        self._originals = Originals(world, self)
        self._undecided: set[Key] = set()  # reversed on a flash of which marginal bits may tell another end at any time
        self.insisted: set[Key] = set()  # a person wants them reversed, whatever became of them
        self.losses = Losses(world, self)

    def set_anew(self) -> None:
        """Other settings are in force."""
        self._patience_ms = 1000 * max(one.get("answer_timeout_s", 60) for one in self._world.in_force)
        self._most_tries = max(one.get("reversal_tries", 3) for one in self._world.in_force)
        self.proof.patience_ms = self._patience_ms

    def wrong(self, invariant: str, seen: str) -> None:
        found = Violation(invariant, seen)
        if found not in self.violations:
            self.violations.append(found)
            self._world.heard({"ev": "violation", "invariant": invariant, "seen": seen})
            self._world.note(f"VIOLATION {found}")

    # -- the wire

    def leaves(self, body: bytes) -> None:
        """A request leaves the terminal."""
        message = bank.decoded(body)
        self.requests += 1
        stan = message.stan
        key = bank.about(message)
        self._world.note(f"-> {message.mti} STAN {stan:06d}" + (f" about {key[1]:06d}" if key[1] != stan else ""))
        self._look_at_the_journal()
        self._rest.sent(message)
        self._to_its_own(message, key)
        if message.mti == "0400":
            self._reversal(key)
        else:
            self._other_request(message, key)
        for open_one in self._open():
            self._same_batch(open_one)
        self.proof.left(message, key, aio.loop.now)

    def _to_its_own(self, message: Message, key: Key) -> None:
        """What is open is asked about, and reversed, at the host that it was sent to, and nowhere else."""
        owner = self._world.hosts.leaves(message, key, self._world.air.to, self._world.in_force)
        if owner and message.kind in ("reversal", "inquiry"):
            self.wrong(invariants.NO_SILENT_DROP, f"{message.kind} of STAN {key[1]:06d} to another host than {owner.host}'s")

    def _reversal(self, key: Key) -> None:
        store = self._world.terminal.store
        if key not in (self._newest, self._pending) and (store is None or self.open_one(store) != key):
            self.wrong(invariants.PENDING_FIRST, f"0400 of STAN {key[1]:06d}, which was neither sent last nor pending")
        if key in self.promises.taken and key not in self.insisted and not self.excused(key):
            self.wrong(invariants.STRICT_APPROVAL, f"0400 of STAN {key[1]:06d}, which was shown as approved")
        if key in self.proof.asked_about:
            self.wrong(invariants.RECONCILED, f"0400 of STAN {key[1]:06d}, which is only asked about")
        if key in self._used_before and not self.excused(key):
            self.wrong(invariants.RECONCILED, f"0400 of STAN {key[1]:06d}, which the host has called used before")
        if not self._world.damaged_now:
            self._must_be_decided(key)
        elif self._world.depends_on_marginal_bits(key):
            self._world.note(f"0400 of STAN {key[1]:06d} on a flash that says now that it is open, and may say that it is not")
            self._undecided.add(key)
        self._tries += 1
        if self._tries > self._most_tries:
            self.wrong(invariants.BOUNDED, f"0400 of STAN {key[1]:06d}: {self._tries} in a round of {self._most_tries}")

    def _must_be_decided(self, key: Key) -> None:
        found = self._world.left_on_flash()
        # A flash that takes nothing more has the intent: the next start would send the same 0400 on it.
        if found.intent != key or not (found.state == _REVERSING or self._world.board.blocks.closed):
            self.wrong(invariants.DURABLE_FIRST, f"0400 of STAN {key[1]:06d} leaves, and the decision is not on flash")
        elif key not in found.unsettled:  # that start would believe a record whose append has failed, and reverse nothing
            self.wrong(invariants.DURABLE_FIRST, f"0400 of STAN {key[1]:06d} leaves, and on flash stands an end of it that holds")

    def _other_request(self, message: Message, key: Key) -> None:
        stan = message.stan
        number = (max(message.batch, 0), stan)
        pays = KINDS.get(message.kind)
        if (pays or message.mti in ("0600", "0800", "0820")) and stan:
            if number in self._used:
                self.wrong(invariants.UNIQUE_TRACE, f"STAN {stan:06d} of batch {number[0]} used twice, now in {message.mti}")
            self._used.add(number)
        for open_one in self._open():
            if open_one != key:
                self._beside(message, open_one)
        if pays and pays.journaled:
            self.sales += message.kind == "sale"
            self._must_be_durable(key)
            self._originals.leaves(message, key)
            self._unrecorded.add(key)
            self._newest = key

    def _beside(self, message: Message, open_one: Key) -> None:
        """Something leaves while a payment is open: only a question about it may, and a sign-on where it needs one."""
        store = self._world.terminal.store
        if message.kind == "signon":
            ready = store is not None and self._world.terminal.app.terminal.keys.ready()
            fair = self.proof.out_of_step or not ready or self.excused(open_one)
        else:
            fair = message.kind in ("inquiry", "echo")
        if self._world.flash_damaged and store is not None and "pending" in store.lost:
            return  # it was told that flash has lost what may be open
        if not fair:
            self.wrong(invariants.PENDING_FIRST, f"{message.mti} of STAN {message.stan:06d} while {open_one[1]:06d} was open")

    def _same_batch(self, open_one: Key) -> None:
        store = self._world.terminal.store
        if store is not None and store.batch() != open_one[0] and "counter" not in self.losses.said:
            self.wrong(invariants.PENDING_FIRST, f"batch {store.batch()} while STAN {open_one[1]:06d} of {open_one[0]} was open")

    def _open(self) -> "set[Key]":
        return self._unrecorded | ({self._pending} if self._pending else set())

    def _must_be_durable(self, key: Key) -> None:
        if self._world.damaged_now:
            return  # it may have been there
        found = self._world.left_on_flash(journal=False)
        if found.intent != key:
            self.wrong(invariants.DURABLE_FIRST, f"the request of STAN {key[1]:06d} leaves, and on flash is {found.intent}")
        elif found.marked != key:
            seen = f"the request of STAN {key[1]:06d} leaves, and the marks know of {found.marked}: nobody would miss it"
            self.wrong(invariants.DURABLE_FIRST, seen)

    def reads(self, body: bytes) -> None:
        """The terminal has read an answer, whole."""
        given = self._world.bank.given.get(bank.bare(body))
        if given is not None and given.fits and given.answer.text(39) == "94" and given.about == self.proof.awaited:
            self._used_before.add(given.about)
        self.proof.read(given, aio.loop.now)
        if given is not None and given.kind == "signon":
            self._rest.keys(self._world.hosts.working_keys())

    def waited(self, milliseconds: int) -> None:
        """A connection was kept for so long after a request."""
        if milliseconds > self._patience_ms + _WAIT_SLACK_MS:
            self.wrong(invariants.BOUNDED, f"{milliseconds} ms were waited for an answer, {self._patience_ms} are set")

    # -- the glass

    def sees(self, screen: Screen) -> None:
        title = screen.names[0] if screen.names else ""
        if title in _RESULTS:
            self.ends_seen[title] += 1
        self._look_at_the_journal()
        if screen.page not in _WAITS:
            self._tries = 0
        if title == "REVERSE_ANYWAY":
            self.insisted |= {key for key in (self._newest, self._pending) if key}
        if screen.page in _BEGINS and not self._open():
            self._newest = None  # what is shown from now on is about another payment
        if screen.page == "password":
            self.proof.supervised = True
        for name in self._rest.in_words(" ".join(screen.lines)):
            self.wrong(invariants.NO_SECRETS_AT_REST, f"{name} is on the screen")
        if screen.page in ("present", "remove"):
            self._amount = screen.lines[0]
        others = tuple(line for line in screen.lines if line != self._amount)  # one without decimals looks like any figures
        if screen.page == "pin" and self._rest.shows(self._world.person.pin, others):
            self.wrong(invariants.NO_SECRETS_AT_REST, "the PIN is on the screen")
        self.promises.check(screen, self._newest or self._pending)

    def is_open(self, key: Key) -> bool:
        """Has it left, and has no end in the journal?"""
        return key in self._open()

    def excused(self, key: Key) -> bool:
        return key in self._world.bank.lied or key in self._undecided

    # -- the journal

    def _look_at_the_journal(self) -> None:
        """What has come to its end since the last look must be proven."""
        store = self._world.terminal.store
        record = store.last() if store is not None else None
        if store is not None and store.lost:
            self.losses.hear(store)
        if record is not None and record.seq != self._recorded:
            self._recorded = record.seq
            self._ended(record)

    def _ended(self, record: Any) -> None:
        key = record.batch, record.stan
        self._unrecorded.discard(key)
        self._originals.stands[key] = record.state in _APPROVED
        if self._pending == key:
            self._pending = None
        if not self.excused(key):
            self.proof.record(record)

    def open_now(self, store: Any) -> bool:
        """Is a payment open, readable or not, as this life knows it?"""
        with port.visiting(self._world.board):
            return bool(store.open_ends())

    # -- lives

    def act_begins(self) -> None:
        """The person means something else from now on; what is open stays in question."""
        store = self._world.terminal.store
        if store is None:
            self._newest = None  # the next start tells what is open
            return
        with port.visiting(self._world.board):
            self._pending = self._newest = self.open_one(store)
        self._tries = 0

    def starts(self, store: Any) -> None:
        """A life has read its flash."""
        self._forget_numbers()
        pending = self.open_one(store)
        listed = self._with_the_last(store, list(store.records()))
        records = {(record.batch, record.stan): record for record in listed}
        self._tries = 0
        for key, record in records.items():
            if key in self.proof.amounts and key not in self._settled and key != pending:
                self._settled.add(key)
                self._ended(record)
        self._account(store, listed)
        self._recorded = max([record.seq for record in records.values()], default=0)
        self._pending = pending
        if pending is not None:
            if store.pending().state != _ASKING:
                self._used_before.discard(pending)  # the power failed before the host's word was on flash
            self._newest = pending
            self._settled.discard(pending)

    def _forget_numbers(self) -> None:
        """Where damage has set back all that knows which trace numbers are taken, nobody can see that there were more."""
        if self._world.flash_damaged:
            left = self._world.left_for_this_life()
            self._used = {(batch, stan) for batch, stan in self._used if batch != left.batch or stan <= left.taken}

    def _account(self, store: Any, listed: "list[Any]") -> None:
        """Every payment that was sent is recorded, open, or told to be lost."""
        self.losses.look(store, listed, self.proof.amounts, unset(store))
        self._unrecorded -= self.losses.gone

    @staticmethod
    def open_one(store: Any) -> "Key | None":
        """The payment that a store says is open, if it can be read."""
        from taptill.core.errors import PendingDamaged

        try:
            pending = store.pending()
        except PendingDamaged:
            return None
        return (pending.batch, pending.stan) if pending is not None else None

    @staticmethod
    def _with_the_last(store: Any, records: "list[Any]") -> "list[Any]":
        """The journal, with the newest record, which flash may not have taken yet."""
        last = store.last()
        return [*records, *([last] if last else ())]

    def fault(self, error: BaseException) -> None:
        """The program has died of what nothing was done to it for."""
        self.wrong(invariants.BOUNDED, f"the program died of {type(error).__name__}: {error}")

    def bitten(self) -> None:
        """The watchdog has restarted it."""
        self.wrong(invariants.BOUNDED, f"a task hung until the watchdog bit; on the glass: {self._world.person.screen.lines}")

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
            if not world.flash_damaged:
                self.wrong(invariants.BOUNDED, f"the terminal is out of service: {world.person.screen.lines}")
            return
        with port.visiting(world.board):
            self._compare(store, believable)

    def _compare(self, store: Any, believable: bool) -> None:
        world = self._world
        pending = self.open_one(store)
        records = list(store.records())
        self._account(store, self._with_the_last(store, records))
        lines = world.hosts.differences(entries.of(records, store.pending() if pending is not None else None))
        lost = pending is not None and store.pending().trust == _LOST  # it is only asked about, and told as that
        if pending is not None and believable and not lost and not world.may_stay_open(pending):
            self.wrong(invariants.BOUNDED, f"STAN {pending[1]:06d} is still open although nothing has gone wrong for long")
        lines = [line for line in lines if not self._explained(line, pending)]
        for line in lines:
            self.wrong(invariants.RECONCILED, line)
        stand = [(record.batch, record.stan, record.seq) for record in records if record.state in _APPROVED]
        # What is asked about may have its end twice under one number, of which the first was in doubt: the second holds.
        asked = {one for one in stand if one[:2] in self.proof.asked_about}
        twice = collections.Counter(one[:2] for one in [*asked, *(one for one in stand if one not in asked)])
        for key, count in twice.items():
            if count > 1:
                self.wrong(invariants.RECONCILED, f"STAN {key[1]:06d} stands {count} times in the journal")
        self.promises.kept()
        for name in self._rest.in_words("\n".join(world.said)):
            self.wrong(invariants.NO_SECRETS_AT_REST, f"{name} was said on the cable")

    def at_rest(self) -> None:
        """A life ends: this is what somebody finds who takes the chip out."""
        for name in self._rest.on_flash(self._world.board.flash.blocks):
            self.wrong(invariants.NO_SECRETS_AT_REST, f"{name} is on flash")

    def _explained(self, line: str, pending: "Key | None") -> bool:
        """Is a difference one that a lie, an open intent, or a damaged flash that was noticed accounts for?"""
        keys = {*self._world.bank.lied, *self._undecided, *self.losses.gone, *([pending] if pending else ())}
        if keys and line.startswith("approved sales:"):
            return True  # the sum of what follows one by one
        if any(f"{key[1]:06d}" in line for key in keys):
            return True
        return self._world.flash_damaged and "cannot be read" in line
