"""Terminals on the bench together with the host they talk to: what scripts, the story and tests begin with."""

import asyncio
import json
import pathlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from acquirer import mac as macs
from acquirer import profiles, testcards
from acquirer.ledger import system_clock
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger

from . import demo
from .supervisor import Bench, BenchError, Options

_AT_ONCE = 4  # benches that start at the same time


async def start_together(benches: Sequence[Bench], then: Callable[[int], Awaitable[Any]]) -> None:
    """Start benches, switched off, a few at a time, and `await then(place)` of each; what they run is compiled once for all.

    The first error ends all that have not come to their end, and is raised.
    """
    await benches[0].start(power=False)
    for bench in benches[1:]:
        bench.folders = benches[0].folders
    gate = asyncio.Semaphore(_AT_ONCE)

    async def begin(place: int) -> None:
        async with gate:
            if place:
                await benches[place].start(power=False)
            await then(place)

    starts = [asyncio.ensure_future(begin(place)) for place in range(len(benches))]
    try:
        await asyncio.gather(*starts)
    finally:
        for task in starts:
            task.cancel()
        await asyncio.gather(*starts, return_exceptions=True)


class OtherHost:
    """A host that runs elsewhere: where it is and what the terminal has to know of it.

    `ca` is the DER of its CA for TLS, None for plain TCP; `control` (host, port) of its control socket or None.
    """

    def __init__(
        self,
        address: str,
        port: int,
        tmk: str,
        terminal: str,
        merchant: str,
        ca: bytes | None = None,
        name: str = "",
        control=None,
    ):
        self.address, self.port, self.tmk = address, port, tmk
        self.terminal, self.merchant = terminal, merchant
        self.ca, self.name, self.control = ca, name or address, control

    def introduction(self) -> demo.Introduction:
        """What its terminal is told of it."""
        name = None if self.ca is None else self.name
        settings = demo.connection(self.terminal, self.merchant, self.address, self.port, name)
        return demo.Introduction(settings, self.tmk, self.ca or b"")


class Lab:
    """`folder` keeps everything: terminal/ (the bench's state) and host/ (CA, certificate, ledger).

    `tls` chooses the link; `settings` go into the terminal's config.json on top of the demonstration's; `options` are
    the bench's.  `listener(event)` sees the bench's events, `on_message(direction, body)` the host's messages in clear;
    `clock() -> aware datetime` is the host's.
    """

    def __init__(
        self,
        folder,
        tls: bool = True,
        settings: dict | None = None,
        options: Options | None = None,
        other: OtherHost | None = None,
        listener=None,
        on_message=None,
        log=None,
        clock=system_clock,
    ):
        self.folder = pathlib.Path(folder)
        self.options = demo.on_air(options or Options())
        self.bench = Bench(self.folder / "terminal", self.options, listener)
        self._tls, self._settings, self._other = tls, dict(settings or {}), other
        profile = self._settings.get("profile", profiles.DEFAULT)
        self._own = demo.DemoHost(self.folder, clock=clock, profile=profile, control_port=0, log=log, on_message=on_message)

    @property
    def secure(self) -> bool:
        """Is the terminal set to talk to its host over TLS?"""
        return bool(self._settings.get("tls", self._other.ca is not None if self._other else self._tls))

    @property
    def acquirer(self) -> Acquirer | None:
        """None before the start, and when the host is another one."""
        return self._own.acquirer

    @property
    def ledger(self) -> SqlLedger | None:
        """None before the start, and when the host is another one."""
        return self._own.ledger

    async def start(self, power: bool = True) -> None:
        """Start the host, provision the terminal, switch it on.  Raises BenchError, OSError, LedgerError."""
        if not self._other:
            await self._own.start()
        await self.bench.start(power=False)
        if self._other:
            told = self._other.introduction()
        else:
            told = self._own.introduction(testcards.DEMO_TERMINAL, self._tls, self._settings.get("mac", macs.ECB))
        await demo.provision(self.bench, told, self._settings)
        if power:
            await self.bench.power_on()

    async def host(self, line: str) -> dict:
        """One line of the host's control socket (`drop-answer next` …) and its answer.  Raises BenchError."""
        if self._other:
            if not self._other.control:
                raise BenchError("host: the other host's control socket is not known")
            address, port = self._other.control
        else:
            address, port = "127.0.0.1", self.acquirer.ports["control"]
        try:
            reader, writer = await asyncio.open_connection(address, port)
        except OSError as error:
            raise BenchError(f"host: its control socket does not answer: {error.strerror or error}") from error
        try:
            writer.write(line.encode() + b"\n")
            await writer.drain()
            answer = json.loads(await reader.readline() or b"{}")
        except (OSError, ValueError) as error:
            raise BenchError(f"host: {error}") from error
        finally:
            writer.close()
        if not answer.get("ok"):
            raise BenchError(f"host: {answer.get('error', 'no answer')}")
        return answer

    async def stop(self) -> None:
        """Switch off, close the host and its ledger."""
        await self.bench.stop()
        await self._own.stop()

    async def __aenter__(self):
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *error):
        await self.stop()
