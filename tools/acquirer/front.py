"""The control socket of a host of several processes: questions about the ledger are answered here, faults go to every worker.

Each worker counts for itself: "next" is the next such request of each.
"""

import asyncio
import collections
import json

from . import faults
from .control import CommandError, ControlServer

_SECONDS = 30.0


async def asked(port: int, line: str) -> dict:
    """What the control socket of a worker answers to a line.  Raises OSError, asyncio.TimeoutError."""

    async def work() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(line.encode("utf-8") + b"\n")
            return await reader.readline()
        finally:
            writer.close()

    answer = await asyncio.wait_for(work(), _SECONDS)
    if not answer.endswith(b"\n"):
        raise ConnectionResetError("the worker has ended")
    return json.loads(answer)


class Crew:
    """The workers as their front knows them: the ports of those that serve, and the faults that a new one begins with.

    `lines` are the ports that all of them serve, `fault_lines` the faults of the beginning.
    """

    def __init__(self, lines: "dict[str, int]", fault_lines: "list[str]"):
        self._lines, self._first = lines, fault_lines
        self._lasting = [line for line in fault_lines if faults.parse(line.split()).left is None]
        self._begun: set[int] = set()
        self._missed: dict[int, list[str]] = {}  # what was told to the others while this one started
        self._serving: dict[int, dict[str, int]] = {}
        self._one_after_the_other = asyncio.Lock()

    @property
    def ports(self) -> "dict[str, int]":
        """Those that all of them serve."""
        return dict(self._lines)

    def serves(self, number: int) -> bool:
        """Does this one, as far as is known?"""
        return number in self._serving

    def begin(self, number: int) -> "list[str]":
        """The faults of a worker that is started now."""
        begins_with = self._lasting if number in self._begun else self._first
        self._begun.add(number)
        self._missed[number] = []
        return list(begins_with)

    async def join(self, number: int, ports: "dict[str, int]") -> None:
        """It serves: it is told what it has missed.  Raises OSError, asyncio.TimeoutError."""
        async with self._one_after_the_other:
            for line in self._missed.pop(number):
                await asked(ports["control"], line)
            self._serving[number] = ports

    def leave(self, number: int) -> None:
        """It has ended."""
        self._serving.pop(number, None)
        self._missed.pop(number, None)

    async def put(self, line: str, lasts: bool) -> "dict[int, dict]":
        """A fault for all, also for those that are starting, and when it lasts for those that will.  Raises CommandError."""
        async with self._one_after_the_other:
            if lasts:
                self._lasting.append(line)
            heard = self._miss(line)
            answers = await self.ask(line)
            if not (lasts or heard or answers):
                raise CommandError("no worker runs just now; try again")
            return answers

    async def clear(self) -> None:
        """No fault for anybody, now or later.  Raises CommandError."""
        async with self._one_after_the_other:
            self._lasting.clear()
            self._miss("clear")
            await self.ask("clear")

    def _miss(self, line: str) -> bool:
        for missed in self._missed.values():
            missed.append(line)
        return bool(self._missed)

    async def ask(self, line: str) -> "dict[int, dict]":
        """The answers of those that serve; who has just ended gives none.  Raises CommandError."""
        numbers = list(self._serving)
        told = await asyncio.gather(
            *(asked(self._serving[number]["control"], line) for number in numbers), return_exceptions=True
        )
        answers: dict[int, dict] = {}
        for number, answer in zip(numbers, told):
            if isinstance(answer, asyncio.TimeoutError):
                raise CommandError(f"worker {number} does not answer")
            if isinstance(answer, BaseException) and not isinstance(answer, OSError):
                raise CommandError(f"worker {number}: {answer}")
            if isinstance(answer, dict):
                answers[number] = answer
        return answers


class FrontControl(ControlServer):
    """What a person asks of the crew, and of the ledger."""

    def __init__(self, acquirer, crew: Crew):
        super().__init__(acquirer)
        self._crew = crew

    async def execute(self, line: str) -> dict:
        words = line.split()
        name = words[0] if words else ""
        try:
            if name in faults.KINDS:
                fault = faults.parse(words)
                answers = await self._crew.put(" ".join(words), fault.left is None)
                refused = (answer for answer in answers.values() if not answer["ok"])
                return next(refused, {"ok": True, **fault.describe()})
            if name == "clear" and len(words) == 1:
                await self._crew.clear()
                return {"ok": True}
            if name == "wait-request":
                raise CommandError("not of a host with --workers; status counts what is processed")
            answer = await super().execute(line)
            return {**answer, **await self._status(answer)} if name == "status" and answer["ok"] else answer
        except faults.FaultError as error:
            return {"ok": False, "error": str(error)}
        except CommandError as error:
            return {"ok": False, "error": f"{name}: {error}"}

    async def _status(self, own: dict) -> dict:
        """What is of the workers: the faults in force, each as often as workers have it, and the sums of what they processed."""
        answers = list((await self._crew.ask("status")).values())
        processed: collections.Counter[str] = collections.Counter()
        for answer in answers:
            processed.update(answer["processed"])
        return {
            "ports": {**self._crew.ports, **own["ports"]},
            "faults": [fault for answer in answers for fault in answer["faults"]],
            "processed": dict(processed),
            "workers": len(answers),
        }
