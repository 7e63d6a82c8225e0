"""The operator's day: start, idle, sale, result; and what stands in the way of it.

A digit on the idle screen starts a sale.  While a reversal is pending, the idle screen gives way to the desk of
`app.unsettled`; while something is missing on the board, to a screen that says what to load.
"""

import gc

from micropython import const

from ..core.build import VERSION
from ..core.config import LANGUAGE_FILE
from ..core.errors import PendingDamaged, StoreError
from ..drivers import wifi
from ..flows import result as ends
from ..flows import aftermath, reversal, sale, signon
from . import inputs, menus, screens, unsettled

_T_NO_NETWORK = const(19)
_T_WIFI_JOINING = const(21)
_T_B_SIGN_ON = const(238)
_T_CLOCK_SETTING = const(28)
_T_CLOCK_UNSET = const(29)

# What may be missing on a board: name -> sentence and next step (numbers of the texts).
_BLOCKED = {
    "config-missing": (230, 183),
    "config-broken": (231, 183),
    "keys-missing": (232, 183),
    "device-key": (233, 179),
    "storage-full": (235, 179),
    "store": (237, 180),
}

_IDLE_TICK_MS = const(1000)
_FIRST_LINK_MS = const(8000)
_FIRST_TIME_MS = const(5000)
_AGAIN_TICKS = const(20)


class App:
    """`ui` is an app.ui.Ui.  When the board is complete, `terminal` (flows.terminal.Terminal), `wifi` (drivers.wifi.Wifi) and
    `folder` (adapters.files.Folder, for exports) are set before `run`; else `blocked` has been called.
    """

    def __init__(self, ui):
        self.ui = ui
        self.wifi = None
        self.terminal = None
        self.host_seen = False
        self.folder = None
        self.wrong_passwords = 0
        self.locked_until = None
        self._not_on = ends.OK  # why the last sign-on failed
        self._why = None

    def blocked(self, name: str, value: str = "") -> None:
        """Note that the terminal cannot work, and why: a name of _BLOCKED; `value` fills its sentence."""
        self._why = name, value

    async def run(self) -> None:
        """Never returns."""
        if self._why:
            await self._out_of_service()
        await self._start()
        while True:
            if self._unsettled():
                await unsettled.desk(self)
            else:
                await self._idle()
            gc.collect()

    async def _out_of_service(self) -> None:
        name, value = self._why
        text, step = _BLOCKED[name]
        while True:
            await self.ui.blocked(text, step, value)

    async def _start(self) -> None:
        """Settle what a power cut left, then fetch working keys."""
        self.ui.working()  # joining and the time server take longer than the watchdog's first patience
        screens.boot(self.ui.canvas, VERSION, _T_WIFI_JOINING)
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
            screens.boot(self.ui.canvas, VERSION, _T_CLOCK_SETTING)
            await clock.first_answer(_FIRST_TIME_MS)

    async def sign_on(self) -> ends.Result:
        """Sign on, and remember whether the host was there."""
        done = await signon.sign_on(self.terminal)
        self.host_seen = done.end == ends.DONE
        self._not_on = done.why
        self.ui.rest()
        return done

    async def _sign_on_and_tell(self) -> None:
        """Sign on; what only a person can mend (keys refused, a refusing host, no clock) is told, a missing link shows anyway."""
        done = await self.sign_on()
        if done.why in (ends.KEYS_REFUSED, ends.HOST_CODE, ends.BAD_ANSWER, ends.CLOCK, ends.CERTIFICATE):
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
            self.draw_idle()
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
                await menus.main(self)
                return
            elif key in "123456789":
                await self._sell(key)
                return

    async def _sell(self, first: str) -> None:
        """Sales, one after the other: a digit on the screen of a result begins the next one."""
        while first:
            value = await inputs.amount(self.ui, first)
            if value is None:
                return
            done = await self._sale(value)
            key = await self.ui.result(done)
            if done.why == ends.NO_KEYS and self.online():
                await self._sign_on_and_tell()
                return
            first = key if key and key in "123456789" and not self._unsettled() else ""

    async def _sale(self, value: int) -> ends.Result:
        before = self.terminal.store.last()
        try:
            done = await sale.sale(self.terminal, value)
        except MemoryError:
            # Flash tells how far it came; what is still open is reversed before anything else.
            done = aftermath.found(self.terminal, before, value)
        if done.f39 or done.end == ends.REVERSED:  # whatever went wrong before, the host has spoken since
            self.host_seen = True
        elif done.why in (ends.NO_LINK, ends.CLOCK, ends.CERTIFICATE, ends.TIMEOUT, ends.LINK_BROKEN):
            self.host_seen = False
        return done

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
        return self.wifi.state == wifi.UP

    def draw_idle(self) -> None:
        """Merchant, time, Wi-Fi and host."""
        config = self.terminal.config
        ui = self.ui
        name = config.merchant_name_zh if ui.language == "zh" and config.merchant_name_zh else config.merchant_name
        now = self.terminal.clock.now()
        clock = "%02d:%02d" % now[3:5] if now else "--:--"
        note = 0
        if not self.online():
            note = _T_NO_NETWORK
        elif not self.terminal.keys.ready() and self._not_on != ends.CLOCK:
            note = _T_B_SIGN_ON
        elif not now:
            note = _T_CLOCK_UNSET
        screens.idle(ui.canvas, name, clock, self._bars(), self.host_seen, note)

    def _bars(self) -> int:
        """Wi-Fi strength, 0 (none) to 3."""
        rssi = self.wifi.rssi()
        if not rssi:
            return 0
        return 3 if rssi >= -60 else 2 if rssi >= -75 else 1
