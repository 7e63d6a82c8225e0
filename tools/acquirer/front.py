"""The control socket of a host of several processes: questions about the ledger are answered here, faults go to every worker.

Each worker counts for itself: "next" is the next such request of each.
"""

import asyncio
import collections
import json
from collections.abc import Callable

from . import faults
from .control import CommandError, ControlServer

_SECONDS = 30.0


async def asked(port: int, line: str) -> dict:
    """What the control socket of a worker answers to a line.  Raises OSError, asyncio.TimeoutError."""

    async def work() -> dict:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(line.encode("utf-8") + b"\n")
            return json.loads(await reader.readline() or b'{"ok": false, "error": "the worker has ended"}')
        finally:
            writer.close()

    return await asyncio.wait_for(work(), _SECONDS)


class FrontControl(ControlServer):
    """`workers() -> the control ports of those that run`; `lasting` are the faults that a new worker begins with."""

    def __init__(self, acquirer, workers: "Callable[[], list[int]]"):
        super().__init__(acquirer)
        self._workers = workers
        self.lasting: list[str] = []

    async def execute(self, line: str) -> dict:
        words = line.split()
        name = words[0] if words else ""
        try:
            if name in faults.KINDS:
                lasts = faults.parse(words).left is None
                answer = await self._all(line)
                if lasts and answer["ok"]:
                    self.lasting.append(" ".join(words))
                return answer
            if name == "clear" and len(words) == 1:
                self.lasting.clear()
                return await self._all(line)
            if name == "wait-request":
                raise CommandError("wait-request: not of a host with --workers; status counts what is processed")
            answer = await super().execute(line)
            return {**answer, **await self._status()} if name == "status" and answer["ok"] else answer
        except (CommandError, faults.FaultError) as error:
            return {"ok": False, "error": str(error)}
        except (OSError, asyncio.TimeoutError):
            return {"ok": False, "error": f"{name}: a worker has just ended and does not know of it; try again"}

    async def _all(self, line: str) -> dict:
        """The first answer of all workers that is not well, or the first."""
        answers = await asyncio.gather(*(asked(port, line) for port in self._workers()))
        return next((answer for answer in answers if not answer["ok"]), answers[0])

    async def _status(self) -> dict:
        """What is of the workers: the faults in force, each as often as workers have it, and the sums of what they processed."""
        answers = await asyncio.gather(*(asked(port, "status") for port in self._workers()))
        processed: collections.Counter[str] = collections.Counter()
        for answer in answers:
            processed.update(answer["processed"])
        return {
            "faults": [fault for answer in answers for fault in answer["faults"]],
            "processed": dict(processed),
            "workers": len(answers),
        }
