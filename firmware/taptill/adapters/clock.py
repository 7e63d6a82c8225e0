"""ports.Clock: the RTC in UTC, set from NTP, else from the host, and never below a floor.

An ESP32 starts in the year 2000, and its mbedTLS holds the dates of certificates against the RTC (ports/esp32/main.c).
So the RTC is lifted to the floor, a moment that is past for certain; but a clock that stands there is not known: the
idle screen then shows dashes, the records hold 0, and the card is given the floor's date.  Whether the time is known is
kept in the RTC's memory: both live through a reset and neither through a power cut.
"""

import asyncio
import socket
import struct
import time

from ..core import calendar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from machine import RTC

    from ..core.kinds import Moment


# Seconds from 1900 (NTP, RFC 5905) to 2000, the epoch of core.calendar.
_NTP_TO_2000 = 3155673600
_TRY_MS = 3000
_LOOK_MS = 250
_RETRY_S = 60
_AGAIN_S = 6 * 3600
_KNOWN = b"clock set"
# Who has set it; behind _KNOWN in the RTC's memory, and after that the moment (4 bytes, big-endian).
_SETTERS = (b"", b"ntp", b"host")
NTP = 1
HOST = 2
# What was seen last may be ahead of what a host says by this: another clock, or one of another zone (26 hours at most).
# An earlier date is that of a later year: the terminal lay in a drawer, and no time is ever told that is past by months.
_AHEAD_S = 2 * 86400


class RtcClock:
    """`rtc` is a machine.RTC; `floor` "YYYYMMDD" or "YYYYMMDDhhmmss" in UTC; `offset_min` minutes east of UTC."""

    def __init__(self, rtc: "RTC", floor: str, offset_min: int, ntp_host: str = "", ntp_port: int = 123):
        self._rtc = rtc
        self._floor = calendar.seconds(*(calendar.parsed(floor) or (2000, 1, 1)))
        self._offset_s = offset_min * 60
        self._host = ntp_host
        self._port = ntp_port
        self._seen = self._floor
        self._known = False
        self.setter = 0  # NTP, HOST, 0 where that is not known
        self._set_at = 0
        self._asked = asyncio.Event()  # NTP has answered, or failed, once

    def start(self, seen: "Moment | None" = None) -> None:
        """Lift an RTC that does not know the date to the floor; one that ran on over a reset keeps its time.

        `seen` is the newest local time that is on flash: it helps with the year that a host does not tell.
        """
        if seen:
            self._seen = max(self._floor, calendar.seconds(*seen) - self._offset_s)
        if self._utc() < self._floor:
            self._rtc.memory(b"")
            self._write(self._floor)
        self._recall(self._rtc.memory())

    def _recall(self, kept: bytes) -> None:
        self._known = kept.startswith(_KNOWN)
        setter = kept[len(_KNOWN) : -4]
        if self._known and setter in _SETTERS[1:]:
            self.setter = _SETTERS.index(setter)
            (self._set_at,) = struct.unpack(">I", kept[-4:])

    def age_s(self) -> int:
        """Seconds since somebody has set it, -1 while that is not known."""
        return max(0, self._utc() - self._set_at) if self._set_at else -1

    def now(self):
        return calendar.civil(self._utc() + self._offset_s) if self._known else None

    def today(self) -> str:
        year, month, day = (self.now() or calendar.civil(self._floor))[:3]
        return "%02d%02d%02d" % (year % 100, month, day)

    async def pause(self, milliseconds: int) -> None:
        await asyncio.sleep_ms(milliseconds)

    async def first_answer(self, milliseconds: int) -> None:
        if self._known or not self._host:
            return
        try:
            await asyncio.wait_for_ms(self._asked.wait(), milliseconds)
        except asyncio.TimeoutError:
            return  # the floor has to do until the server answers

    def set_from_host(self, f12: str, f13: str) -> None:
        if self._known or len(f12) != 6 or len(f13) != 4 or not (f12 + f13).isdigit():
            return
        # Host answers are in local time and carry no year.
        earliest = max(self._floor, max(self._seen, self._utc()) - _AHEAD_S)
        parts = [int(text[at : at + 2]) for text in (f13, f12) for at in range(0, len(text), 2)]
        moment = calendar.first(parts, earliest + self._offset_s)
        if moment >= 0:
            self._set(moment - self._offset_s, HOST)

    async def run(self, up: "Callable[[], bool]") -> None:
        """Keep the clock right: ask NTP when `up()` says that the network is there, again every few hours."""
        while self._host:
            if not up():
                await asyncio.sleep_ms(_LOOK_MS)
                continue
            answered = await self._ask()
            self._asked.set()
            await asyncio.sleep(_AGAIN_S if answered else _RETRY_S)

    async def _ask(self) -> bool:
        """One SNTP exchange (RFC 5905, client mode); False when nothing plausible came."""
        sock = None
        try:
            address = socket.getaddrinfo(self._host, self._port, 0, socket.SOCK_DGRAM)[0][-1]
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setblocking(False)
            request = bytearray(48)
            request[0] = 0x1B  # version 3, client
            sock.sendto(request, address)
            started = time.ticks_ms()
            while time.ticks_diff(time.ticks_ms(), started) < _TRY_MS:
                try:
                    answer = sock.recv(48)
                except OSError as error:
                    if error.errno != 11:
                        return False
                    await asyncio.sleep_ms(20)
                    continue
                return self._judge(answer)
        except OSError:
            return False  # no name, no route: asked again later, and the screen says that the clock is not set
        finally:
            if sock:
                sock.close()
        return False

    def _judge(self, answer: "Any") -> bool:
        # RFC 4330, section 5: mode 4 (server), synchronised (LI, stratum), with a time in it; stratum 0 refuses.
        if len(answer) != 48 or answer[0] & 7 != 4 or answer[0] >> 6 == 3 or not 1 <= answer[1] <= 15:
            return False
        (seconds,) = struct.unpack(">I", answer[40:44])
        return seconds != 0 and self._take(seconds)

    def _take(self, ntp_seconds: int) -> bool:
        # RFC 5905, figure 4: era 1 begins in 2036; a small number can only be of that era.
        if ntp_seconds < _NTP_TO_2000:
            ntp_seconds += 1 << 32
        moment = ntp_seconds - _NTP_TO_2000
        if moment < self._floor:
            return False
        self._set(moment, NTP)
        return True

    def _set(self, moment: int, setter: int) -> None:
        """The time is known: `moment` in seconds since 2000, UTC."""
        self._write(moment)
        self._rtc.memory(_KNOWN + _SETTERS[setter] + struct.pack(">I", moment))
        self._known = True
        self.setter, self._set_at = setter, moment

    def _utc(self) -> int:
        return _moment(self._rtc)

    def _write(self, moment: int) -> None:
        year, month, day, hour, minute, second = calendar.civil(moment)
        self._rtc.datetime((year, month, day, 0, hour, minute, second, 0))


def known_moment(rtc: "RTC") -> int:
    """Seconds since 2000 in UTC, 0 while the time is not known: for whoever needs the time before there are settings."""
    return _moment(rtc) if rtc.memory().startswith(_KNOWN) else 0


def _moment(rtc: "RTC") -> int:
    year, month, day, _, hour, minute, second, _ = rtc.datetime()
    return calendar.seconds(year, month, day, hour, minute, second)
