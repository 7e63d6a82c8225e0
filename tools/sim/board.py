"""A board: what lasts over its lives (flash, key, clock), what only one life has, and the stations it talks through."""

import datetime
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import aio
from .littlefs import FileSystem
from .nor import PowerCut
from .reader import Tray

if TYPE_CHECKING:
    from .air import Air
    from .nor import Nor

POWER_ON, HARD, WATCHDOG, SOFT = 1, 2, 3, 5  # machine.reset_cause()
_EPOCH = datetime.datetime(2000, 1, 1)
_NVS_NOT_FOUND = -0x1102


class Reset(BaseException):
    """This life is over, and the next begins at once with this cause."""

    def __init__(self, cause: int = HARD):
        super().__init__()
        self.cause = cause


class Power(aio.Life):
    """From power-on to power-off of a board."""

    def __init__(self, board: "Board"):
        super().__init__()
        self.board = board


class Nvs:
    """esp32.NVS: the device key, outside of the file system."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def get_blob(self, name: str, buffer: bytearray) -> int:
        if name not in self.blobs:
            raise OSError(_NVS_NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        buffer[: len(self.blobs[name])] = self.blobs[name]
        return len(self.blobs[name])

    def set_blob(self, name: str, value: bytes) -> None:
        self.blobs[name] = bytes(value)

    def commit(self) -> None:
        """What was set is kept at once here."""


class Rtc:
    """machine.RTC in UTC: begins in 2000 at power-on, runs on over a reset."""

    def __init__(self, now_ms: Callable[[], int]):
        self._now_ms = now_ms
        self.power_on()

    def power_on(self) -> None:
        self._base, self._set_at, self._memory = _EPOCH, self._now_ms(), b""

    def datetime(self, value: "tuple | None" = None) -> "tuple | None":
        """(year, month, day, weekday, hour, minute, second, microsecond)."""
        if value is not None:
            year, month, day, _, hour, minute, second, _ = value
            self._base, self._set_at = datetime.datetime(year, month, day, hour, minute, second), self._now_ms()
            return None
        now = self._base + datetime.timedelta(milliseconds=self._now_ms() - self._set_at)
        return (now.year, now.month, now.day, now.weekday(), now.hour, now.minute, now.second, now.microsecond)

    def memory(self, value: "bytes | None" = None) -> bytes:
        if value is not None:
            self._memory = bytes(value)
        return self._memory

    def leap(self, seconds: int) -> None:
        """The crystal lies, or somebody has set it."""
        self._base = max(self._base + datetime.timedelta(seconds=seconds), _EPOCH)


class _Wdt:
    """machine.WDT: not fed for so long, the board starts anew."""

    def __init__(self, timeout_ms: int):
        self._timeout_ms = timeout_ms
        self._entry: list | None = None
        self.feed()

    def feed(self) -> None:
        if self._entry is not None:
            aio.Loop.drop(self._entry)
        self._entry = aio.loop.after(self._timeout_ms, self._bite)

    @staticmethod
    def _bite() -> None:
        raise Reset(WATCHDOG)

    def stop(self) -> None:
        if self._entry is not None:
            aio.Loop.drop(self._entry)


class Board:
    """`flash` and the device key last; `source` is the board's own randomness; `air` is what its radio reaches.

    `guard` puts the firmware's own Blocks before the flash; `heard(line)` has what is said on the cable; `opened(store)` and
    `begun(app)`, when set, hear of the firmware's own in each life.
    """

    def __init__(
        self,
        flash: "Nor",
        air: "Air",
        source: random.Random,
        guard: Callable[[Any], Any],
        heard: Callable[[str], None] = lambda line: None,
    ):
        self.flash = flash
        self.air = air
        self.random = source
        self.nvs = Nvs()
        self.rtc = Rtc(lambda: aio.loop.now)
        self.tray = Tray()
        self.cause = POWER_ON
        self.on_since = 0
        self.power: Power | None = None
        self.lives = 0
        self.said = heard
        self.opened: Callable[[Any], None] = lambda store: None
        self.begun: Callable[[Any], None] = lambda app: None
        self._guard = guard
        self._wdt: _Wdt | None = None
        self._files: FileSystem | None = None

    def files(self) -> FileSystem:
        """The mounted file system of this life."""
        if self._files is None:
            raise PowerCut
        return self._files

    @property
    def blocks(self) -> Any:
        """The firmware's Blocks of this life."""
        return self.files().blocks

    def watchdog(self, timeout: int) -> _Wdt:
        self._wdt = _Wdt(timeout)
        return self._wdt

    @staticmethod
    def reset() -> None:
        raise Reset

    # -- lives

    def switch_on(self, cause: int) -> Power:
        """A new life; whoever runs the firmware makes its tasks.  Raises OSError when the flash cannot be mounted."""
        self.lives += 1
        self.cause = cause
        self.on_since = aio.loop.now - self.random.choice((0, 0, 0, (1 << 30) - 20_000))  # the ticks may be about to wrap
        if cause == POWER_ON:
            self.rtc.power_on()
        self._files = FileSystem(self.flash, self._guard)
        self.power = Power(self)
        return self.power

    def switch_off(self) -> None:
        """The life ends here and now, with its files, its timers, its connections."""
        power, self.power, self._files = self.power, None, None
        self.flash.power_off()
        if self._wdt:
            self._wdt.stop()
        self.air.hang_up()
        if power is not None:
            power.end()
