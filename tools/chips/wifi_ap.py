"""Model of a Wi-Fi access point and of the station that the ESP32's driver keeps.

The rules of status() and of the driver's own retries follow MicroPython's esp32 port
(network_wlan.c); the numbers are the driver's disconnect reasons (esp_wifi_types.h).
"""

STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
BEACON_TIMEOUT = 200
NO_AP_FOUND = 201
WRONG_PASSWORD = 202
ASSOC_LEAVE = 8

_SCAN_MS = 2400  # a scan of all channels that finds nothing


class AccessPoint:
    """An access point somewhere near; `up` says whether it is on the air.  An empty ssid takes any name."""

    def __init__(self, ssid: str = "", password: str = "", connect_ms: int = 250, up: bool = True):
        self.ssid = ssid
        self.password = password
        self.connect_ms = connect_ms
        self.up = up


class Station:
    """The station side; `now_ms()` is any millisecond counter.  Nothing runs: states follow the clock."""

    def __init__(self, point: AccessPoint, now_ms):
        self.point = point
        self._now = now_ms
        self.active = False
        self._connected = False
        self._requested = False
        self._limit = 0  # tries of one connect(); 0 is "for ever"
        self._tries = 0
        self._reason = 0
        self._began = 0
        self.ssid = ""
        self._password = ""
        self.attempts = 0  # all tries ever made

    def set_active(self, on: bool) -> None:
        if self.active and not on:
            self.disconnect()
        self.active = on

    def set_reconnects(self, count: int) -> None:
        """As config(reconnects=count): -1 is "retry for ever", 0 "never by yourself"."""
        self._limit = 0 if count < 0 else count + 1

    def reconnects(self) -> int:
        return self._limit - 1 if self._limit else -1

    def connect(self, ssid: str, password: str) -> None:
        if not self.active:
            raise OSError(-0x3002, "Wifi Not Started")
        self.ssid = ssid
        self._password = password
        self._tries = 0
        self._reason = 0
        self._connected = False
        self._requested = True
        self._begin()

    def disconnect(self) -> None:
        self._requested = False
        if self._connected:
            self._reason = ASSOC_LEAVE
        self._connected = False

    def _begin(self) -> None:
        self._began = self._now()
        self.attempts += 1

    def _fails(self, reason: int) -> None:
        self._connected = False
        self._reason = reason
        if not self._requested:
            return
        if self._limit:
            self._tries += 1
            if self._tries >= self._limit:
                self._requested = False
                return
        self._begin()

    def _tick(self) -> None:
        point = self.point
        if self._connected:
            if not point.up:
                self._fails(BEACON_TIMEOUT)
            return
        if not self._requested:
            return
        age = self._now() - self._began
        if not point.up or (point.ssid and point.ssid != self.ssid):
            if age >= _SCAN_MS:
                self._fails(NO_AP_FOUND)
        elif age >= point.connect_ms:
            if point.ssid and point.password != self._password:
                self._fails(WRONG_PASSWORD)
            else:
                self._connected = True

    def connected(self) -> bool:
        """True with an address; only then bytes travel."""
        self._tick()
        return self._connected

    def status(self) -> int:
        if self.connected():
            return STAT_GOT_IP
        if self._requested:
            return STAT_CONNECTING
        return self._reason or STAT_IDLE
