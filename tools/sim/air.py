"""The network between a terminal and its host, and the radio that leads to it: what arrives, when, how often, in which pieces.

A connection is opened by `open`, which stands for adapters.tcp.open_tcp and adapters.tls.open_tls.  Each opening and each
request has its number within an act; the faults of a plan strike at these numbers (`faults.NET`).
"""

import dataclasses
import string
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import aio
from .faults import Fault, Strikes
from .wlan import ADDRESSES, Wlan

if TYPE_CHECKING:
    import random

    from .hosts import Station

_CASE = 5  # the bit that makes a capital of a small letter
_LATENCY_MS = 40
_REACH_MS = 5000
_REFUSED, _RESET, _ABORTED, _UNREACHABLE, _NAME = 111, 104, 103, 113, -202
_GIVES_UP_MS = 3000  # a stack that tells at all of a line that the Wi-Fi has taken with it
# Of these requests the host knows nothing.
_NEVER = ("lost", "broken-before", "closed-before", "send-broken")
# What TLS makes of an attempt to alter what is on its way.
_SEEN_BY_TLS = {
    "damaged": "broken-before",
    "other-host": "broken-before",
    "answer-damaged": "broken-after",
    "answer-stray": "broken-after",
    "answer-glued": "broken-after",
}


def _error(number: int) -> OSError:
    """As the port raises it: with its number alone, which `errno` tells there, too."""
    return OSError(number, "")


Host = Callable[[bytes, Callable[[bytes], None]], None]


class Air:
    """`station(name, port)` is the hosts.Station that is there, None where nobody listens.

    Under TLS nobody alters a byte unnoticed: what would comes to nothing but a broken connection.

    `step(name)` is called at every step at which the power may fail.  `read(body)` hears of each answer that the terminal has
    read whole, `waited(milliseconds)` how long it has kept a connection for one.  `to`: where the last request has left for.
    `link` is the access point: when it goes, the lines that are open go with it, for good.
    """

    def __init__(self, source: "random.Random", station: "Callable[[str, int], Station | None]", other_host: "Host"):
        self.random = source
        self._link = True
        self.strikes = Strikes()
        self.step: Callable[[str], None] = lambda name: None
        self.sent: Callable[[bytes], None] = lambda body: None
        self.came: Callable[[bytes], None] = lambda body: None
        self.read: Callable[[bytes], None] = lambda body: None
        self.waited: Callable[[int], None] = lambda milliseconds: None
        self.wlan = Wlan(lambda: self.link)
        self.ntp: Callable[[], bytes | None] = lambda: None
        self.to: Station | None = None
        self._station, self._other_host = station, other_host
        self._open: list[_Line] = []
        self._stray: list[bytes] = []  # answers that the network delivers to the next connection
        self._last = b""  # the answer before, for who glues it to another
        self._restarts = 0

    @property
    def link(self) -> bool:
        return self._link

    @link.setter
    def link(self, there: bool) -> None:
        self._link = there
        if not there:
            for line in self._open:
                line.lose(tells=self.random.random() < 0.5)

    def break_all(self) -> None:
        """The host has started anew: every connection is closed, or reset, by turns."""
        self._restarts += 1
        for line in self._open:
            if self._restarts % 2:
                line.close_off(0)
            else:
                line.break_off(0)

    def hang_up(self) -> None:
        """The terminal is dark: nothing reaches it any more.  What it has sent is on its way all the same."""
        for line in self._open:
            line.dead = True
        self._open = []
        self.wlan.power_on()

    # -- for the firmware

    async def open(self, host: str, port: int, *tls: object) -> "tuple[_Reader, _Writer]":
        """(reader, writer) of a connection that stands.  Raises OSError as the port's sockets do."""
        self.step("connect")
        fault = self.strikes.next("open")
        await aio.sleep_ms(_LATENCY_MS)
        if not self.link:
            raise _error(_UNREACHABLE)
        if fault:
            if fault.how == "refused":
                raise _error(_REFUSED)
            if fault.how == "no-name":
                raise _error(_NAME)
            await aio.sleep_ms(86_400_000)  # silent: whoever waits gives up
        station = self._station(host, port)
        if station is None:
            raise _error(_REFUSED)
        line = _Line(self, station, bool(tls))
        self._open.append(line)
        for stray in self._stray:
            line.put(stray)
        self._stray = []
        self.step("connected")
        return _Reader(line), _Writer(line)

    def getaddrinfo(self, *asked: object) -> list:
        if not self.link:
            raise _error(_NAME)
        return [(2, 2, 0, "", ("192.168.4.1", 123))]

    def socket(self) -> "_Datagrams":
        return _Datagrams(self)

    # -- on the way

    def carry(self, line: "_Line", body: bytes) -> None:
        """A request leaves; what the plan has for it decides what becomes of it.  Raises OSError when its sending breaks."""
        self.to = line.station
        self.sent(body)
        if line.lost:
            return  # into a buffer that nobody empties
        if line.ended:
            line.break_off(_LATENCY_MS)  # so a host answers what comes after its end
            return
        fault = self.strikes.next("request") or Fault("request", 0, "")
        if line.tls and fault.how in _SEEN_BY_TLS:
            fault = dataclasses.replace(fault, how=_SEEN_BY_TLS[fault.how])
        how = fault.how
        if how not in _NEVER:
            self._on_its_way(line, body, fault)
        if how == "broken-before":
            line.break_off(_LATENCY_MS)
        elif how == "closed-before":
            line.close_off(_LATENCY_MS)
        elif how == "broken-after":
            line.break_off(3 * _LATENCY_MS)
        elif how == "closed-after":
            line.close_off(3 * _LATENCY_MS)
        elif how in ("send-broken", "send-broken-late"):
            line.end(_RESET)
            raise _error(_RESET)

    def _on_its_way(self, line: "_Line", body: bytes, fault: Fault) -> None:
        """To the host, which may get it late, twice, or otherwise than it was sent."""
        how, value = fault.how, fault.value
        asked = _flipped(body, value) if how == "damaged" else body
        host = self._other_host if how == "other-host" else line.station.host

        def arrives() -> None:
            # What takes longer than the radio needs had left it when the Wi-Fi went.
            if how == "late" or not line.lost:
                host(asked, lambda answer: self._back(line, fault, answer))

        aio.loop.after(value if how == "late" else _LATENCY_MS, arrives)
        if how == "doubled":
            aio.loop.after(_LATENCY_MS + value, lambda: host(asked, lambda answer: None))

    def _back(self, line: "_Line", fault: Fault, answer: bytes) -> None:
        """An answer on its way to the terminal."""
        self.came(answer)
        how, value = fault.how, fault.value
        profile = line.station.profile
        frame = profile.prefix(len(answer)) + answer
        last, self._last = self._last, frame
        if how in ("answer-lost", "broken-after", "closed-after", "send-broken-late"):
            return
        if how == "answer-late":
            line.put_after(value, frame)
        elif how == "answer-stray":
            self._stray.append(frame)
        elif how == "answer-doubled":
            line.put_after(_LATENCY_MS, frame + frame)
        elif how == "answer-split":
            for at, piece in enumerate(_pieces(frame, value)):
                line.put_after(_LATENCY_MS + 30 * at, piece)
        elif how == "answer-glued":
            line.put_after(_LATENCY_MS, profile.prefix(0) + last + frame)
        elif how == "answer-damaged":
            line.put_after(_LATENCY_MS, _flipped(frame, value))
        elif how == "answer-cut":
            line.put_after(_LATENCY_MS, frame[: value % len(frame)])
            line.break_off(2 * _LATENCY_MS)
        else:
            line.put_after(_LATENCY_MS, frame)

    def forget(self) -> None:
        """What the network still held back is gone."""
        self._stray = []


def _flipped(data: bytes, bit: int) -> bytes:
    bit %= 8 * len(data)
    if bit % 8 == _CASE and chr(data[bit // 8]) in string.hexdigits:
        bit -= 1  # a small digit is the same number, where bytes are written in hex
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _pieces(data: bytes, size: int) -> "list[bytes]":
    size = size % 40 + 1
    return [data[at : at + size] for at in range(0, len(data), size)]


class _Line:
    """One connection as the terminal has it."""

    def __init__(self, air: Air, station: "Station", tls: bool):
        self.air, self.station, self.tls = air, station, tls
        self.buffer = bytearray()
        self.error = 0
        self.ended = False  # the host sends no more: `error` says whether it was reset
        self.lost = False  # the Wi-Fi went while it stood: nothing comes through any more
        self.dead = False  # nobody reads it any more
        self.asked_at: int | None = None
        self.news = aio.Event()
        self._frame = bytearray()  # as far as it has been read

    def taken(self, data: bytes) -> None:
        """The terminal has read these bytes."""
        self._frame += data
        profile = self.station.profile
        head = profile.PREFIX
        if len(self._frame) < head:
            return
        try:
            size = head + profile.size(self._frame[:head])
        except ValueError:
            return  # no length: the terminal goes no further either
        if len(self._frame) >= size:
            frame, self._frame = bytes(self._frame[head:size]), self._frame[size:]
            if frame:
                self.air.read(frame)

    def put(self, data: bytes) -> None:
        if not self.dead and not self.ended and not self.lost:
            self.buffer += data
            self.news.set()

    def put_after(self, milliseconds: int, data: bytes) -> None:
        aio.loop.after(milliseconds, lambda: self.put(data))

    def break_off(self, milliseconds: int) -> None:
        """The host's RST arrives."""
        aio.loop.after(milliseconds, lambda: self._arrives(_RESET))

    def close_off(self, milliseconds: int) -> None:
        """The host's FIN arrives."""
        aio.loop.after(milliseconds, lambda: self._arrives(0))

    def _arrives(self, end: int) -> None:
        if not self.lost:
            self.end(end)

    def lose(self, tells: bool) -> None:
        """The Wi-Fi has gone; does the stack tell, after a while, or is there silence for ever?"""
        self.lost = True
        if tells:
            aio.loop.after(_GIVES_UP_MS, lambda: self.end(_ABORTED))

    def end(self, error: int) -> None:
        """It is at its end: with this error, or (0) in good order."""
        if not self.dead:
            self.ended = True
            self.error = error
            self.news.set()


class _Reader:
    def __init__(self, line: _Line):
        self._line = line

    async def readexactly(self, count: int) -> bytes:
        line = self._line
        while len(line.buffer) < count:
            if line.error:
                raise _error(line.error)
            if line.ended:
                raise EOFError
            line.news.clear()
            await line.news.wait()
        data = bytes(line.buffer[:count])
        del line.buffer[:count]
        line.taken(data)
        line.air.step("received")
        return data


class _Writer:
    def __init__(self, line: _Line):
        self._line = line
        self._data = b""

    def write(self, data: "bytes | bytearray") -> None:
        self._data += bytes(data)

    async def drain(self) -> None:
        line, data = self._line, self._data
        self._data = b""
        if line.error:
            raise _error(line.error)
        line.air.step("send")
        line.asked_at = aio.loop.now
        line.air.carry(line, data[line.station.profile.PREFIX :])
        line.air.step("sent")

    def close(self) -> None:
        self._line.dead = True
        if self._line.asked_at is not None:
            self._line.air.waited(aio.loop.now - self._line.asked_at)
            self._line.asked_at = None
        if self._line in self._line.air._open:
            self._line.air._open.remove(self._line)

    async def wait_closed(self) -> None:
        """It is."""


class _Datagrams:
    """A socket on which the time server answers, or does not."""

    def __init__(self, air: Air):
        self._air = air
        self._answer: bytes | None = None

    def setblocking(self, on: bool) -> None:
        """It never blocks."""

    def sendto(self, data: bytes, address: tuple) -> None:
        self._answer = self._air.ntp() if self._air.link else None

    def recv(self, count: int) -> bytes:
        if self._answer is None:
            raise _error(11)
        answer, self._answer = self._answer, None
        return answer

    def close(self) -> None:
        """Nothing is kept of it."""


class Net:
    """ports.Net for the network diagnosis: the same air, looked at."""

    def __init__(self, air: Air):
        self._air = air

    def level(self) -> int:
        return -55 if self._air.wlan.isconnected() else 0

    def addresses(self) -> "tuple[str, str, str, str]":
        return ADDRESSES

    def address_before(self) -> str:
        return ADDRESSES[0]

    def since(self, then: "int | None" = None) -> int:
        return aio.loop.now if then is None else aio.loop.now - then

    async def ping(self, address: str, count: int) -> "tuple[int, int]":
        await aio.sleep_ms(_LATENCY_MS)
        return (count, 3) if self._air.link else (0, 0)

    async def resolve(self, name: str, server: str) -> str:
        await aio.sleep_ms(_LATENCY_MS)
        return "192.168.4.9"

    async def reach(self, address: str, port: int) -> int:
        from taptill.core.errors import LinkDown

        try:
            _, writer = await aio.wait_for_ms(self._air.open(address, port), _REACH_MS)
        except (OSError, aio.TimeoutError):
            raise LinkDown("host: cannot be reached", False, LinkDown.REFUSED) from None
        writer.close()
        return 5
