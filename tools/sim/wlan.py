"""The radio of the terminal, as the firmware's Wi-Fi driver has it."""

from collections.abc import Callable

from . import aio

_JOIN_MS = 900
_GOT_IP, _CONNECTING, _IDLE, _NO_AP = 1010, 1001, 1000, 201  # network.STAT_…
ADDRESSES = ("192.168.4.20", "255.255.255.0", "192.168.4.1", "192.168.4.1")


class Wlan:
    """network.WLAN in station mode; `there()`: is the access point?"""

    def __init__(self, there: Callable[[], bool]):
        self._there = there
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
        self._status = _CONNECTING
        self._join = aio.loop.after(_JOIN_MS, self._end_of_join)

    def _end_of_join(self) -> None:
        self._joined = self._there()
        self._status = _GOT_IP if self._joined else _NO_AP

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
