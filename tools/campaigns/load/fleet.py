"""All terminals of a load, and what makes them do things: the closed loop, the open loop, idle connections."""

import asyncio
import random
import time
from collections.abc import Callable

from acquirer.profiles.cn_pos import wire

from .line import Address, Line, Lost
from .scenarios import Scenario
from .tally import Tally
from .terminal import LoadTerminal, echo

_AT_ONCE = 100  # connections that are opened at the same time


class Fleet:
    """`limit` acts in all, 0 for as many as the scenario's seconds hold."""

    def __init__(self, terminals: "list[LoadTerminal]", scenario: Scenario, rng: random.Random, tally: Tally, limit: int = 0):
        self.terminals, self._scenario, self._rng, self._tally = terminals, scenario, rng, tally
        self._limit, self._begun_acts = limit, 0
        self._until = 0.0
        self.seconds = 0.0
        self.goes_on: Callable[[], bool] | None = None  # instead of a time
        self.given_up: list[str] = []

    async def sign_on(self) -> None:
        """All of them, before anything is measured.  Raises Lost."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(terminal: LoadTerminal) -> None:
            async with gate:
                await terminal.sign_on()

        await asyncio.gather(*map(one, self.terminals))

    async def work(self) -> None:
        """The scenario, until its time or its acts are over; `seconds` says how long it took."""
        begun = time.perf_counter()
        self._until = begun + self._scenario.seconds
        if self._scenario.rate:
            await self._open_loop(begun)
        else:
            await asyncio.gather(*map(self._busy, self.terminals))
        self.seconds = time.perf_counter() - begun

    def _more(self) -> bool:
        """May another act begin?  Then it is counted."""
        if self.goes_on is not None:
            more = self.goes_on()
        else:
            more = self._begun_acts < self._limit if self._limit else time.perf_counter() < self._until
        self._begun_acts += more
        return more

    async def _busy(self, terminal: LoadTerminal) -> None:
        """The closed loop of one terminal."""
        number = 0
        while self._more() and await self._act(terminal, number):
            number += 1

    async def _open_loop(self, begun: float) -> None:
        """Acts come at random moments (exponential pauses), `rate` a second, and are done by whoever is free first."""
        free: asyncio.Queue[tuple[LoadTerminal, int]] = asyncio.Queue()
        for terminal in self.terminals:
            free.put_nowait((terminal, 0))
        due, running = begun, set()
        while self._more():
            due += self._rng.expovariate(self._scenario.rate)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if len(self.given_up) == len(self.terminals):
                break
            task = asyncio.ensure_future(self._served(due, free))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)

    async def _served(self, due: float, free: "asyncio.Queue[tuple[LoadTerminal, int]]") -> None:
        terminal, number = await free.get()
        if await self._act(terminal, number):
            self._tally.times["any, from its arrival"].append(time.perf_counter() - due)
            free.put_nowait((terminal, number + 1))

    async def _act(self, terminal: LoadTerminal, number: int) -> bool:
        """The terminal's act of that number; False when it cannot go on."""
        mix, churn = self._scenario.mix, self._scenario.churn
        if churn and number and number % churn == 0:
            await terminal.hang_up()
        try:
            await terminal.do(self._rng.choices(list(mix), mix.values())[0])
        except Lost as error:
            self.given_up.append(f"terminal {terminal.id.terminal}: {error}")
            return False
        return True

    async def hang_up(self) -> None:
        for terminal in self.terminals:
            await terminal.hang_up()


class Idle:
    """Connections on which nothing is said."""

    def __init__(self, address: Address, count: int, patience: float = 30.0):
        self._address, self._count, self._patience = address, count, patience
        self._lines: list[Line] = []

    async def open(self) -> None:
        """All of them.  Raises Lost."""
        for start in range(0, self._count, _AT_ONCE):
            some = range(min(_AT_ONCE, self._count - start))
            self._lines += await asyncio.gather(*[self._address.connect(self._patience) for _ in some])

    async def still_answered(self, terminal: str, merchant: str) -> int:
        """How many of them the host has kept: it answers an echo test on them."""
        body, alive = echo(terminal, merchant), 0
        for start in range(0, len(self._lines), _AT_ONCE):
            alive += sum(await asyncio.gather(*[self._answered(line, body) for line in self._lines[start : start + _AT_ONCE]]))
        return alive

    async def _answered(self, line: Line, body: bytes) -> bool:
        line.send(body)
        try:
            return wire.decode(await line.receive(self._patience)).mti == "0830"
        except Lost:
            return False

    async def close(self) -> None:
        for line in self._lines:
            await line.hang_up()
