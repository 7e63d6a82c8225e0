"""ports.Clock: the RTC, set from NTP, and never trusted below a floor.

An ESP32 starts in the year 2000.  A time before the configured floor is no time: the idle screen then shows dashes, the
records hold 0, and the card is given the floor date.
"""

import asyncio
import socket
import struct
import time

# Seconds from 1900 (NTP, RFC 5905) to 2000, the epoch of the stamps that RTC.datetime is set from.
_NTP_TO_2000 = 3155673600
_TRY_MS = 3000
_RETRY_S = 60
_AGAIN_S = 6 * 3600
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class RtcClock:
    """`rtc` is a machine.RTC; `floor` "YYYYMMDD"; `offset_min` minutes east of UTC."""

    def __init__(self, rtc, floor: str, offset_min: int, ntp_host: str = "", ntp_port: int = 123):
        self._rtc = rtc
        self._floor = floor
        self._offset_s = offset_min * 60
        self._host = ntp_host
        self._port = ntp_port
        self._from_ntp = False

    def now(self):
        year, month, day, _, hour, minute, second, _ = self._rtc.datetime()
        if "%04d%02d%02d" % (year, month, day) < self._floor:
            return None
        return year, month, day, hour, minute, second

    def today(self) -> str:
        now = self.now()
        return "%02d%02d%02d" % (now[0] % 100, now[1], now[2]) if now else self._floor[2:]

    async def pause(self, milliseconds: int) -> None:
        await asyncio.sleep_ms(milliseconds)

    def set_from_host(self, f12: str, f13: str) -> None:
        # Host answers carry no year: the floor's is taken, or the next one.
        if self._from_ntp or len(f12) != 6 or len(f13) != 4 or self.now() is not None:
            return
        year = int(self._floor[:4])
        month, day = int(f13[:2]), int(f13[2:])
        hour, minute, second = int(f12[:2]), int(f12[2:4]), int(f12[4:])
        if f13 < self._floor[4:]:
            year += 1
        if 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1] and hour < 24 and minute < 60 and second < 60:
            self._set(year, month, day, hour, minute, second)

    async def run(self, up) -> None:
        """Keep the clock right: ask NTP when `up()` says that the network is there, again every few hours."""
        while self._host:
            if up() and await self._ask():
                await asyncio.sleep(_AGAIN_S)
            else:
                await asyncio.sleep(1 if not up() else _RETRY_S)

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
            return False  # no name, no route: asked again later, and the screen shows a clock without time
        finally:
            if sock:
                sock.close()
        return False

    def _judge(self, answer) -> bool:
        # RFC 4330, section 5: mode 4 (server), synchronised (LI, stratum), with a time in it; stratum 0 refuses.
        if len(answer) != 48 or answer[0] & 7 != 4 or answer[0] >> 6 == 3 or not 1 <= answer[1] <= 15:
            return False
        (seconds,) = struct.unpack(">I", answer[40:44])
        return seconds != 0 and self._take(seconds)

    def _take(self, ntp_seconds: int) -> bool:
        # RFC 5905, figure 4: era 1 begins in 2036; a small number can only be of that era.
        if ntp_seconds < _NTP_TO_2000:
            ntp_seconds += 1 << 32
        seconds = ntp_seconds - _NTP_TO_2000 + self._offset_s
        moment = _civil(seconds)
        if "%04d%02d%02d" % moment[:3] < self._floor:
            return False
        self._set(*moment)
        self._from_ntp = True
        return True

    def _set(self, year: int, month: int, day: int, hour: int, minute: int, second: int) -> None:
        self._rtc.datetime((year, month, day, 0, hour, minute, second, 0))


def _civil(seconds: int):
    """(year, month, day, hour, minute, second) of seconds since 2000-01-01; ports differ in gmtime's epoch."""
    days, rest = divmod(seconds, 86400)
    year = 2000
    while True:
        length = 366 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 365
        if days < length:
            break
        days -= length
        year += 1
    month = 0
    while True:
        length = 29 if month == 1 and year % 4 == 0 and (year % 100 or year % 400 == 0) else _DAYS[month]
        if days < length:
            break
        days -= length
        month += 1
    return year, month + 1, days + 1, rest // 3600, rest // 60 % 60, rest % 60
