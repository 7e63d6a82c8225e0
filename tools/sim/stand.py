"""A world that can be set back to any moment of it at which the power may fail, and goes on from there with a new life.

What a life knows is lost with the power: coroutines need not be copied.  What lasts is little: the flash, the ledger, what is on
its way between the two, the time, the cards' counters, and what the judge has seen.
"""

import collections
import dataclasses
import random
from collections.abc import Callable
from typing import Any, NamedTuple

import cards
from acquirer.memory import MemoryLedger
from campaigns import invariants

from . import aio, board, nor, port
from .base import Base
from .faults import Fault, Strikes
from .judge import Judge
from .person import Act, Person
from .plan import Plan
from .reader import Cards
from .tears import Op, Tear
from .world import World

_SETTLE_MS = 60 * 60_000
_DARK_MS = 60_000  # a life begins at a full minute: what two histories have alike is alike in its times, too
_LATE_MS = 1500  # after the power has come back: when a start has reversed what it found
_GONE, _COMES, _LATE = "never arrives", "arrives while it is dark", "arrives in the next life"
_SALE = 7  # minor units, sold to see whether the terminal still sells
_CARD = "visa-credit"
_SELL_MS = 10 * 60_000
_SALES = 3  # the first may only find that nobody answers, the second that the keys are out of step


class Moment(NamedTuple):
    """All that is left when the power has failed.  `on_way`: requests that may still arrive, `late` those that will."""

    flash: nor.Snapshot
    ledger: Any
    on_way: "tuple[bytes, ...]"
    late: "tuple[bytes, ...]"
    now: int
    cards: "dict[str, int]"
    judged: "dict[str, Any]"
    lives: int
    mark: int  # moments of the same mark go on alike


@dataclasses.dataclass
class Told:
    """What a history says of itself up to a moment: the notes of its last life so far, and of those before."""

    notes: "list[str]"
    count: int
    end: str
    before: "Told | None" = None

    def lines(self) -> "list[str]":
        return [*(self.before.lines() if self.before else ()), *self.notes[: self.count], f"CUT: {self.end}"]


class Cut(NamedTuple):
    """A point: the power fails, and the moment that this leaves.  `number`: which of its life."""

    number: int
    moment: Moment
    told: Told


class Stand(World):
    """`watched`, when set, is given every Cut that a life may end in; `tears(op)`: the ways in which an operation is torn.

    `after`: what goes wrong in each life that follows a cut, until it is idle.
    """

    def __init__(self, plan: Plan, base: Base):
        super().__init__(plan, base)
        self.watched: Callable[[Cut], None] | None = None
        self.after: tuple[Fault, ...] = ()
        self.tears: Callable[[Op], list[Tear]] = self.every_way
        self._ledger: MemoryLedger = self.bank.ledger
        self._chance = random.Random(0)
        self._ledger.randomness = lambda count: self._chance.randbytes(count)
        self._on_way: list[bytes] = []
        self._late: list[bytes] = []
        self._cuts_seen = 0
        self._before: Told | None = None  # the lives before this one
        self._shared: tuple[int, Any, dict, int] | None = None  # at that step of the loop: ledger, judge, and their hash
        self._lives = 0
        self.cards: _Counted = _Counted()
        self._judge_hears, self.air.sent = self.air.sent, self._leaves

    # -- what it sees of its own

    def _leaves(self, body: bytes) -> None:
        self._shared = None
        self._judge_hears(body)
        self._on_way.append(body)

    def _arrives(self, body: bytes, deliver: Callable[[bytes], None]) -> None:
        self._shared = None
        if body in self._on_way:
            del self._on_way[: self._on_way.index(body) + 1]  # what has not come before it is lost
        elif body in self._late:
            self._late.remove(body)
        super()._arrives(body, deliver)

    def _shown(self, screen: Any) -> None:
        self._shared = None
        super()._shown(screen)

    def _opened(self, store: Any) -> None:
        self._shared = None
        super()._opened(store)

    # -- the points of a life

    def _step(self, name: str) -> None:
        super()._step(name)
        self._shared = None
        if self.watched is not None:
            self._cut(f"the power fails at: {name}", self.board.flash.snapshot())

    def _flash_operation(self, kind: str, place: int, offset: int, size: int) -> Any:
        happens = super()._flash_operation(kind, place, offset, size)
        return self._torn_in_every_way if happens is None and self.watched is not None else happens

    def _torn_in_every_way(self, op: Op) -> None:
        for tear in self.tears(op):
            self._cut(_words(op, tear), self.board.flash.torn(op, tear))

    def every_way(self, op: Op) -> "list[Tear]":
        return self.board.flash.ways(*op)

    def _cut(self, at: str, flash: nor.Snapshot) -> None:
        """Whoever watches is given the moment; what is on its way comes, comes late, or never."""
        assert self.watched is not None
        if self._shared is None or self._shared[0] != self.loop.steps:
            judged = _seen_by(self.judge)
            ledger = self._ledger.snapshot()
            self._shared = self.loop.steps, ledger, judged, hash((_hashed(vars(ledger)), _hashed(judged)))
        _, ledger, judged, seen = self._shared
        fates: list[tuple[str, tuple, tuple]] = [("", (), ())]
        way = (*self._late, *self._on_way)
        if way:
            fates = [
                (f"; what was sent {_GONE}", (), ()),
                (f"; what was sent {_COMES}", way, ()),
                (f"; what was sent {_LATE}", (), way),
            ]
        for words, comes, late in fates:
            mark = hash((flash.blocks, tuple(flash.marginal.items()), seen, comes, late))
            moment = Moment(flash, ledger, comes, late, self.loop.now, dict(self.cards.counters), judged, self._lives, mark)
            self._cuts_seen += 1
            told = Told(self.notes, len(self.notes), at + words, self._before)
            self.watched(Cut(self._cuts_seen - 1, moment, told))

    # -- lives

    def play_act(self, act: Act) -> None:
        """An act of a person, with its faults."""
        self.act(1, act)
        self._strike()

    def first_life(self) -> None:
        """The terminal is switched on for the first time, and somebody waits until it is idle."""
        self.power_on(board.POWER_ON)
        self.settle()

    def moment(self) -> Moment:
        """The power fails now, while nothing is going on."""
        found: list[Cut] = []
        self.watched = found.append
        self._cut("the power fails while nothing happens", self.board.flash.snapshot())
        self.watched = None
        return found[0].moment

    def live(self, moment: Moment, told: "Told | None" = None) -> None:
        """The power comes back to what `moment` has left; `see_through` is the caller's."""
        self._back_to(moment)
        self._before = told
        self.power_on(board.POWER_ON)

    def see_through(self, watch_sale: bool = False) -> None:
        """Everything gets settled, the terminal still sells, and the books agree; then the power is off.

        Whoever watches does so until it is idle, or with `watch_sale` to the end.
        """
        settled = self.settle()
        self._strike()
        if not watch_sale:
            self.watched = None
        if not self.shut:
            if settled:
                self._sells_on()
            self.run(lambda: not self._late, 10 * _LATE_MS)
        self.watched = None
        self.judge.ends(True)
        self.dies()
        self.people.end()

    def settle(self) -> bool:
        """Somebody waits until the terminal is idle, and sees to what is open; False when it does not come to that."""
        until = self.loop.now + _SETTLE_MS
        while self.loop.now < until and not self.shut:
            self.person.begin(Act("wait", habits=("insists",)))
            ended = self.run(lambda: self.person.done or self.shut, until - self.loop.now)
            if ended and self.terminal.standing == "idle":
                return True
        return False

    def _sells_on(self) -> None:
        """A sale goes through, as before the power failed."""
        records = port.of("core.journal.record")
        for _ in range(_SALES):
            act = Act("sell", _SALE, _CARD)
            self.note(f"-- then somebody {act}")
            self.judge.act_begins()
            store = self.terminal.store
            before = store.last() if store is not None else None
            self.person.begin(act)
            if not self.run(lambda: self.person.done or self.shut, _SELL_MS):
                self.judge.endless(act)
                return
            store = self.terminal.store
            last = store.last() if store is not None else None
            if last is not None and last is not before and last.state == records.APPROVED:
                return
        self.judge.wrong(invariants.BOUNDED, f"no sale goes through any more; on the glass: {self.person.screen.lines}")

    def _strike(self, faults: "tuple[Fault, ...]" = ()) -> None:
        self.arm(Strikes(faults))

    def _back_to(self, moment: Moment) -> None:
        self.loop = aio.begin()
        self.loop.now = (moment.now // _DARK_MS + 1) * _DARK_MS
        self._lives = moment.lives + 1
        for at, source in enumerate((self.random, self.board.random, self.air.random, self._chance)):
            source.seed(4 * self._lives + at)  # alike in all histories of as many lives
        self.board.flash.restore(moment.flash)
        self._ledger.restore(moment.ledger)
        _see_again(self.judge, moment.judged)
        self.cards = _Counted(moment.cards)
        self._strike()
        self.air.forget()
        self.tray.take()
        self.shut, self._resets_of_act, self._shared, self._cuts_seen = False, 0, None, 0
        self.notes, self.said[:] = [], []
        self.people = aio.Life()
        self.person = Person(self)
        aio.create_task(self.person.work(), self.people)
        self._on_way, self._late = [], list(moment.late)
        for body in moment.on_way:
            self._arrives(body, _to_nobody)
        self._strike(self.after)
        for body in moment.late:
            self.loop.after(_LATE_MS, lambda body=body: self._arrives(body, _to_nobody))


class _Counted(Cards):
    """Cards whose counters are known: an issuer does not take one that it has seen."""

    def __init__(self, counters: "dict[str, int] | None" = None):
        super().__init__()
        self.counters = dict(counters or {})

    def of(self, name: str) -> Any:
        if name not in self._cards:
            count = lambda pan, atc: self.counters.update({name: atc})
            self._cards[name] = cards.make(name, atc=self.counters.get(name, 0), on_atc=count)
        return self._cards[name]


def _words(op: Op, tear: Tear) -> str:
    part = f" of {tear.part} bytes" if tear.part else ""
    kept = "" if tear.kept is None else f", of the write cache {'some' if tear.kept else 'nothing'} is kept"
    return f"the power fails at: {op.kind} of {len(op.data)} bytes at {op.offset} of block {op.block}, {tear.how}{part}{kept}"


def _to_nobody(answer: bytes) -> None:
    """The asker is dark."""


_PLAIN = (int, float, str, bytes, tuple, type(None))
_COUNTED = ("sales", "requests")
_SHARED = ("_rest",)  # what it knows of secrets: more does not harm


def _parts(judge: Judge) -> "dict[str, Any]":
    """The judge, and what it is made of."""
    inner = {name: value for name, value in vars(judge).items() if type(value).__module__.startswith("sim.")}
    return {"": judge, **{name: part for name, part in inner.items() if not isinstance(part, World) and name not in _SHARED}}


def _seen_by(judge: Judge) -> "dict[str, dict[str, Any]]":
    """All that it has seen, part by part."""
    kept = (*_PLAIN, dict, list, set)
    return {
        part: {name: _copied(value) for name, value in vars(of).items() if isinstance(value, kept)}
        for part, of in _parts(judge).items()
    }


def _see_again(judge: Judge, seen: "dict[str, dict[str, Any]]") -> None:
    for part, of in _parts(judge).items():
        vars(of).update(_copied(seen[part]))


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        copied = value.copy()
        for name, inner in value.items():
            if not isinstance(inner, _PLAIN):
                copied[name] = _copied(inner)
        return copied
    if isinstance(value, list):
        return [_copied(inner) for inner in value]
    return value.copy() if isinstance(value, set) else value


def _hashed(value: Any) -> int:
    """Of what verdicts depend on; what is only counted is left out."""
    if isinstance(value, collections.Counter):
        return 0
    if isinstance(value, dict):
        return hash(frozenset((name, _hashed(inner)) for name, inner in value.items() if name not in _COUNTED))
    if isinstance(value, (set, list)):
        return hash(frozenset(map(_hashed, value)))
    return hash(value)
