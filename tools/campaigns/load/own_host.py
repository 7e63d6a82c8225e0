"""A host that the load starts itself, in processes of its own, by the command that anybody would use."""

import asyncio
import json
import os
import pathlib
import signal
import sys

from rig.failures import Failed

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_ALL = "12000"  # every terminal of a load comes from this computer
_TILL = "from till.cli import main; main()"


class OwnHost:
    """`till host` with a ledger and a state folder; `options` go to its command line."""

    def __init__(self, ledger: str, state: pathlib.Path, *options: str):
        ports = ["--plain", "--port", "0", "--control", "0", "--json", "--max-per-address", _ALL]
        self._words = [*ports, "--ledger", ledger, "--state", str(state), *options]
        self.process: asyncio.subprocess.Process | None = None
        self.ports: dict[str, int] = {}

    async def start(self) -> "OwnHost":
        """Serve.  Raises Failed with what the host says."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _TILL, "host", *self._words, stdout=asyncio.subprocess.PIPE, env=_environment()
        )
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), _START_SECONDS)
        except asyncio.TimeoutError:
            await self.stop()
            raise Failed("till host: did not start in time") from None
        if not line:
            raise Failed(f"till host: ended with exit code {await self.process.wait()}")
        self.ports = json.loads(line)["ports"]
        return self

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


def _environment() -> "dict[str, str]":
    """This process's own, with the folder of the tools where they are not installed."""
    tools = str(pathlib.Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [tools, os.environ.get("PYTHONPATH", "")]))}
