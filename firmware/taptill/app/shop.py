"""The operator's day: start, idle, sale, result; and what stands in the way of it.

A digit on the idle screen starts a sale.  While a reversal is open, the idle screen gives way to pages.reversal_open.
"""

import gc

from micropython import const

from ..core import transactions
from ..core.build import VERSION
from ..core.config import LANGUAGE_FILE
from ..core.errors import PendingDamaged, StoreError
from ..drivers import wifi as wlan
from ..flows import errands, payment, reversal, sale
from ..flows import result as ends
from . import menu_tree, words
from .pages import amount, boot, idle, menu, reversal_open
from .pages.supervisor import Supervisor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Coroutine

    from ..drivers.wifi import Wifi
    from ..flows.terminal import Terminal
    from .roles import Exports
    from .ui import Ui


_IDLE_TICK_MS = const(1000)
_FIRST_LINK_MS = const(8000)
_FIRST_TIME_MS = const(5000)
_AGAIN_TICKS = const(20)
# Why a sign-on failed that only a person can mend; a missing link shows anyway.
_TOLD = (ends.KEYS_REFUSED, ends.HOST_CODE, ends.BAD_ANSWER, ends.CLOCK, ends.CERTIFICATE)
_NO_HOST = (ends.NO_LINK, ends.CLOCK, ends.CERTIFICATE, ends.TIMEOUT, ends.LINK_BROKEN)


class Shop:
    """`ui` (app.ui.Ui), `terminal` (flows.terminal.Terminal), `wifi` (drivers.wifi.Wifi), `folder` (adapters.files.Folder)."""

    def __init__(self, ui: "Ui", terminal: "Terminal", wifi: "Wifi", folder: "Exports"):
        self.ui = ui
        self.terminal = terminal
        self.wifi = wifi
        self.folder = folder
        self.supervisor = Supervisor(terminal.config.supervisor)
        self.host_seen = False
        self._not_on = ends.OK  # why the last sign-on failed

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
                await reversal_open.stay(self)
            else:
                await self._idle()
            gc.collect()

    async def _start(self) -> None:
        """Settle what a power cut left, then fetch working keys."""
        self.ui.working()  # joining and the time server take longer than the watchdog's first patience
        boot.draw(self.ui.canvas, VERSION, words.WIFI_JOINING)
        await self.wifi.wait_up(_FIRST_LINK_MS)
        await self._set_clock()
        recovered = await reversal.recover(self.terminal)
        if recovered:
            self.host_seen = recovered.end == ends.REVERSED
            await self.ui.result(recovered)
        if not self._unsettled():
            await self._sign_on_and_tell()
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
        self.host_seen = done.end == ends.DONE
        self._not_on = done.why
        self.ui.rest()
        return done

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
        waited = 0
        while True:
            self._draw_idle()
            pressed = await ui.key(_IDLE_TICK_MS)
            if pressed is None:
                waited += 1
                if waited >= _AGAIN_TICKS and not self.terminal.keys.ready() and self.online():
                    waited = 0
                    await self.sign_on()
                continue
            key, long = pressed
            if key == "A" and long:
                self.other_language()
            elif key == "A":
                await menu.visit(self, words.MENU, menu_tree.MAIN)
                return
            elif key in "123456789":
                await self._sell(key)
                return

    async def _sell(self, first: str) -> None:
        """Sales, one after the other: a digit on the screen of a result begins the next one."""
        while first:
            value = await amount.ask(self.ui, first)
            if value is None:
                return
            key = await self.pay(transactions.SALE, value, sale.sale(self.terminal, value))
            first = key if key and key in "123456789" and not self._unsettled() else ""

    async def pay(self, row: transactions.Transaction, value: int, flow: "Coroutine[Any, Any, ends.Result]") -> str:
        """Run the flow (a coroutine) of a transaction over `value` and show its end; the key that ended that screen."""
        before = self.terminal.store.last()
        try:
            done = await flow
        except MemoryError:
            # Flash tells how far it came; what is still open is reversed before anything else.
            done = payment.found(self.terminal, before, row, value)
        if done.f39 or done.end == ends.REVERSED:  # whatever went wrong before, the host has spoken since
            self.host_seen = True
        elif done.why in _NO_HOST:
            self.host_seen = False
        key = await self.ui.result(done)
        if done.why == ends.NO_KEYS and self.online():
            await self._sign_on_and_tell()
            return ""
        return key

    def other_language(self) -> None:
        """Switch between English and Chinese; the choice survives the power."""
        ui = self.ui
        ui.use("zh" if ui.language == "en" else "en")
        try:
            self.folder.write(LANGUAGE_FILE, ui.language)
        except StoreError as error:
            print("language:", error)  # spoken all the same, until the next start

    def online(self) -> bool:
        """True while the Wi-Fi link is up."""
        return self.wifi.state == wlan.UP

    def _draw_idle(self) -> None:
        config, ui = self.terminal.config, self.ui
        name = config.merchant_name_zh if ui.language == "zh" and config.merchant_name_zh else config.merchant_name
        now = self.terminal.clock.now()
        clock = "%02d:%02d" % now[3:5] if now else "--:--"
        note = words.HINT_IDLE
        if not self.online():
            note = words.NO_NETWORK
        elif not self.terminal.keys.ready() and self._not_on != ends.CLOCK:
            note = words.B_SIGN_ON
        elif not now:
            note = words.CLOCK_UNSET
        idle.draw(ui.canvas, name, clock, self._bars(), self.host_seen, note)

    def _bars(self) -> int:
        """Wi-Fi strength, 0 (none) to 3."""
        rssi = self.wifi.rssi()
        if not rssi:
            return 0
        return 3 if rssi >= -60 else 2 if rssi >= -75 else 1
