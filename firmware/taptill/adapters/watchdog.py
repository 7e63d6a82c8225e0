"""The watchdog is fed only when every critical task has checked in since the last time.

A task that hangs therefore restarts the terminal, and the recovery at power-on settles whatever it was doing.
"""

import asyncio
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from machine import WDT


_FEED_MS = 1000
_LIMIT_MS = 6000
_PROVEN_FEEDS = 60  # a minute


class Watchdog:
    """`wdt` is a machine.WDT.  Tasks register once and call `alive(number)` in their loop.

    A task about to wait for long says for how long it may be silent.  `proven()` is called once, when all have been alive for
    the first minute; `told(name)` hears of the first one that is late, while there is still time to write it down.
    """

    def __init__(self, wdt: "WDT", proven: "Callable[[], None]", told: "Callable[[str], None]"):
        self._wdt = wdt
        self._proven = proven
        self._told = told
        self._late = ""
        self._names: "list[str]" = []
        self._seen: "list[int]" = []
        self._limits: "list[int]" = []

    def register(self, name: str) -> int:
        """Number for a critical task."""
        self._names.append(name)
        self._seen.append(time.ticks_ms())
        self._limits.append(_LIMIT_MS)
        return len(self._names) - 1

    def alive(self, number: int, within_ms: int = _LIMIT_MS) -> None:
        """The task is alive, and will say so again within `within_ms`."""
        self._seen[number] = time.ticks_ms()
        self._limits[number] = within_ms

    def late(self) -> str:
        """Name of a task that has not checked in for too long, or ""."""
        now = time.ticks_ms()
        for number, seen in enumerate(self._seen):
            if time.ticks_diff(now, seen) > self._limits[number]:
                return self._names[number]
        return ""

    async def run(self) -> None:
        """Feed for ever, or stop feeding once a task is late."""
        feeds = 0
        while True:
            late = self.late()
            if not late:
                self._wdt.feed()
                feeds += 1
                if feeds == _PROVEN_FEEDS:
                    self._proven()
            elif not self._late:
                self._told(late)
            self._late = late
            await asyncio.sleep_ms(_FEED_MS)
