"""MicroPython's `time` as the ESP32 has it: seconds since 2000, a clock that does not know the date after power-on.

The ticks are the real ones while anything works; while everything waits they run as many times as fast as the bench is
told (`scale`, at any moment): a patience of 60 s passes in one, and no handshake comes too late for it.

With `wait_in_ticks` asyncio's waiting ends as on the port, whose scheduler looks at its tasks at every tick of FreeRTOS
(100 Hz: ports/esp32/boards/sdkconfig.base): a pause of 5 ms takes up to 10, one of 15 takes 20.  What the models around
the processor time (`exactly_ms`) is not the port's and stays exact.
"""

import utime
from utime import ticks_add, ticks_cpu, ticks_diff

_TO_1970 = 946684800  # the unix port counts from 1970
_offset = None  # what the terminal's clock is ahead of this computer's, in seconds
_held = None  # the second at which a held calendar stands
_speed = 1
_ahead_us = 0  # what the ticks are ahead of this computer's
_hurried = False  # asyncio's waiting is watched
_exact = None  # asyncio's own sleep_ms, once the firmware's waits in ticks


def set_time(seconds: int) -> None:
    """Set the clock (machine.RTC does it); seconds since 2000."""
    global _offset, _held
    _offset = seconds + _TO_1970 - int(utime.time())
    if _held is not None:
        _held = seconds


def hold() -> None:
    """Let the calendar stand still at whatever it is set to, so that pictures of it are always the same."""
    global _held
    _held = time()


def offset() -> int:
    """What the clock is ahead of the computer's: handed to the next process when the RTC keeps running."""
    time()
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


def ticks_us() -> int:
    return utime.ticks_us() + _ahead_us


def ticks_ms() -> int:
    return utime.ticks_ms() + _ahead_us // 1000


def sleep_us(us) -> None:
    if _speed == 1:
        utime.sleep_us(us)
        return
    began = utime.ticks_us()
    utime.sleep(us / _speed / 1_000_000)
    waited(utime.ticks_diff(utime.ticks_us(), began), us // _speed)


def sleep_ms(ms) -> None:
    sleep_us(ms * 1000)


def sleep(seconds) -> None:
    sleep_us(int(seconds * 1_000_000))


def ahead_ms() -> int:
    """What the ticks are ahead of this computer's: the time that was fast-forwarded."""
    return _ahead_us // 1000


def waited(us: int, most: int) -> None:
    """So long everything waited: for the ticks it was longer.

    What is beyond `most`, as long as was meant, a busy computer did other things: that flies for nobody.
    """
    global _ahead_us
    _ahead_us += int(min(us, most) * (_speed - 1))


def scale(speed) -> None:
    """From now on let every waiting pass `speed` times as fast, asyncio's own too."""
    global _speed, _hurried
    _speed = speed
    if _hurried:
        return
    _hurried = True
    import asyncio.core

    wait = asyncio.core.IOQueue.wait_io_event

    def wait_io_event(self, ms):
        if _speed == 1 or ms == 0:
            return wait(self, ms)
        began = utime.ticks_us()
        meant = max(1, int(ms / _speed)) if ms > 0 else ms
        wait(self, meant)
        us = utime.ticks_diff(utime.ticks_us(), began)
        waited(us, meant * 1000 if ms > 0 else us)

    asyncio.core.IOQueue.wait_io_event = wait_io_event


def to_tick(now: int, ms: int, tick_ms: int) -> int:
    """How long a pause of `ms` from `now` (ticks_ms) takes where it can end only at a tick."""
    return ms if ms <= 0 else -(-(now + ms) // tick_ms) * tick_ms - now


def wait_in_ticks(tick_ms: int) -> None:
    """From now on every asyncio.sleep_ms and asyncio.sleep ends at a multiple of `tick_ms`."""
    global _exact
    import asyncio
    import asyncio.core

    exact = _exact = _exact or asyncio.core.sleep_ms

    def sleep_ms(t):
        return exact(to_tick(ticks_ms(), t, tick_ms))

    asyncio.core.sleep_ms = asyncio.sleep_ms = sleep_ms


def exactly_ms(ms: int):
    """asyncio.sleep_ms for what is not the processor's: cards, chips, fingers."""
    import asyncio

    return (_exact or asyncio.sleep_ms)(ms)
