"""What a terminal on the bench has shown so far, and waiting for what it shows next."""

import asyncio
import base64
import collections

from words.screen_names import Shown


def shown(event: dict) -> Shown:
    """What a screen event says."""
    return Shown(event.get("text"), event.get("names"))


class Watched:
    """Remembers the last `history` events; `on` says whether the terminal has power.

    Times are places in the row of events (`count`), never seconds: who waits from a place on misses nothing.
    """

    def __init__(self, history: int):
        self.events = collections.deque(maxlen=history)  # (number, event)
        self.count = 0  # events so far; a place in time for wait_event
        self.on = False
        self.screen_event = None
        self.paper: list[dict] = []  # what hangs out of the slip printer: items of chips/escpos_language.py
        self._news = asyncio.Condition()

    def note(self, event: dict) -> None:
        """Remember an event; `wake` tells those who wait."""
        if event["ev"] == "screen":
            self.screen_event = event
        elif event["ev"] == "paper":
            self.paper.append({name: value for name, value in event.items() if name not in ("ev", "ahead")})
        self.count += 1
        self.events.append((self.count, event))

    async def wake(self) -> None:
        """Let all who wait look again."""
        async with self._news:
            self._news.notify_all()

    async def wait_event(self, wanted, timeout: float, since: int | None = None) -> dict:
        """The first event, from number `since` on (default: from now), for which `wanted(event)` is true.

        Raises asyncio.TimeoutError.
        """
        place = self.count if since is None else since

        async def look():
            nonlocal place
            async with self._news:
                while True:
                    for number, event in self.events:
                        if number > place and wanted(event):
                            return event
                    place = self.count
                    await self._news.wait()

        return await asyncio.wait_for(look(), timeout)

    def text(self) -> Shown:
        """What is on the screen now; empty while the terminal is off."""
        if not self.on or not self.screen_event:
            return Shown()
        return shown(self.screen_event)

    async def wait_text(self, wanted, timeout: float) -> Shown:
        """The first screen, from what is shown now on, for which `wanted(shown)` is true; also one that has given way to the next
        before anybody could look.  Raises asyncio.TimeoutError.
        """
        place, screens = self.count, [self.text()]

        async def look():
            nonlocal place, screens
            async with self._news:
                while True:
                    screens += [shown(event) for number, event in self.events if number > place and event["ev"] == "screen"]
                    for each in (*screens, self.text()):
                        if wanted(each):
                            return each
                    place, screens = self.count, []
                    await self._news.wait()

        return await asyncio.wait_for(look(), timeout)

    def frame(self) -> bytes:
        """The picture now: 1024 bytes MONO_VLSB; dark while the terminal is off."""
        if not self.on or not self.screen_event:
            return bytes(1024)
        return base64.b64decode(self.screen_event["bits"])

    def image(self):
        """The picture as a PIL image."""
        from .pictures import picture

        return picture(self.frame())
