"""Model of a Wi-Fi access point and of the station that the ESP32's driver keeps.

The rules of status(), of the driver's own retries and of the calls that are refused follow MicroPython's esp32 port 1.25
(network_wlan.c, network_common.c) and ESP-IDF's esp_wifi.h; the numbers are the driver's disconnect reasons
(esp_wifi_types.h).
"""

STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
HANDSHAKE_4WAY = 15
BEACON_TIMEOUT = 200
NO_AP_FOUND = 201
WRONG_PASSWORD = 202
CONNECTION_FAIL = 205
ASSOC_LEAVE = 8

_SCAN_MS = 2400  # a scan of all channels that finds nothing

# What status() shows of the last disconnect reason although a new join is under way (network_wlan.c, status).
_STANDS = {
    NO_AP_FOUND: NO_AP_FOUND,
    210: 210,
    211: 211,
    212: 212,
    WRONG_PASSWORD: WRONG_PASSWORD,
    CONNECTION_FAIL: WRONG_PASSWORD,
    ASSOC_LEAVE: STAT_IDLE,
}


class AccessPoint:
    """An access point somewhere near; `up` says whether it is on the air.  An empty ssid takes any name.

    `refusal` is the reason that a station with another password is told; `leases` says whether anybody behind it gives
    addresses (DHCP): without one a station has joined and has no link.  `taken`: another station has the address that it offers
    (chips.lan).  `level` is the signal in dBm.
    """

    def __init__(
        self,
        ssid: str = "",
        password: str = "",
        connect_ms: int = 250,
        up: bool = True,
        refusal: int = WRONG_PASSWORD,
        leases: bool = True,
    ):
        self.level = -55
        self.taken = False
        self.ssid = ssid
        self.password = password
        self.connect_ms = connect_ms
        self.up = up
        self.refusal = refusal
        self.leases = leases


class Station:
    """The station side; `now_ms()` is any millisecond counter.  Nothing runs: states follow the clock.

    The last disconnect reason is overwritten by the next one and cleared by an address, by nothing else: connect(),
    disconnect() without a join or a link, and switching the radio off and on leave it as it is.
    """

    def __init__(self, point: AccessPoint, now_ms):
        self.point = point
        self._now = now_ms
        self.active = False
        self._connected = False
        self._joining = False  # a join is under way
        self._joined = False  # joined, and waiting for an address
        self._requested = False  # connect() was called, and disconnect() not since
        self._limit = 0  # failures after which the driver joins no more by itself; 0 is "never stop"
        self._failures = 0  # since connect() or the radio's start
        self._reason = 0
        self._began = 0
        self.ssid = ""
        self._password = ""
        self.attempts = 0  # all tries ever made

    def set_active(self, on: bool) -> None:
        self._tick()
        if self.active and not on:
            self._leave()
        if on and not self.active:
            self._failures = 0
        self.active = on

    def set_reconnects(self, count: int) -> None:
        """As config(reconnects=count): -1 is "retry for ever", 0 "never by yourself".  Raises OSError."""
        self._need_start()
        self._limit = 0 if count < 0 else count + 1

    def reconnects(self) -> int:
        return self._limit - 1 if self._limit else -1

    def connect(self, ssid: str | None = None, password: str = "") -> None:
        """Begin to join; without a name, the network that was asked for last.  Raises OSError."""
        self._need_start()
        self._tick()
        if ssid is not None:
            self.ssid = ssid
            self._password = password
        self._failures = 0
        if self._joining:
            raise OSError("Wifi Internal Error")  # "sta is connecting": the join under way goes on
        self._connected = self._joined = False
        self._requested = True
        self._begin()

    def disconnect(self) -> None:
        """Leave, or break a join off.  Raises OSError."""
        self._tick()
        self._requested = False
        self._need_start()
        self._leave()

    def rssi(self) -> int:
        """Signal in dBm, of the access point that was joined, address or not.  Raises OSError without one."""
        if not self.connected() and not self._joined:
            raise OSError("Wifi Not Connected")
        return self.point.level

    def _need_start(self) -> None:
        if not self.active:
            raise OSError("Wifi Not Started")

    def _leave(self) -> None:
        if self._connected or self._joining or self._joined:
            self._reason = ASSOC_LEAVE
        self._connected = self._joining = self._joined = False

    def _begin(self) -> None:
        self._joining = True
        self._began = self._now()
        self.attempts += 1

    def _fails(self, reason: int) -> None:
        self._connected = self._joining = self._joined = False
        self._reason = reason
        if not self._requested:
            return
        if self._limit:
            self._failures += 1
            if self._failures >= self._limit:
                return
        self._begin()

    def _tick(self) -> None:
        point = self.point
        if self._connected or self._joined:
            if not point.up:
                self._fails(BEACON_TIMEOUT)
            elif self._joined:
                self._addressed()
            return
        if not self._joining:
            return
        age = self._now() - self._began
        if not point.up or (point.ssid and point.ssid != self.ssid):
            if age >= _SCAN_MS:
                self._fails(NO_AP_FOUND)
        elif age >= point.connect_ms:
            if point.ssid and point.password != self._password:
                self._fails(point.refusal)
            else:
                self._joining = False
                self._joined = True
                self._addressed()

    def _addressed(self) -> None:
        if self.point.leases and not self.point.taken:
            self._connected, self._joined = True, False
            self._reason = 0

    def connected(self) -> bool:
        """True with an address; only then bytes travel."""
        self._tick()
        return self._connected

    def joining(self) -> bool:
        """True while a join is under way."""
        self._tick()
        return self._joining

    def status(self) -> int:
        """As WLAN.status(): a reason of _STANDS hides whatever goes on until there is an address."""
        if self.connected():
            return STAT_GOT_IP
        if self._reason in _STANDS:
            return _STANDS[self._reason]
        if self._requested and (not self._limit or self._failures < self._limit):
            return STAT_CONNECTING
        return self._reason or STAT_IDLE
