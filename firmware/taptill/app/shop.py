"""The operator's day: start, idle, sale, result; and what stands in the way of it.

A digit on the idle screen starts a sale.  While a reversal is open, the idle screen gives way to pages.reversal_open.
"""

import gc
from time import ticks_diff, ticks_ms

from micropython import const

from ..core import checks, logbook, tally, transactions
from ..core.build import VERSION
from ..core.config import LANGUAGE_FILE
from ..core.errors import PendingDamaged, StoreError
from ..core.journal import pending as pendings
from ..drivers import wifi as wlan
from ..flows import again, errands, payment, reversal, sale
from ..flows import result as ends
from . import fault, words
from .fault import StartAnew
from .pages import amount, boot, idle
from .pages.supervisor import Supervisor
from .room import Room
from .telling import Telling
from .ui import BLIND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Coroutine

    from ..drivers.wifi import Wifi
    from ..flows.terminal import Terminal
    from ..ports import Net
    from .roles import Exports, Known, Log, Paper
    from .ui import Ui
    from .witness import Witness


_IDLE_TICK_MS = const(1000)
_FIRST_LINK_MS = const(8000)
_FIRST_TIME_MS = const(5000)
_AGAIN_TICKS = const(20)
_TURN_TICKS = const(4)  # how long one of several lines stands on a low glass
_RESULT_S = const(15)
# Why a sign-on failed that only a person can mend; a missing link shows anyway.
_TOLD = (ends.KEYS_REFUSED, ends.KEY_FILE, ends.HOST_CODE, ends.BAD_ANSWER) + tuple(
    [why for why in ends.NO_CONNECTION if why not in (ends.NO_LINK, ends.NO_WIFI)]
)
_NO_HOST = ends.NO_CONNECTION + (ends.TIMEOUT, ends.LINK_BROKEN)


class Shop:
    """`ui` (app.ui.Ui), `terminal` (flows.terminal.Terminal), `wifi` (drivers.wifi.Wifi), `folder` (adapters.files.Folder),
    `known_owner` (adapters.owner.OwnerFile), `log` (adapters.logbook.LogFiles), `witness` (app.witness.Witness).  `stuck()`:
    flash takes nothing more before the next start, which may mend it.  `net()` makes what is asked why the host is not reached
    (ports.Net); `report(line)` takes what it says.  `paper` (adapters.slip_printer.paper) is None without a printer.
    """

    def __init__(
        self,
        ui: "Ui",
        terminal: "Terminal",
        wifi: "Wifi",
        folder: "Exports",
        known_owner: "Known",
        log: "Log",
        witness: "Witness",
        stuck: "Callable[[], bool]",
        net: "Callable[[], Net]",
        report: "Callable[[str], None]",
        paper: "Paper | None",
    ):
        self.ui = ui
        self.log = log
        self.witness = witness
        self.terminal = terminal
        self.wifi = wifi
        self.folder = folder
        self.known_owner = known_owner
        self._stuck = stuck
        self.net = net
        self.report = report
        self.telling = Telling(ui, terminal.store, terminal.config, log, paper)
        self.supervisor = Supervisor(terminal.config.supervisor)
        self.host_seen = False
        self._not_on = ends.OK  # why the last sign-on failed
        self._out_of_step = False  # the host has refused a payment until there is a sign-on
        self._owner_noted = False
        self._unreached = ends.OK  # why the host was not reached the last time
        self._wants_cause = False  # and nobody has looked yet what is behind it
        self._failed = checks.WELL  # the fault that idle shows, and its sentence
        self._failed_note = 0
        self.standing = ""  # for who asks at the cable: "idle", "reversal open", "" in the middle of something

    def tasks(self) -> list:
        """(name, coroutine) of what has to run beside the shop itself."""
        tasks = [("wifi", self.wifi.run())]
        if self.terminal.config.ntp_host:  # else nobody can be asked for the time
            tasks.append(("clock", self.terminal.clock.run(self.online)))
        return tasks

    async def run(self) -> None:
        """Never returns."""
        await self._start()
        while True:
            if self._unsettled():
                self.standing = "reversal open"
                with Room():
                    from .pages import reversal_open

                    await reversal_open.stay(self)
                self.standing = ""
            else:
                await self._idle()
            gc.collect()
            self.log.weigh()

    async def _start(self) -> None:
        """Say what a power cut kept from being seen, settle what it left open, then fetch working keys."""
        if self.ui.visible() and not self._unsettled():
            await self.telling.tell_unseen()  # this needs no network
        await fault.tell_again(self.ui, self.log)
        self.ui.working()  # joining and the time server take longer than the watchdog's first patience
        boot.draw(self.ui.canvas, VERSION, words.WIFI_JOINING, 0 if self.terminal.config.tls else words.NO_TLS)
        await self.terminal.health.test(False, ticks_ms())  # while it joins
        await self.wifi.wait_up(_FIRST_LINK_MS)
        await self._set_clock()
        for part in (checks.WIFI, checks.CLOCK):
            await self.terminal.health.ask(part)
        recovered = await reversal.recover(self.terminal)
        if recovered:
            self.host_seen = recovered.end != ends.UNKNOWN
            await self.tell(recovered, _RESULT_S if recovered.end == ends.UNKNOWN or not self.ui.visible() else 0)
        if not self._unsettled():
            await self._sign_on_and_tell()
            await self.terminal.health.ask(checks.KEYS)
        self.log.keep()  # why it began anew, too
        self.ui.rest()

    async def _set_clock(self) -> None:
        """The time server goes before the first TLS connection: certificates have dates."""
        config, clock = self.terminal.config, self.terminal.clock
        if config.tls and config.ntp_host and self.online() and clock.now() is None:
            boot.draw(self.ui.canvas, VERSION, words.CLOCK_SETTING)
            await clock.first_answer(_FIRST_TIME_MS)

    async def sign_on(self) -> ends.Result:
        """Sign on, and remember whether the host was there."""
        done = await errands.sign_on(self.terminal)
        self._signed_on(done)
        self.ui.rest()
        return done

    def _signed_on(self, done: ends.Result) -> None:
        self.host_seen = done.end == ends.DONE
        self.unreached(done.why if done.why in _NO_HOST else ends.OK)
        self._not_on = done.why
        if self.host_seen:
            self._out_of_step = False

    async def _sign_on_and_tell(self) -> None:
        done = await self.sign_on()
        if done.why in _TOLD:
            await self.ui.result(done)

    def _unsettled(self) -> bool:
        try:
            return self.terminal.store.pending() is not None
        except PendingDamaged:
            return True

    async def _idle(self) -> None:
        """Wait for a key; a terminal without working keys keeps trying to sign on."""
        ui = self.ui
        ui.rest()
        self._note_owner()
        waited = 0
        dark = not ui.visible()
        if not dark:
            await self.telling.tell_unseen()
        while True:
            self._draw_idle(waited // _TURN_TICKS)
            self.standing = "idle"
            pressed = await ui.key(_IDLE_TICK_MS)
            self.standing = ""
            if not ui.visible():
                dark = True
                if pressed:
                    ui.sound(BLIND)
                    pressed = None
            elif dark:
                dark = False
                pressed = None  # typed while nobody could see what for
                await self.telling.tell_unseen()
            if pressed is None:
                self.log.rest()
                waited += 1
                if waited % _AGAIN_TICKS == 1:
                    key = await self._look_after()
                    pressed = (key, False) if key else None
            if pressed is None:
                if waited >= _AGAIN_TICKS:
                    self.start_anew_if_stuck()
                useless = self._out_of_step or not self.terminal.keys.ready()  # keys that the host would not have, or none
                if waited >= _AGAIN_TICKS and useless and self.online():
                    waited = 0
                    await self.sign_on()
                continue
            key, long = pressed
            if key == "A" and long:
                self.other_language()
            elif key == "A" or (key == "*" and ui.canvas.few_keys):
                with Room():
                    from . import menu_tree
                    from .pages import menu

                    act = await menu.pick(self, words.MENU, menu_tree.MAIN)
                    del menu_tree, menu
                if act:  # the menu's room is free again: a void needs all there is
                    await act(self)
                return
            elif key in "123456789":
                await self._sell(key)
                return

    def start_anew_if_stuck(self) -> None:
        """Nobody is here and flash takes nothing more: raises StartAnew, unless that would cost what only memory knows.

        That is the host's word, refused by flash, and that what is open may only be asked about.
        """
        if not self._stuck():
            return
        try:
            pending = self.terminal.store.pending()
        except PendingDamaged:
            return  # a start would not make it readable
        if pending is None or not (pending.ending or pending.state == pendings.ASKING):
            raise StartAnew("flash")

    async def _look_after(self) -> str:
        """Nobody is here: has been mended what failed?  Why is the host not reached?  And once a day, does everything work?

        The key that ended what was shown, if any was.
        """
        health = self.terminal.health
        await health.again()
        key = await self.find_cause()
        if not key and health.due(_gone_ms):
            await self.ui.unless_key(health.test(True, ticks_ms()))
            if not health.due(_gone_ms):  # no key has cut it off
                self.log.date(tally.CHECKED_AT)
        return key

    def unreached(self, why: int) -> None:
        """The host was not reached for this reason (of flows.result); OK: it was."""
        if why != self._unreached:
            self._unreached = why
            self._wants_cause = why != ends.OK

    async def find_cause(self) -> str:
        """Diagnose a failure that nobody has looked into yet, and tell what is behind it if that was not told.

        A key goes before the diagnosis; the one that ended what was told is returned.
        """
        if not (self._wants_cause and self.ui.visible()):
            return ""
        with Room():
            from .pages import network

            found = await self.ui.unless_key(network.run(self))
            if found is None:
                return ""  # another time
            self._wants_cause = False
            self.host_seen = not found.failed
            if found.tells_more_than(self._unreached):
                return await network.tell(self, found, _RESULT_S)
            return ""

    def _note_owner(self) -> None:
        """Nothing is open: whatever comes next belongs to the host of these settings."""
        if not self._owner_noted:
            self._owner_noted = True
            try:
                self.known_owner.keep(self.terminal.owner)
            except StoreError as error:
                self.log.note(
                    logbook.WARNING, "owner: %s" % error
                )  # only the name would be missing, should the settings be replaced one day

    async def _sell(self, first: str) -> None:
        """Sales, one after the other: a digit on the screen of a result begins the next one."""
        while first:
            if not self.ui.visible():
                self.ui.sound(BLIND)
                return
            refusal = await self.terminal.health.refusal()
            if refusal:
                await self.ui.result(ends.Result(ends.NOT_SENT, ends.NOT_TAKEN, refusal, transactions.SALE.kind))
                return
            value = await amount.ask(self.ui, first)
            if value is None:
                return
            key = await self.pay(transactions.SALE, value, self._sale_of(value))
            first = key if key and key in "123456789" and not self._unsettled() else ""

    def _sale_of(self, value: int) -> "Callable[[], Coroutine[Any, Any, ends.Result]]":
        return lambda: sale.sale(self.terminal, value)

    async def pay(self, row: transactions.Transaction, value: int, flow: "Callable[[], Coroutine[Any, Any, ends.Result]]") -> str:
        """Run the flow of a transaction over `value` (`flow()`) and show its end; the key that ended that screen."""
        before = self.terminal.store.last()
        try:
            done = await again.pay(self.terminal, flow)
        except MemoryError:
            # Flash tells how far it came; what is still open is reversed before anything else.
            done = payment.found(self.terminal, before, row, value)
        if done.f39 or done.end == ends.REVERSED:  # whatever went wrong before, the host has spoken since
            self.host_seen = True
            self.unreached(ends.OK)
        elif done.why in _NO_HOST:
            self.host_seen = False
            self.unreached(done.why)
        if done.told:
            self.telling.note_seen()
            return ""
        key = await self.tell(done)
        if done.not_signed_on:
            self._out_of_step = True
            self._signed_on(done.not_signed_on)
            await self.ui.result(done.not_signed_on)
            return ""
        return key

    async def tell(self, done: ends.Result, timeout_s: int = _RESULT_S) -> str:
        """Show how a payment ended (app.telling.Telling); the key that ended that screen, or ""."""
        return await self.telling.tell(done, timeout_s)

    def other_language(self) -> None:
        """Switch between English and Chinese; the choice survives the power."""
        ui = self.ui
        ui.use("zh" if ui.language == "en" else "en")
        try:
            self.folder.write(LANGUAGE_FILE, ui.language)
        except StoreError as error:
            self.log.note(logbook.WARNING, "language: %s" % error)  # spoken all the same, until the next start

    def online(self) -> bool:
        """True while the Wi-Fi link is up."""
        return self.wifi.state == wlan.UP

    def _draw_idle(self, turn: int) -> None:
        config, ui = self.terminal.config, self.ui
        name = config.merchant_name_zh if ui.language == "zh" and config.merchant_name_zh else config.merchant_name
        now = self.terminal.clock.now()
        clock = "%02d:%02d" % now[3:5] if now else "--:--"
        note = words.HINT_STAR if ui.canvas.few_keys else words.HINT_IDLE
        failed = self.terminal.health.failed()
        if failed:
            note = self._note_of(failed.fault)
        elif not self.online():
            note = words.NO_NETWORK
        elif not self.terminal.keys.ready() and self._not_on != ends.CLOCK:
            note = words.B_SIGN_ON
        elif not now:
            note = words.CLOCK_UNSET
        idle.draw(ui.canvas, name, clock, self.wifi.bars(), self.host_seen, note, turn)

    def _note_of(self, fault: int) -> int:
        """The sentence for what stops payments: looked up once, however long it is shown."""
        if fault != self._failed:
            self._failed, self._failed_note = fault, self.ui.guidance.part(fault).why
        return self._failed_note


def _gone_ms(then: int) -> int:
    return ticks_diff(ticks_ms(), then)
