"""A host that the load starts itself, in processes of its own, by the command that anybody would use."""

import asyncio
import json
import os
import pathlib
import random
import signal
import sys

from rig import till_process
from rig.failures import Failed

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_ALL = "12000"  # every terminal of a load comes from this computer
_ERRORS = "load-host.err"  # in the state folder: what it writes to stderr


class OwnHost:
    """`till host` with a ledger and a state folder; `options` go to its command line, `program` is what is run as `till`."""

    def __init__(self, ledger: str, state: pathlib.Path, *options: str, program: str = till_process.PROGRAM):
        self._program = program
        self._words = ["--json", "--max-per-address", _ALL, "--ledger", ledger, "--state", str(state), *options]
        self._errors = state / _ERRORS
        self.process: asyncio.subprocess.Process | None = None
        self.ports: dict[str, int] = {}

    async def start(self) -> "OwnHost":
        """Serve, after a start before on the ports of then.  Raises Failed with what the host says."""
        ports = ["--port", str(self.ports.get("tcp", 0)), "--control", str(self.ports.get("control", 0))]
        ports += ["--tls-port", str(self.ports.get("tls", 0))]
        command = [sys.executable, "-c", self._program, "host", *ports, *self._words]
        with self._errors.open("wb") as errors:
            self.process = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=errors, env=till_process.environment()
            )
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), _START_SECONDS)
        except asyncio.TimeoutError:
            await self.stop()
            raise Failed("till host: did not start in time") from None
        if not line:
            told = self._errors.read_text("utf-8", "replace").splitlines()
            raise Failed(f"till host: ended with exit code {await self.process.wait()}: {told[-1] if told else 'without a word'}")
        self.ports = json.loads(line)["ports"]
        return self

    async def kill(self, rng: random.Random) -> None:
        """kill -9 of one of its workers, which it has to replace itself; of itself where it has none, and start it again."""
        workers = await self.workers()
        if workers:
            os.kill(rng.choice(workers), signal.SIGKILL)
            return
        self.process.kill()
        await self.process.wait()
        await self.start()

    async def workers(self) -> "list[int]":
        """The process numbers of its children."""
        asked = await asyncio.create_subprocess_exec(
            "ps", "-A", "-o", "pid=,ppid=", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        told = (await asked.communicate())[0].decode("ascii")
        pairs = [line.split() for line in told.splitlines()]
        return [int(pid) for pid, parent in pairs if int(parent) == self.process.pid]

    async def stop(self) -> int:
        """End it as an operator does; its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except asyncio.TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise Failed("till host: did not end in time") from None

    async def __aenter__(self) -> "OwnHost":
        return await self.start()

    async def __aexit__(self, *_) -> None:
        await self.stop()
