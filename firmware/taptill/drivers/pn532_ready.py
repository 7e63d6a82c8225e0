"""Waiting until the PN532 has something to say."""

import asyncio
from time import ticks_diff, ticks_ms

# An edge may be missed (the chip answered before the handler was armed, two edges in one): the level is
# looked at again after this time at the latest.
_LOOK_MS = 25
_SLOWEST_POLL_MS = 10


class Ready:
    """The P70_IRQ line, low while a frame waits (UM0701-02, 6.2.2), or polling where it is not wired.

    `irq` is an input Pin or None; `poll()` asks the bus and is used only without `irq`.
    """

    def __init__(self, irq, poll):
        self._irq = irq
        self._poll = poll
        self._flag = asyncio.ThreadSafeFlag()

    def arm(self) -> None:
        """Hook the line's falling edge."""
        if self._irq is not None:
            self._irq.irq(handler=self._edge, trigger=self._irq.IRQ_FALLING)

    def _edge(self, _pin) -> None:
        self._flag.set()

    def now(self) -> bool:
        """True while a frame waits."""
        if self._irq is None:
            return bool(self._poll())
        return not self._irq.value()

    async def wait(self, timeout_ms: int) -> bool:
        """True as soon as a frame waits, False when `timeout_ms` have passed."""
        if self.now():
            return True
        start = ticks_ms()
        while True:
            gone = ticks_diff(ticks_ms(), start)
            left = timeout_ms - gone
            if left <= 0:
                return self.now()
            if self._irq is None:
                # Polling pays bus bytes: an eighth of what was waited already, so that it is never late by more.
                await asyncio.sleep_ms(min(left, 1 + (gone >> 3), _SLOWEST_POLL_MS))
            else:
                try:
                    await asyncio.wait_for_ms(self._flag.wait(), min(left, _LOOK_MS))
                except asyncio.TimeoutError:
                    self._flag.clear()  # nothing was heard; the level decides
            if self.now():
                return True
