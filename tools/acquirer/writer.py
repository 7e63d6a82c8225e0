"""The thread that writes: units of work that wait are one group, and each is told once its group lasts."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from .unit import Needs, Unit

MOST = 100  # units of a group


class Job(NamedTuple):
    """A unit of work, what it needs, and who waits for it."""

    work: Callable[[Unit], Any]
    needs: Needs
    future: "asyncio.Future[Any] | None" = None

    @property
    def gone(self) -> bool:
        """Nobody waits for it any more."""
        return self.future is not None and self.future.cancelled()


class Outcome(NamedTuple):
    """What a unit of work has returned, or raised."""

    result: Any = None
    failure: "BaseException | None" = None


class Writer:
    """`decide(jobs) -> their outcomes`, which last, is called in a thread of its own; it raises nothing."""

    def __init__(self, decide: "Callable[[list[Job]], list[Outcome]]"):
        self._decide = decide
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def ask(self, work: Callable[[Unit], Any], needs: Needs) -> Any:
        """The result of `work(unit)` once it lasts; raises what it raised.  Who is cancelled before its group begins was
        never there.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="ledger", daemon=True)
            self._thread.start()
        future = asyncio.get_running_loop().create_future()
        self._waiting.put(Job(work, needs, future))
        return await future

    def end(self, seconds: float) -> None:
        """Decide what waits, and no more; what takes longer than `seconds` is left to itself."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(seconds)
            self._thread = None

    def _write(self) -> None:
        ended = False
        while not ended:
            found = [self._waiting.get()]
            with contextlib.suppress(queue.Empty):
                while len(found) < MOST:
                    found.append(self._waiting.get_nowait())
            ended = None in found
            jobs = [job for job in found if job is not None and not job.gone]
            if jobs:
                self._tell(jobs, self._decide(jobs))

    def _tell(self, jobs: "list[Job]", outcomes: "list[Outcome]") -> None:
        """One call a loop, whatever the number of those who wait in it."""
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future, Outcome]]] = {}
        for job, outcome in zip(jobs, outcomes):
            by_loop.setdefault(job.future.get_loop(), []).append((job.future, outcome))
        for loop, told in by_loop.items():
            with contextlib.suppress(RuntimeError):  # a loop that has ended: nobody waits there any more
                loop.call_soon_threadsafe(_settle, told)


def _settle(told: "list[tuple[asyncio.Future, Outcome]]") -> None:
    for future, (result, failure) in told:
        if future.done():
            continue  # cancelled meanwhile
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)
