"""The line between one terminal and the host: TLS or plain TCP, which MAC, and whether somebody has his hand on it."""

import asyncio
import contextlib

from acquirer import mac as macs
from acquirer.rows import APPROVED

from . import wording
from .errors import DeskError
from .forge import Forged
from .hand import Hand

_STARTED_S = 10.0
HAND = "hand"  # in the list of faults


class Line:
    """Of a desk.terminal.Terminal.  `tls` and `mac` are how it is set up; `usual` is how it was at first."""

    def __init__(self, terminal, tls: bool, mac: str = macs.ECB):
        self.tls, self.mac = tls, mac
        self.usual = (tls, mac)
        self._terminal = terminal
        self._hand = Hand(self._target, self._struck)
        self._forged: list = []  # (batch, stan) of answers that were forged
        self._changing = asyncio.Lock()

    def state(self) -> dict:
        """As a page gets it."""
        return {"tls": self.tls, "mac": self.mac}

    @property
    def ready(self) -> bool:
        """Is the terminal what it was set up to be, and not just restarting for it?"""
        return not self._changing.locked()

    @property
    def hand(self) -> bool:
        """Does somebody wait for an answer to change?"""
        return self._hand.armed

    def fault(self) -> list:
        """The hand, as one of the faults in force."""
        return [{"fault": HAND, "argument": None, "left": 1, "which": "any"}] if self.hand else []

    async def lay_hand(self, on: bool) -> None:
        """Let somebody at the line, or take him off."""
        if on == self.hand:
            return
        terminal = self._terminal
        if on:
            await terminal.bench.route(await self._hand.lay())
            terminal.timeline.fault(wording.HAND_LAID, detail={"line": HAND})
        else:
            await terminal.bench.route(0)
            await self._hand.away()
        terminal.tell_faults()

    async def set(self, tls: bool | None, mac: str | None) -> None:
        """Set the terminal up for another line, and let it start; nothing happens when it is that already."""
        async with self._changing:
            wanted = (self.tls if tls is None else tls, self.mac if mac is None else mac)
            if wanted == (self.tls, self.mac):
                return
            terminal = self._terminal
            on = terminal.bench.on
            await self._put_right()
            await terminal.bench.do("power", on=False, why="set up anew")
            self.tls, self.mac = wanted
            await terminal.room.introduce(terminal)
            if on:
                await terminal.bench.do("power", on=True)
                with contextlib.suppress(asyncio.TimeoutError):  # what an open reversal has to say comes first
                    await terminal.bench.wait_text(lambda screen: screen.idle, _STARTED_S)
            terminal.tell({"ev": "line", **self.state()})

    async def set_usual(self) -> None:
        """As it was at first, and nobody's hand on it."""
        await self.lay_hand(False)
        await self.set(*self.usual)

    async def stop(self) -> None:
        """The desk closes."""
        await self._hand.away()

    # what he does ---------------------------------------------------------------------------

    def _target(self) -> tuple[int, bool]:
        return self._terminal.room.acquirer.ports["tls" if self.tls else "tcp"], self.tls

    def _struck(self, forged: Forged | None) -> None:
        terminal = self._terminal
        if forged:
            self._forged.append((forged.batch, forged.stan))
        summary = ", ".join(f"F{number} {before} → {now}" for number, before, now in forged.changes) if forged else ""
        title = wording.HAND_FORGED if forged else wording.HAND_BLIND
        terminal.timeline.fault(title, summary, {"fault": HAND, "which": "any"}, "host", None)
        terminal.tell_faults()

    async def _put_right(self) -> None:
        """What the terminal believed and the bank never booked, the bank makes good: the line was its own.

        Without this its books would never agree again.
        """
        forged, self._forged = self._forged, []
        if not forged:
            return
        terminal = self._terminal
        try:
            records = (await terminal.journal())["records"]
        except DeskError:
            self._forged = forged  # it cannot be read now: with the next change
            return
        believed = {(each["batch"], each["stan"]) for each in records if each["state_name"] == APPROVED}
        for batch, stan in forged:
            if (batch, stan) in believed:
                terminal.room.ledger.make_good(terminal.id, batch, stan)
        terminal.tell({"ev": "ledger", "changed": True})
