"""Acts on a lab: the bench under its keys, cards and power switch, and the control of the host it talks to."""

import asyncio
from typing import Any

from rig.bench_watch import Watched
from rig.lab import Lab
from words import screen_names

from .acts import Port

_BRIEFLY_S = 0.05  # the least that is waited: the screen may be on its way
_LOOK_S = 0.1
_JOINED = 1010  # network.STAT_GOT_IP of the ESP32
_HALF = 0.5  # of a torn write


class LabPort(Port):
    """Of a rig.lab.Lab.  Raises BenchError; PowerLost when an armed cut comes in the middle of an act."""

    def __init__(self, lab: Lab):
        self._lab, self._bench = lab, lab.bench

    async def key(self, key: str, hold_s: float = 0.0) -> None:
        await self._bench.do("key", key=key, **({"ms": int(hold_s * 1000)} if hold_s else {}))

    async def card(self, card: str, options: dict[str, Any]) -> None:
        await self._bench.do("card", **({} if "script" in options else {"card": card}), **options)

    async def card_off(self) -> None:
        await self._bench.do("card-off")

    async def host(self, line: str) -> None:
        await self._lab.host(line)

    async def cut(self, kind: str, n: int = 1, torn: bool = False) -> None:
        if kind == "now":
            await self._bench.do("power", on=False, why="cut")
        else:
            await self._bench.do("cut", after=kind, n=n, **({"torn": _HALF} if torn else {}))

    async def power(self, on: bool) -> None:
        await self._bench.do("power", on=on, why="switched off")

    async def wifi(self, on: bool) -> None:
        self._bench.options.wifi = on  # it stays so when the terminal loses its power
        if self._bench.on:
            await self._bench.do("wifi", up=on)

    async def fault(self, name: str, value: int | bool) -> None:
        await self._bench.do("fault", name=name, value=value)

    async def speed(self, factor: int) -> None:
        self._bench.options.speed = factor
        if self._bench.on:
            await self._bench.do("speed", factor=factor)

    async def expect(self, screens: tuple[screen_names.Seen, ...], there: bool, seconds: float) -> None:
        """Raises asyncio.TimeoutError."""
        await see(self._bench, screens, there, seconds)

    async def wait(self, state: str, seconds: float) -> None:
        """Raises asyncio.TimeoutError."""
        await reach(self._bench, state, seconds)


async def see(bench: Watched, screens: tuple[screen_names.Seen, ...], there: bool, seconds: float) -> None:
    """Wait until one of these screens is there, or none of them any more.  Raises asyncio.TimeoutError."""
    await bench.wait_text(lambda shown: screen_names.any_of(screens, shown) == there, max(seconds, _BRIEFLY_S))


async def reach(bench: Watched, state: str, seconds: float) -> None:
    """Wait until the terminal is idle, on, off, or online (in the Wi-Fi).  Raises asyncio.TimeoutError."""
    if state == "idle":
        await bench.wait_text(lambda shown: bool({*screen_names.READY} & {*shown.names}), seconds)
    elif state == "online":
        await asyncio.wait_for(_joined(bench), seconds)
    elif bench.on != (state == "on"):
        await bench.wait_event(lambda event: event["ev"] == "power" and event["on"] == (state == "on"), seconds, bench.count)


async def _joined(bench) -> None:
    while (await bench.do("state")).get("wifi") != _JOINED:
        await asyncio.sleep(_LOOK_S)
