"""One world: a terminal, its host, the network between them and somebody at the counter, playing one plan on virtual time."""

import collections
import datetime
import random
from collections.abc import Callable
from typing import Any

from acquirer import mac as macs
from acquirer.rows import APPROVED, Transaction

from . import aio, bank, board, glass, heap, hosts, person, port, settings, time_server
from .air import Air
from .base import Base
from .board import Board, Reset
from .faults import DAMAGES, Fault, Strikes
from .judge import Judge
from .left import Left
from .nor import Astray, Lost, Nor, PowerCut
from .owner import Owner
from .plan import Plan
from .reader import Cards
from .tears import BEYOND, PROGRAM, Op, Tear, sampled
from .terminal import Terminal

_ACT_MS = 40 * 60_000  # no act may take longer: a time-out, a round of tries and a walk to the shop next door
_DARK_MS = (500, 90_000)
_NEW = 8  # of so many boards one has never been used
_START_MS = 1200
_MOST_RESETS = 30  # of one act
_MOST_MOUNTS = 4
_BEYOND = 4  # of so many operations that are torn one is left with marginal or disturbed bits, now and then


def _unheard(event: dict) -> None:
    """Nobody writes it down."""


class World:
    """Plays `plan` from `base`, a provisioned terminal with its host; afterwards `judge.violations` and `notes` tell.

    `heard(event)`, when set before, hears of what happens, as `recording` writes it down.
    """

    def __init__(self, plan: Plan, base: Base):
        self.plan = plan
        self.loop = aio.begin()
        self.random = random.Random(plan.seed)
        self.notes: list[str] = []
        self.heard: Callable[[dict], None] = _unheard
        self.said: list[str] = []
        self.cuts = self.resets = 0
        self.struck: collections.Counter[str] = collections.Counter()
        self.damaged_now = self.flash_struck = False  # flash lost something in this act; something was the matter with it
        self._found_on: tuple[Nor, int] | None = None  # flash as this life has found it, and how often it had been damaged then
        self._damages = self._unmounted = 0
        self._failing: heap.Failing | None = None
        self._programmed = (0, 0, 1)  # block, offset and size of what was written last
        self.shut = False
        self._timers: list[list] = []  # of what stands for a while within the act
        self._resets_of_act = 0
        self.begun = plan.begins
        self.terminal_id = base.terminal_id
        self.named_secrets = base.secrets
        self.in_force = [plan.settings]  # one; two of which one is, where a provisioning was cut off
        mac, currency = plan.settings.get("mac", macs.ECB), plan.settings.get("currency", "0156")[1:]
        self.bank = bank.Bank(base.ledger(self.clock, mac), base.terminal_id, currency)
        second = bank.Bank(base.ledger(self.clock, mac, 2), base.terminal_id, currency, self.bank)
        self.hosts = hosts.Hosts({settings.FIRST: self.bank, settings.SECOND: second}, self._arrives)
        self.strikes = Strikes()
        self.air = Air(random.Random(plan.seed + 1), self.hosts.at, base.other_bank(self.clock))
        self.air.wlan.network = (plan.settings.get("wifi_ssid", settings.WIFI[0]), settings.WIFI[1])
        self.bank.broken_off = second.broken_off = self.air.break_all
        self.board = Board(Nor(plan.blocks), self.air, random.Random(plan.seed + 2), base.guard, self.said.append)
        base.keep_journals(plan.records, plan.files)
        self._base = base
        self.new = plan.seed % _NEW == 0  # was nothing ever on its flash?
        base.put_into(self.board, plan.settings, plan.first_stan, self.new)
        self.cards = Cards()
        self.tray = self.board.tray
        self.person = person.Person(self)
        self.judge = Judge(self)
        self.terminal = Terminal(self.board, self._shown, self._opened, self._faulted)
        self.board.flash.volatile = plan.volatile
        self.air.step = self._step
        self.air.sent, self.air.read = heap.aside(self.judge.leaves), heap.aside(self.judge.reads)
        self.air.waited = self.judge.waited
        self._sees, self._starts = heap.aside(self.judge.sees), heap.aside(self.judge.starts)
        self.air.ntp = lambda: time_server.answer(plan, self.clock())
        self.board.flash.before = self._flash_operation
        self.owner = Owner(self, base)
        self.people = aio.Life()
        aio.create_task(self.person.work(), self.people)

    # -- what others ask

    def clock(self) -> datetime.datetime:
        """The true time."""
        return self.begun + datetime.timedelta(milliseconds=self.loop.now)

    def note(self, line: str) -> None:
        self.notes.append(f"{self.loop.now / 1000:10.3f}  {line}")

    def press(self, key: str) -> None:
        if self.board.power:
            self.heard({"ev": "key", "key": key})
            self.terminal.keypad.press(key)

    def pin(self, card: str, wrong: bool) -> str:
        return self._base.pin(card, wrong)

    def name(self, number: int) -> str:
        return self._base.name_of(number)

    def row(self, key: "tuple[int, int]") -> "Transaction | None":
        """What the host's books say now of a payment (batch, STAN)."""
        return self.hosts.row(key)

    @property
    def flash_damaged(self) -> int:
        """How often flash has lost something, or told something wrong, which the firmware may have written back in good faith."""
        return self._damages + self.board.flash.lies

    def left_on_flash(self, journal: bool = True) -> Left:
        """What can be read there now."""
        return self._base.left_on(self.board, self.board.flash, journal)

    def depends_on_marginal_bits(self, key: "tuple[int, int]") -> bool:
        """Is a payment open or not as flash happens to be read?"""
        return self._base.depends(self.board, key)

    def left_for_this_life(self) -> Left:
        """What this life could read when it began, and nothing has spoilt since."""
        if self._found_on is None:
            return self.left_on_flash()
        flash, before = self._found_on
        found = self._base.left_on(self.board, flash)
        return found if before == self.flash_damaged else found.common(self.left_on_flash())

    def may_stay_open(self, key: "tuple[int, int]") -> bool:
        """Does the host not take this one back: its day is closed, or what it knows of the trace is another terminal's sale?"""
        if self.hosts.is_a_twins(key):
            return True
        row = self.row(key)
        return row is not None and row.state == APPROVED and row.business_day != self.hosts.business_day(key)

    def stuck(self) -> None:
        """The terminal says that it cannot work."""
        self.shut = True

    # -- steps at which something may happen

    def _struck(self, fault: Fault) -> None:
        self.heard({"ev": "fault", "fault": fault})

    def _arrives(self, body: bytes, deliver: "Callable[[bytes], None]") -> None:
        """A request is at the host."""
        self.bank(body, deliver)

    def _step(self, name: str) -> None:
        if self.strikes.next("power"):
            self.note(f"power fails at: {name}")
            self.heard({"ev": "cut", "step": name})
            raise PowerCut

    def _flash_operation(self, kind: str, place: int, offset: int, size: int) -> Any:
        if self.strikes.next("memory") and self._failing:
            self._failing.soon()
        fault = self.strikes.next("flash")
        if fault:
            return self._flash_fault(fault, place, offset)
        if kind == PROGRAM:
            self._programmed = place, offset, size
        cut = self.strikes.next("power")
        return (lambda op: self._torn(op, cut)) if cut else None

    def _torn(self, op: Op, cut: Fault) -> Tear:
        beyond = cut.value % _BEYOND == 0
        tear = sampled(op, random.Random(cut.value), beyond, self.board.flash.volatile)
        self.struck[f"tear {tear.how}"] += 1
        if tear.how in BEYOND:
            self._spoilt()
        self.note(f"power fails at: {op.kind} of block {op.block}, {tear.how}")
        self.heard({"ev": "cut", "step": op.kind, "how": tear.how, "part": tear.part, "bytes": len(op.data)})
        return tear

    def _flash_fault(self, fault: Fault, place: int, offset: int) -> Any:
        flash, source = self.board.flash, random.Random(fault.value)
        self.flash_struck = True
        self.note(f"flash: {fault.how} at block {place}")
        if fault.how in DAMAGES:
            self._spoilt()
        if fault.how == "lost":
            return Lost()
        if fault.how == "astray":
            return Astray(source.randrange(len(flash.blocks)), offset)
        if fault.how == "rot" and fault.value % 2:
            block, start, size = self._programmed
            flash.flip(block, 8 * start + source.randrange(8 * size))  # what was written last holds its bits worst
        elif fault.how == "rot":
            flash.rot(1 + fault.value % 3, source)
        elif fault.how == "unreadable":
            flash.unreadable(place, fault.value % 6 + 1)
        elif fault.how == "disturbed":
            flash.disturb(60)
        else:
            flash.worn[place] = fault.how  # "fails", "deaf", "denies"
        return None

    def _spoilt(self) -> None:
        """Flash loses something that was written to it."""
        self._damages += 1
        self.flash_struck = self.damaged_now = True

    def _shown(self, screen: glass.Screen) -> None:
        if screen.names != self.person.screen.names or screen.page != self.person.screen.page:
            self.note("[" + " / ".join(line for line in screen.lines if line) + "]")
            self._hear(screen, True)
            self._sees(screen)
            self.person.saw(screen)
            self._step("screen")
        else:
            self._hear(screen, False)
            self.person.saw(screen)

    def _hear(self, screen: glass.Screen, new: bool) -> None:
        if self.heard is not _unheard:
            self.heard({"ev": "screen", "text": list(screen.lines), "names": list(screen.names), "page": screen.page, "new": new})

    def _opened(self, store: Any) -> None:
        self._starts(store)

    def _faulted(self, error: BaseException) -> None:
        self.note(f"program: {type(error).__name__}: {error}")
        if not isinstance(error, (MemoryError, port.of("app.fault").StartAnew)):
            self.judge.fault(error)

    # -- lives

    def pull_the_plug(self) -> None:
        """At a moment when nothing is going on, or is."""
        self.go_dark("the plug is pulled")

    def go_dark(self, why: str) -> None:
        self.cuts += 1
        self.note(why)
        self.heard({"ev": "power", "on": False, "why": why})
        self.dies()
        self.loop.after(self.random.randint(*_DARK_MS), lambda: self.power_on(board.POWER_ON))

    def dies(self) -> None:
        """The power goes."""
        self.board.switch_off()
        self.judge.at_rest()

    def power_on(self, cause: int) -> None:
        """It comes, unless it is on."""
        if self.board.power is not None or self.shut:
            return
        self.heard({"ev": "power", "on": True, "why": "switched on" if cause == board.POWER_ON else "restarted"})
        self._found_on = (self.board.flash.copy(), self.flash_damaged) if self.flash_struck else None
        try:
            self.terminal.power_on(cause)
        except OSError as error:
            self.note(f"the file system cannot be mounted: {error}")
            self.board.flash.power_off()
            self._unmounted += 1
            if self._unmounted < _MOST_MOUNTS:  # the plug is pulled, and put back: a read may have failed that once
                self.loop.after(self.random.randint(*_DARK_MS), lambda: self.power_on(board.POWER_ON))
                return
            self.shut = True
            self.judge.unmountable()

    def run(self, done: Callable[[], bool], milliseconds: int) -> bool:
        """Let time pass until `done()`; False when it has not come to that."""
        until = self.loop.now + milliseconds
        while True:
            try:
                return self.loop.run(done, until)
            except PowerCut:
                self.go_dark("cut")
            except Reset as reset:
                self.resets += 1
                self.note(f"the board starts anew ({reset.cause})")
                if reset.cause == board.WATCHDOG:
                    self.judge.bitten()
                self.heard({"ev": "power", "on": False, "why": "restarted"})
                self.dies()
                self._resets_of_act += 1
                if self._resets_of_act > _MOST_RESETS:
                    self.shut = True
                    return False
                self.loop.after(_START_MS, lambda cause=reset.cause: self.power_on(cause))

    # -- the plan

    def act(self, number: int, act: person.Act) -> None:
        """One of the plan's, until it is over."""
        self.note(f"-- act {number}: {act}")
        for fault in act.faults:
            self.note(f"   to strike: {fault}")
        self.heard({"ev": "act", "n": number})
        self.arm(Strikes(act.faults, self._struck))
        self._set_out(act.faults)
        self._resets_of_act = 0
        self.damaged_now = False
        self.judge.act_begins()
        lines = [fault.at for fault in act.faults if fault.where == "heap"]
        behind = sum(fault.where == "memory" for fault in act.faults)
        fell = lambda: self.struck.update(("heap MemoryError",))
        with heap.failing_at(lines, behind, fell, lambda: self.board.power) as self._failing:
            if act.what == "owner":
                self.owner.visit(act)
            self.person.begin(act)
            ended = self.run(lambda: self.person.done or self.shut, _ACT_MS + 60_000 * act.minutes)
        if not ended:
            self.judge.endless(act)
        self._failing = None
        self._put_right()
        self.struck.update(f"{fault.where} {fault.how}" for fault in self.strikes.struck)

    def arm(self, strikes: Strikes) -> None:
        """What goes wrong from now on."""
        self.strikes = self.air.strikes = strikes
        self.hosts.arm(strikes)

    def _set_out(self, faults: "tuple[Fault, ...]") -> None:
        """What stands as long as the act lasts."""
        for fault in faults:
            if fault.where == "link":
                self._later(fault.value, lambda: self._goes(self.air, "link"))
                self._later(fault.value + 30_000, lambda: setattr(self.air, "link", True))
            elif fault.where == "clock":
                self.struck["clock leap"] += 1
                self.board.rtc.leap(fault.value)
            elif fault.where == "display":
                self._later(fault.value, lambda: self._goes(self.terminal.oled, "lit"))
                self._later(fault.value + 20_000, lambda: setattr(self.terminal.oled, "lit", True))
            elif fault.where == "reader":
                self.struck["reader off"] += 1
                self.tray.silent = True
            elif fault.where == "key":
                self.struck[f"key {fault.how}"] += 1
                self.terminal.key_fault(fault.how, glass.LAYOUT[fault.value % len(glass.LAYOUT)])
            elif fault.where == "time":
                self._later(fault.value, self._if_on)

    def _goes(self, part: Any, name: str) -> None:
        self.struck[f"{'display' if name == 'lit' else name} off"] += 1
        setattr(part, name, False)

    def _later(self, milliseconds: int, what: Callable[[], None]) -> None:
        """As long as the act lasts."""
        self._timers.append(self.loop.after(milliseconds, what))

    def _if_on(self) -> None:
        if self.board.power is not None:
            self.struck["time off"] += 1
            self.go_dark("power fails while nothing happens")

    def _put_right(self) -> None:
        """What stands as long as the act lasts is over.  A worn block is not: it stays so until faults stop."""
        for timer in self._timers:
            self.loop.drop(timer)
        self._timers = []
        self.air.link, self.terminal.oled.lit, self.tray.silent = True, True, False
        self.board.flash.disturb(0)
        self.terminal.key_fault("", "")
