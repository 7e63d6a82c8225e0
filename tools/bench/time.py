"""MicroPython's `time` as the ESP32 has it: seconds since 2000, a clock that does not know the date after power-on.

The ticks are the real ones, or run faster when the bench is told so (`scale`).
"""

import utime
from utime import sleep, sleep_ms, sleep_us, ticks_add, ticks_cpu, ticks_diff, ticks_ms, ticks_us

_TO_1970 = 946684800  # the unix port counts from 1970
_offset = None  # what the terminal's clock is ahead of this computer's, in seconds
_held = None  # the second at which a held calendar stands


def set_time(seconds: int) -> None:
    """Set the clock (machine.RTC does it); seconds since 2000."""
    global _offset, _held
    _offset = seconds + _TO_1970 - int(utime.time())
    if _held is not None:
        _held = seconds


def hold() -> None:
    """Let the calendar stand still at whatever it is set to, so that pictures of it are always the same."""
    global _held
    _held = 0


def offset() -> int:
    """What the clock is ahead of the computer's: handed to the next process when the RTC keeps running."""
    return _offset


def set_offset(seconds: int) -> None:
    global _offset
    _offset = seconds


def time() -> int:
    if _held is not None:
        return _held
    if _offset is None:
        set_time(0)
    return int(utime.time()) + _offset - _TO_1970


def time_ns() -> int:
    return time() * 1_000_000_000


def gmtime(seconds=None):
    if seconds is None:
        seconds = time()
    return utime.gmtime(int(seconds) + _TO_1970)[:8]


localtime = gmtime  # no time zones on the ESP32 port


def mktime(parts) -> int:
    """Seconds since 2000 of (year, month, day, hour, minute, second, …)."""
    year, month, day, hour, minute, second = parts[:6]
    if month < 3:
        month += 12
        year -= 1
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day
    days -= 730426  # 2000-01-01 counted in the same way
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def scale(speed: float) -> None:
    """Let every tick and every sleep run `speed` times as fast."""
    global ticks_ms, ticks_us, sleep, sleep_ms, sleep_us
    ticks_ms = lambda: int(utime.ticks_ms() * speed)
    ticks_us = lambda: int(utime.ticks_us() * speed)
    sleep = lambda seconds: utime.sleep(seconds / speed)
    sleep_ms = lambda ms: utime.sleep(ms / speed / 1000)
    sleep_us = lambda us: utime.sleep(us / speed / 1_000_000)
