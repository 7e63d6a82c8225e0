"""Cut points spread over worker processes, each with a stand, a host and ports of its own."""

import asyncio
import concurrent.futures
import multiprocessing
import pathlib
import tempfile

from acquirer.ledger import LedgerError
from rig.supervisor import BenchError

from .scenarios import Point
from .stand import Stand, StandError

_TRIES = 3  # a point whose cut is not reached is tried again: the number of reads can differ by one

_worker = None  # the one of this process


class Worker:
    """A stand and the event loop that it lives in."""

    def __init__(self, folder: str, settings: dict):
        self._loop = asyncio.new_event_loop()
        self._stand = Stand(tempfile.mkdtemp(dir=folder), **settings)
        self._loop.run_until_complete(self._stand.open())

    def baseline(self, scenario: str, base: str) -> dict:
        return self._loop.run_until_complete(self._stand.baseline(scenario, base))

    def run(self, point: Point) -> dict:
        """{"violations": [(invariant, text)], "seconds", "steps"}; what could not be tried is one of "campaign"."""
        text = ""
        for _ in range(_TRIES):
            try:
                done = self._loop.run_until_complete(self._stand.run(point))
            except (StandError, BenchError, LedgerError, OSError, asyncio.TimeoutError) as error:
                text = str(error) or type(error).__name__
                if "was not reached" in text:
                    continue
                break
            return {"violations": done.violations, "seconds": done.seconds, "steps": done.steps}
        return {"violations": [*self._stand.violations(), ("campaign", text)], "seconds": 0.0, "steps": None}

    def close(self) -> None:
        self._loop.run_until_complete(self._stand.close())
        self._loop.close()


def _begin(folder: str, settings: dict) -> None:
    global _worker
    try:
        _worker = Worker(folder, settings)
    except (StandError, BenchError, LedgerError, OSError) as error:
        _worker = error  # told by the first task: a pool hides what its initializer raises


def _ready():
    if isinstance(_worker, Exception):
        raise StandError(str(_worker))
    return _worker


def _baseline(scenario: str, base: str) -> dict:
    return _ready().baseline(scenario, base)


def _run(point: Point):
    return point, _ready().run(point)


class Pool:
    """`settings` are those of Stand.  A context; `folder` is removed by whoever made it."""

    def __init__(self, folder, workers: int, settings: dict):
        self._pool = concurrent.futures.ProcessPoolExecutor(
            workers, multiprocessing.get_context("spawn"), _begin, (str(pathlib.Path(folder)), settings)
        )

    def baselines(self, wanted) -> dict:
        """(scenario, base) -> steps, for all `wanted`.  Raises StandError, BenchError."""
        tasks = {each: self._pool.submit(_baseline, *each) for each in wanted}
        return {each: task.result() for each, task in tasks.items()}

    def run(self, points):
        """(point, result) of every point, as they come."""
        tasks = [self._pool.submit(_run, point) for point in points]
        for task in concurrent.futures.as_completed(tasks):
            yield task.result()

    def __enter__(self):
        return self

    def __exit__(self, *error) -> None:
        self._pool.shutdown(cancel_futures=True)
