"""Wi-Fi supervisor: the one owner of reconnecting.

The driver of the chip retries by itself for ever and hides why; here it gets no retries, and every failure
is seen, named and waited out with a pause that doubles.
"""

import asyncio
from time import ticks_diff, ticks_ms

DISABLED = 0
CONNECTING = 1
UP = 2
WAITING = 3
WRONG_PASSWORD = 4
NO_AP = 5

# WLAN.status() on the ESP32 (MicroPython network.STAT_…, ESP-IDF wifi_err_reason_t).
_CONNECTING = 1001
_NO_AP_FOUND = (201, 210, 211, 212)
_PASSWORD = (15, 202, 204)

_TRY_MS = 15000
_LOOK_MS = 200
_FIRST_PAUSE_MS = 1000
_LONGEST_PAUSE_MS = 60000


class Wifi:
    """Keeps `wlan` (a network.WLAN in station mode) connected to `ssid`.

    `state` is one of DISABLED, CONNECTING, UP, WAITING, WRONG_PASSWORD and NO_AP; the last two also wait and
    try again.  `tries` counts failures in a row, `pause_ms` is the present pause.
    """

    def __init__(self, wlan, ssid: str, password: str):
        self._wlan = wlan
        self._ssid = ssid
        self._password = password
        self._enabled = True
        self._changed = asyncio.Event()
        self._wake = asyncio.Event()
        self.state = DISABLED
        self.tries = 0
        self.pause_ms = _FIRST_PAUSE_MS

    def enable(self, on: bool) -> None:
        """Switch the supervisor on or off; on also ends a pause at once."""
        self._enabled = on
        self.pause_ms = _FIRST_PAUSE_MS
        self._wake.set()

    def rssi(self) -> int:
        """Signal in dBm, 0 while there is no link."""
        return self._wlan.status("rssi") if self.state == UP else 0

    def address(self) -> str:
        """Our IP address, "" while there is no link."""
        return self._wlan.ifconfig()[0] if self.state == UP else ""

    async def wait_up(self, timeout_ms: int) -> bool:
        """True as soon as the link is up, False when the time has passed."""
        start = ticks_ms()
        while self.state != UP:
            left = timeout_ms - ticks_diff(ticks_ms(), start)
            if left <= 0:
                return False
            self._changed.clear()
            try:
                await asyncio.wait_for_ms(self._changed.wait(), left)
            except asyncio.TimeoutError:
                return self.state == UP
        return True

    async def run(self) -> None:
        """Connect, watch, reconnect for ever: the supervisor's task."""
        while True:
            self._wake.clear()
            if not self._enabled:
                self._wlan.active(False)
                self._set(DISABLED)
                await self._wake.wait()
                continue
            failure = await self._connect()
            if failure == UP:
                self.tries = 0
                self.pause_ms = _FIRST_PAUSE_MS
                self._set(UP)
                while self._enabled and self._wlan.isconnected():
                    await asyncio.sleep_ms(_LOOK_MS)
                # A link that was up and broke is tried again at once: most outages are short.
                self._set(CONNECTING if self._enabled else DISABLED)
            elif self._enabled:
                self.tries += 1
                self._set(failure)
                await self._rest()

    async def _connect(self) -> int:
        wlan = self._wlan
        try:
            wlan.active(True)
            wlan.config(reconnects=0)
            if wlan.isconnected():
                return UP
            self._set(CONNECTING)
            wlan.connect(self._ssid, self._password)
        except (OSError, RuntimeError):
            # "Wifi Internal State Error": the stack is in the middle of something; a fresh start clears it.
            wlan.active(False)
            return WAITING
        start = ticks_ms()
        status = _CONNECTING
        while self._enabled and ticks_diff(ticks_ms(), start) < _TRY_MS:
            if wlan.isconnected():
                return UP
            status = wlan.status()
            if status != _CONNECTING:
                break
            await asyncio.sleep_ms(_LOOK_MS)
        wlan.disconnect()
        if status in _NO_AP_FOUND:
            return NO_AP
        return WRONG_PASSWORD if status in _PASSWORD else WAITING

    async def _rest(self) -> None:
        pause = self.pause_ms
        self.pause_ms = min(2 * pause, _LONGEST_PAUSE_MS)
        try:
            await asyncio.wait_for_ms(self._wake.wait(), pause)
        except asyncio.TimeoutError:
            self._wake.clear()

    def _set(self, state: int) -> None:
        if state != self.state:
            self.state = state
            self._changed.set()
