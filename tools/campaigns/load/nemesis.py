"""What happens to the host meanwhile: its processes are killed, and its database is restarted."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from rig.failures import Failed

from .tally import Tally

_ANSWERS = 60  # at most that many more before the next blow
_PATIENCE = 60.0  # seconds until the host answers again
_LOOK = 0.002
_TELL = 20


class Nemesis:
    """Deals `blows`, [(name, what does it)], one after the other, each at a moment of chance while requests are in flight."""

    def __init__(
        self,
        blows: "list[tuple[str, Callable[[], Awaitable[None]]]]",
        rng: random.Random,
        tally: Tally,
        progress: "Callable[[str], None]",
    ):
        self._blows, self._rng, self._tally, self._progress = blows, rng, tally, progress
        self.dealt: dict[str, int] = {}
        self.over = False

    async def rage(self) -> None:
        """All of them; the host has to answer after each.  Raises Failed when it does not."""
        try:
            for name, blow in self._blows:
                await self._answers(self._rng.randint(1, _ANSWERS))
                await asyncio.sleep(self._rng.uniform(0, 0.01))  # any moment of a request is as likely as any other
                await blow()
                self.dealt[name] = self.dealt.get(name, 0) + 1
                if sum(self.dealt.values()) % _TELL == 0:
                    self._progress(f"{sum(self.dealt.values())} of {len(self._blows)} blows dealt")
            await self._answers(1)
        finally:
            self.over = True

    async def _answers(self, count: int) -> None:
        wanted, until = self._tally.codes.total() + count, time.monotonic() + _PATIENCE
        while self._tally.codes.total() < wanted:
            if time.monotonic() > until:
                raise Failed(f"the host does not answer any more after {self.dealt or 'its start'}")
            await asyncio.sleep(_LOOK)
