"""The radio of the terminal, as the firmware's Wi-Fi driver has it."""

from collections.abc import Callable

from . import aio

_JOIN_MS = 900
_GOT_IP, _CONNECTING, _IDLE, _NO_AP, _WRONG_PASSWORD = 1010, 1001, 1000, 201, 202  # network.STAT_…
ADDRESSES = ("192.168.4.20", "255.255.255.0", "192.168.4.1", "192.168.4.1")


class Wlan:
    """network.WLAN in station mode; `there()`: is the access point?  `network`: its name and its password, None: any will do."""

    def __init__(self, there: Callable[[], bool]):
        self._there = there
        self.network: tuple[str, ...] | None = None
        self._refused = 0  # with which status the present join ends, where it is no good
        self._joined = False
        self._status = _IDLE
        self._join: list | None = None

    def power_on(self) -> None:
        self._joined, self._status = False, _IDLE
        if self._join:
            aio.Loop.drop(self._join)

    def active(self, on: "bool | None" = None) -> bool:
        if on is False:
            self.disconnect()
        return True

    def config(self, **settings: object) -> None:
        """Nothing that the simulation needs."""

    def connect(self, *network: str) -> None:
        self._status, self._refused = _CONNECTING, 0
        if self.network and network != self.network:
            self._refused = _WRONG_PASSWORD if network[:1] == self.network[:1] else _NO_AP
        self._join = aio.loop.after(_JOIN_MS, self._end_of_join)

    def _end_of_join(self) -> None:
        self._joined = self._there() and not self._refused
        self._status = _GOT_IP if self._joined else (self._refused if self._there() else 0) or _NO_AP

    def disconnect(self) -> None:
        self._joined, self._status = False, _IDLE
        if self._join:
            aio.Loop.drop(self._join)

    def isconnected(self) -> bool:
        if self._joined and not self._there():
            self._joined, self._status = False, _NO_AP
        return self._joined

    def status(self, what: str = "") -> int:
        if what == "rssi":
            if not self.isconnected():
                raise OSError("Wifi Internal Error")
            return -55
        return self._status

    def ifconfig(self) -> "tuple[str, str, str, str]":
        return ADDRESSES
