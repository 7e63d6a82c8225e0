"""Wi-Fi supervisor: the one owner of reconnecting.

The driver of the chip retries by itself for ever and hides why; here it gets no retries, and every failure
is seen, named and waited out with a pause that doubles.
"""

import asyncio
from time import ticks_diff, ticks_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from network import WLAN


DISABLED = 0
CONNECTING = 1
UP = 2
WAITING = 3
WRONG_PASSWORD = 4
NO_AP = 5
NO_ADDRESS = 6

# WLAN.status() on the ESP32 (MicroPython network.STAT_…, ESP-IDF wifi_err_reason_t).
_IDLE = 1000
_CONNECTING = 1001
_GOT_IP = 1010
_NO_AP_FOUND = (201, 210, 211, 212)
_PASSWORD = (15, 202, 204)

# What the port raises when the chip refuses a call: "Wifi Not Started", "Wifi Unknown Error 0x0101" …
_REFUSED = (OSError, RuntimeError)

_TRY_MS = 15000
_LOOK_MS = 200
_FIRST_PAUSE_MS = 1000
_LONGEST_PAUSE_MS = 60000
_WANTED_PAUSE_MS = 5000  # the longest pause while somebody waits for the link


class Wifi:
    """Keeps `wlan` (a network.WLAN in station mode) connected to `ssid`.

    `state` is one of DISABLED, CONNECTING, UP, WAITING, WRONG_PASSWORD, NO_AP and NO_ADDRESS; the last three also wait and
    try again.  `failure` is the state that the last try ended in, UP when it came through; `tries` counts failures in a row,
    `pause_ms` is the present pause.

    `told(state, rssi)`, when given, hears of every other state.

    Any call of the chip's driver may be refused (OSError, RuntimeError); nothing of it leaves this class.
    """

    def __init__(self, wlan: "WLAN", ssid: str, password: str, told: "Callable[[int, int], None] | None" = None):
        self._wlan = wlan
        self._told = told
        self._ssid = ssid
        self._password = password
        self._enabled = True
        self._up = asyncio.Event()  # set while the state is UP; only the supervisor sets and clears it
        self._wake = asyncio.Event()  # ends a pause
        self._waiting = 0  # how many wait for the link
        self.state = DISABLED
        self.address_before = ""  # the last one that there was
        self.failure = WAITING
        self.tries = 0
        self.pause_ms = _FIRST_PAUSE_MS

    def enable(self, on: bool) -> None:
        """Switch the supervisor on or off; on also ends a pause at once."""
        self._enabled = on
        self.pause_ms = _FIRST_PAUSE_MS
        self._wake.set()

    def rssi(self) -> int:
        """Signal in dBm, 0 while there is no link."""
        if self.state != UP:
            return 0
        try:
            return self._wlan.status("rssi")
        except _REFUSED:
            return 0  # the link has just gone; the supervisor is about to see it

    def bars(self) -> int:
        """The same for a person: 0 (no link) to 3."""
        rssi = self.rssi()
        return 0 if not rssi else 3 if rssi >= -60 else 2 if rssi >= -75 else 1

    def addresses(self) -> "tuple[str, str, str, str]":
        """Our IP address, the mask, the router's address and the name server's, each "" while there is no link."""
        if self.state != UP:
            return ("", "", "", "")
        try:
            return self._wlan.ifconfig()
        except _REFUSED:
            return ("", "", "", "")

    async def wait_up(self, timeout_ms: int) -> bool:
        """True as soon as the link is up, False when the time has passed.  Ends the supervisor's present pause.

        Any number of tasks may wait at the same time.
        """
        start = ticks_ms()
        self._waiting += 1
        if self.state != UP:
            self._wake.set()
        try:
            while self.state != UP:
                left = timeout_ms - ticks_diff(ticks_ms(), start)
                if left <= 0:
                    return False
                try:
                    await asyncio.wait_for_ms(self._up.wait(), left)
                except asyncio.TimeoutError:
                    return self.state == UP
            return True
        finally:
            self._waiting -= 1

    async def run(self) -> None:
        """Connect, watch, reconnect for ever: the supervisor's task."""
        while True:
            try:
                failure = await self._watch()
            except _REFUSED as error:
                # "Wifi Internal Error": the stack is in the middle of something; a fresh start clears it.
                print("wifi:", error)
                self._stop()
                failure = WAITING
            if failure:
                self.tries += 1
                self.failure = failure
                self._set(failure)
                await self._rest()

    async def _watch(self) -> int:
        """One round: a try and the life of its link, or the time until we are switched on; why the try failed, or 0."""
        self._wake.clear()
        if not self._enabled:
            self._wlan.active(False)
            self._set(DISABLED)
            await self._wake.wait()
            return 0
        failure = await self._connect()
        if failure != UP:
            return failure if self._enabled else 0
        self.tries = 0
        self.failure = UP
        self.pause_ms = _FIRST_PAUSE_MS
        self._set(UP)
        self.address_before = self.addresses()[0]
        while self._enabled and self._wlan.isconnected():
            await asyncio.sleep_ms(_LOOK_MS)
        # A link that was up and broke is tried again at once: most outages are short.
        self._set(CONNECTING if self._enabled else DISABLED)
        return 0

    async def _connect(self) -> int:
        """One try: UP, or why there is no link."""
        wlan = self._wlan
        wlan.active(True)
        wlan.config(reconnects=0)
        if wlan.isconnected():
            return UP
        self._set(CONNECTING)
        # An earlier reason stands in status() until there is an address, whatever the chip is doing meanwhile.
        old = wlan.status()
        wlan.connect(self._ssid, self._password)
        start = ticks_ms()
        while self._enabled and ticks_diff(ticks_ms(), start) < _TRY_MS:
            status = wlan.status()
            if wlan.isconnected():
                return UP
            if status == _CONNECTING:
                old = _IDLE  # nothing stands there: the next reason is this try's
            elif status not in (old, _IDLE, _GOT_IP):
                break
            await asyncio.sleep_ms(_LOOK_MS)
        failure = _named(wlan.status())
        if failure == WAITING and _joined(wlan):
            failure = NO_ADDRESS
        wlan.disconnect()
        if failure not in (WAITING, NO_ADDRESS):
            # A join that is begun and broken off leaves "left" as the last reason, so that the same reason in the next
            # try is seen to be new; without it that try would have to wait for all its time.
            try:
                wlan.connect()
                wlan.disconnect()
            except _REFUSED as error:
                print("wifi:", error)  # the next try may have to wait for all its time
        return failure

    def _stop(self) -> None:
        try:
            self._wlan.active(False)
        except _REFUSED as error:
            print("wifi:", error)

    async def _rest(self) -> None:
        pause = self.pause_ms
        self.pause_ms = min(2 * pause, _LONGEST_PAUSE_MS)
        if self._waiting:
            pause = min(pause, _WANTED_PAUSE_MS)
        try:
            await asyncio.wait_for_ms(self._wake.wait(), pause)
        except asyncio.TimeoutError:
            self._wake.clear()

    def _set(self, state: int) -> None:
        other = state != self.state
        self.state = state
        if state == UP:
            self._up.set()
        else:
            self._up.clear()
        if other and self._told:
            self._told(state, self.rssi())


def _joined(wlan: "WLAN") -> bool:
    """Is there an access point on the other end?  The port tells its signal then, address or not."""
    try:
        wlan.status("rssi")
    except _REFUSED:
        return False
    return True


def _named(status: int) -> int:
    """The state that tells a status of a try that failed."""
    if status in _NO_AP_FOUND:
        return NO_AP
    return WRONG_PASSWORD if status in _PASSWORD else WAITING
