"""Waiting until the PN532 has something to say."""

import asyncio
from time import ticks_diff, ticks_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from machine import Pin


# An edge may be missed (the chip answered before the handler was armed, two edges in one): the level is
# looked at again after this time at the latest.
_LOOK_MS = 25
_SLOWEST_POLL_MS = 10


class Ready:
    """The P70_IRQ line, low while a frame waits (UM0701-02, 6.2.2), or polling where it is not wired.

    `irq` is an input Pin or None; `poll()` asks the bus and is used only without `irq`.  `free` says that asking costs
    nothing on the bus: then it is asked every millisecond, whatever interrupt may be hooked beside it.
    """

    def __init__(self, irq: "Pin | None", poll: "Callable[[], bool]", free: bool = False):
        self._irq = irq
        self._poll = poll
        self._free = free
        self._hooked = False
        self._flag = asyncio.ThreadSafeFlag()

    def arm(self) -> None:
        """Hook the line's falling edge."""
        if self._irq is not None:
            self.hook(self._irq, self._irq.IRQ_FALLING)

    def hook(self, source: "Any", trigger: int) -> None:
        """Look as soon as the interrupt `trigger` of `source` (a Pin or UART) comes."""
        source.irq(handler=self._edge, trigger=trigger)
        self._hooked = True

    def _edge(self, _source: "Any") -> None:
        self._flag.set()

    def now(self) -> bool:
        """True while a frame waits."""
        if self._irq is None:
            return bool(self._poll())
        return not self._irq.value()

    async def wait(self, timeout_ms: int, cancelled: "Callable[[], bool] | None" = None) -> bool:
        """True as soon as a frame waits, False when `timeout_ms` have passed or `cancelled()` is true."""
        if self.now():
            return True
        start = ticks_ms()
        # Not wait_for: a cancellation that meets its time-out is lost there, and a reader that cannot be
        # cancelled would hold the terminal.  The helper task only wakes the loop below to look again.
        alarm = asyncio.create_task(self._look_again(timeout_ms)) if self._hooked else None
        try:
            while True:
                gone = ticks_diff(ticks_ms(), start)
                if gone >= timeout_ms or (cancelled is not None and cancelled()):
                    return False
                if alarm is not None:
                    await self._flag.wait()
                elif self._free:
                    await asyncio.sleep_ms(min(timeout_ms - gone, 1))
                else:
                    # Polling pays bus bytes: an eighth of what was waited already, so never late by more than that.
                    await asyncio.sleep_ms(min(timeout_ms - gone, 1 + (gone >> 3), _SLOWEST_POLL_MS))
                if self.now():
                    return True
        finally:
            if alarm is not None:
                alarm.cancel()

    async def _look_again(self, left: int) -> None:
        pause = 1 if self._free else _LOOK_MS
        while True:
            await asyncio.sleep_ms(min(max(left, 1), pause))
            left -= pause
            self._flag.set()
