"""`till host --workers N`: N processes that serve one port, and one that starts them, starts again who dies, and has the control
socket.  A worker is `till host` itself, told its number; all that they share is the ledger.
"""

import asyncio
import contextlib
import importlib.util
import json
import os
import pathlib
import shutil
import socket
import sys
from collections.abc import Callable, Iterator

from acquirer import metrics, testcards
from acquirer.front import Crew, FrontControl
from acquirer.said import Said
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger
from acquirer.tls import server_context
from rig import till_process
from rig.failures import Failed, told

from .host_log import outward

_START_SECONDS = 60.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # s, before a worker is started again


class Workers:
    """`words` are the options of each, `counted` is the folder of what they count.  The pause before one is started again is
    doubled while it ends before it serves.
    """

    def __init__(
        self,
        count: int,
        words: "list[str]",
        state: pathlib.Path,
        counted: "pathlib.Path | None",
        stop_seconds: float,
        log: "Callable[[str], None] | None",
        relay: "Callable[[str], None]",
        crew: Crew,
    ):
        self._words, self._state, self._counted, self._stop_seconds = words, state, counted, stop_seconds
        self._log = log or (lambda text: None)
        self._relay = outward(relay)
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self._numbers = range(1, count + 1)
        self._keepers: list[asyncio.Task] = []
        self.crew = crew

    async def start(self) -> None:
        """All of them serve when this returns.  Raises Failed."""
        ready = [asyncio.get_running_loop().create_future() for _ in self._numbers]
        self._keepers = [asyncio.create_task(self._keep(number, each)) for number, each in zip(self._numbers, ready)]
        await asyncio.gather(*ready)

    async def stop(self) -> None:
        """As an operator ends each: what is in flight is answered."""
        for keeper in self._keepers:
            keeper.cancel()
        for end in await asyncio.gather(*self._keepers, return_exceptions=True):
            if isinstance(end, Exception):
                self._log(Said("worker", f"a worker was no longer kept: {end!r}"))
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
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:
                self._log(Said("worker", "a line of a worker's log is too long, and is left out"))
                continue
            if not line:
                break
            self._relay(line.decode("utf-8", "replace").rstrip("\n"))
        await process.wait()

    async def _keep(self, number: int, ready: asyncio.Future) -> None:
        """Have this worker running for ever."""
        pause = _SHORTEST_PAUSE
        while True:
            code: int | None = None
            try:
                code = await self._live(number, ready)
                why = f"ended (exit code {code})"
            except asyncio.TimeoutError:
                why = "did not answer in time"
            except Exception as error:  # whatever it was: without its keeper a worker would be gone for good
                why = f"failed: {told(error) if isinstance(error, OSError) else repr(error)}"
            pause = _SHORTEST_PAUSE if self.crew.serves(number) else min(2 * pause, _LONGEST_PAUSE)
            self.crew.leave(number)
            if self._counted is not None:
                metrics.ended(self._counted, number)
            if not ready.done():
                ready.set_exception(Failed(f"till host: worker {number} {why}"))
                return
            self._log(Said("worker", f"worker {number} {why} and is started again", worker=number, code=code))
            await asyncio.sleep(pause)

    async def _live(self, number: int, ready: asyncio.Future) -> int:
        """One life of it; returns its exit code."""
        faults = [word for fault in self.crew.begin(number) for word in ("--fault", fault)]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", till_process.PROGRAM, "host", "--json", "--control", "0", "--state", str(self._state)),
            *self._words,
            *("--worker", str(number), *(["--counted", str(self._counted)] if self._counted else []), *faults),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=till_process.environment(),
        )
        self._running[number] = process
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
            if line:  # else it has ended before it served
                await self.crew.join(number, json.loads(line)["ports"])
                if not ready.done():
                    ready.set_result(None)
                await self._drained(process)
        except Exception:
            if process.returncode is None:
                process.kill()
            await process.wait()
            raise
        return await process.wait()

    def processes(self) -> "dict[str, int]":
        """The process numbers of those that run, and of this one, "front"."""
        running = {str(number): process.pid for number, process in list(self._running.items()) if process.returncode is None}
        return {"front": os.getpid(), **running}


def able(shares_a_file: bool) -> None:
    """Can this system have workers?  Raises Failed."""
    if not hasattr(socket, "SO_REUSEPORT"):
        raise Failed("--workers: this system lets only one process listen on a port (it has no SO_REUSEPORT)")
    if shares_a_file and importlib.util.find_spec("fcntl") is None:
        raise Failed("--workers: this system has no fcntl, by which workers take turns at a SQLite file; PostgreSQL does without")


def reserved(bind: str, port: int) -> "tuple[int, list[socket.socket]]":
    """(the port, sockets that keep it from everybody but our workers, who listen on it besides).  Raises OSError."""
    kept: list[socket.socket] = []
    try:
        for family, _, _, _, place in socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
            kept.append(_kept(family, place[0], port))
            port = kept[0].getsockname()[1]
    except OSError:
        for each in kept:
            each.close()
        raise
    return port, kept


def _kept(family: int, address: str, port: int) -> socket.socket:
    """A socket on a port on which nobody listens: SO_REUSEPORT alone would let us join the workers of another host, and
    another one join ours.
    """
    try:
        with socket.create_server((address, port), family=family) as alone:
            port = alone.getsockname()[1]
        try:
            return _bound(family, address, port, False)
        except OSError:  # nobody listens, so these are connections of an earlier host that the system has not forgotten
            return _bound(family, address, port, True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{address}:{port}") from None


def _bound(family: int, address: str, port: int, after_others: bool) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, after_others)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound


@contextlib.contextmanager
def counting(state: pathlib.Path) -> "Iterator[pathlib.Path]":
    """An empty folder for what workers count, which is taken away at the end."""
    folder = state / "counted"
    shutil.rmtree(folder, ignore_errors=True)  # of a host that was killed
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def front(
    ledger: SqlLedger, state: pathlib.Path, bind: str, tls: bool, workers: Workers, counted: "pathlib.Path | None", **options
) -> Acquirer:
    """Start the workers; returns the control socket before them, and the sum of what they count in `counted`, to be started.
    Raises OSError, Failed, LedgerError.
    """
    testcards.load(ledger)
    if tls:
        server_context(state)  # makes the CA, once for all
    acquirer = Acquirer(ledger, state, None, None, bind=bind, demo_data=False, **options)
    acquirer.control = FrontControl(acquirer, workers.crew)
    if counted is not None:
        acquirer.metrics.registry = metrics.gathered(counted, workers.processes)
    await workers.start()
    return acquirer
