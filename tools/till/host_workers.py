"""`till host --workers N`: N processes that serve one port, and one that starts them, starts again who dies, and has the control
socket.  A worker is `till host` itself, told its number; all that they share is the ledger.
"""

import asyncio
import json
import os
import pathlib
import socket
import sys
from collections.abc import Callable

from acquirer import testcards
from acquirer.front import FrontControl
from acquirer.said import Said
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger
from acquirer.tls import server_context
from rig.failures import Failed

_START_SECONDS = 60.0
_LONGEST_PAUSE = 5.0  # s, before a worker is started that has ended at once
_TILL = "from till.cli import main; main()"


class Workers:
    """`words` are the options of each; `pause` is doubled while one ends before it serves."""

    def __init__(
        self, count: int, words: "list[str]", state: pathlib.Path, metrics: "int | None", stop_seconds: float, log, relay
    ):
        self._words, self._state, self._metrics, self._stop_seconds = words, state, metrics, stop_seconds
        self._log: Callable[[str], None] = log or (lambda text: None)
        self._relay: Callable[[str], None] = relay
        self._control: dict[int, int] = {}
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self._numbers = range(1, count + 1)
        self._keepers: list[asyncio.Task] = []
        self.lasting: Callable[[], list[str]] = list

    def control(self) -> "list[int]":
        """The control ports of those that run."""
        return list(self._control.values())

    async def start(self) -> None:
        """All of them serve when this returns.  Raises Failed."""
        ready = [asyncio.get_running_loop().create_future() for _ in self._numbers]
        self._keepers = [asyncio.create_task(self._keep(number, each)) for number, each in zip(self._numbers, ready)]
        await asyncio.gather(*ready)

    async def stop(self) -> None:
        """As an operator ends each: what is in flight is answered."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        running = list(self._running.values())
        for process in running:
            if process.returncode is None:
                process.terminate()
        ended = asyncio.gather(*(self._drained(process) for process in running))
        try:
            await asyncio.wait_for(ended, self._stop_seconds + 10)
        except asyncio.TimeoutError:
            for process in running:
                if process.returncode is None:
                    process.kill()

    async def _drained(self, process: asyncio.subprocess.Process) -> None:
        while line := await process.stdout.readline():
            self._relay(line.decode("utf-8", "replace").rstrip("\n"))
        await process.wait()

    async def _keep(self, number: int, ready: asyncio.Future) -> None:
        """Have this worker running for ever."""
        pause = 0.1
        while True:
            faults = [word for fault in self.lasting() for word in ("--fault", fault)]
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", _TILL, "host", "--json", "--control", "0", "--state", str(self._state)),
                *self._words,
                *("--worker", str(number), *self._metrics_of(number), *faults),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_environment(),
            )
            self._running[number] = process
            if await self._serves(number, process):
                pause = 0.1
                if not ready.done():
                    ready.set_result(None)
                await self._drained(process)
            code = await process.wait()
            self._control.pop(number, None)
            if not ready.done():
                ready.set_exception(Failed(f"till host: worker {number} ended with exit code {code}"))
                return
            self._log(Said("worker", f"worker {number} ended (exit code {code}) and is started again", worker=number, code=code))
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _metrics_of(self, number: int) -> "list[str]":
        return [] if self._metrics is None else ["--metrics", str(self._metrics and self._metrics + number - 1)]

    async def _serves(self, number: int, process: asyncio.subprocess.Process) -> bool:
        """Wait until it listens; False when it has ended before."""
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
        except asyncio.TimeoutError:
            process.kill()
            return False
        if line:
            self._control[number] = json.loads(line)["ports"]["control"]
        return bool(line)


def reserved(bind: str, port: "int | None") -> "tuple[int | None, list[socket.socket]]":
    """(the port, sockets that keep it from strangers): every worker listens on it besides.  Raises OSError."""
    if port is None:
        return None, []
    kept = []
    for family, _, _, _, place in socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
        each = socket.socket(family, socket.SOCK_STREAM)
        kept.append(each)
        if family == socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        each.bind((place[0], port))
        port = each.getsockname()[1]
    return port, kept


async def front(ledger: SqlLedger, state: pathlib.Path, bind: str, tls: bool, workers: Workers, **options) -> Acquirer:
    """Start the workers; returns the control socket before them, to be started.  Raises OSError, Failed, LedgerError."""
    testcards.load(ledger)
    if tls:
        server_context(state)  # makes the CA, once for all
    acquirer = Acquirer(ledger, state, None, None, bind=bind, demo_data=False, **options)
    control = FrontControl(acquirer, workers.control)
    acquirer.control, workers.lasting = control, lambda: control.lasting
    await workers.start()
    return acquirer


def _environment() -> "dict[str, str]":
    """This process's own, with the folder of the tools where they are not installed."""
    tools = str(pathlib.Path(__file__).resolve().parents[1])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [tools, os.environ.get("PYTHONPATH", "")]))}
