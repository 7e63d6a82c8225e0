"""Many histories over several processes, and what they came to."""

import collections
import concurrent.futures
import concurrent.futures.process
import dataclasses
import gc
import multiprocessing
import time
import traceback
import warnings
from collections.abc import Iterator

from rig import with_parent
from rig.failures import Failed

from .plan import Plan, drawn

_CHUNK = 8  # histories that a process is given at a time

# A life that ends before its first tasks have begun.
warnings.filterwarnings("ignore", r"coroutine '.*' was never awaited", RuntimeWarning)

BELIEVABLE, MALICIOUS, BOTH = "believable", "malicious", "both"


@dataclasses.dataclass
class Outcome:
    """What one history came to; a sum of several is one too (`add`)."""

    seed: int = 0
    histories: int = 0
    acts: int = 0
    sales: int = 0  # requests for a sale that left the terminal
    requests: int = 0
    cuts: int = 0
    starts: int = 0
    seconds: float = 0.0  # of the processor
    virtual_s: float = 0.0
    struck: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    ends: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    violations: "list[str]" = dataclasses.field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        for name in ("histories", "acts", "sales", "requests", "cuts", "starts", "seconds", "virtual_s"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.struck.update(other.struck)
        self.ends.update(other.ends)
        self.violations += other.violations


def plan_of(seed: int, mode: str, acts: int = 0) -> Plan:
    """The plan of a seed; of both worlds, the odd seeds are malicious."""
    return drawn(seed, mode == BELIEVABLE or (mode == BOTH and seed % 2 == 0), acts)


def played(seed: int, mode: str, acts: int = 0) -> Outcome:
    """Play the history of a seed in this process."""
    return outcome_of(plan_of(seed, mode, acts))


def outcome_of(plan: Plan) -> Outcome:
    """Play a plan in this process."""
    from .base import the
    from .history import play
    from .world import World

    gc.disable()  # what a history leaves behind is collected at its end, once
    begun = time.process_time()
    world = World(plan, the())
    judge = play(world)
    gc.collect()
    return Outcome(
        plan.seed,
        1,
        len(world.plan.acts),
        judge.sales,
        judge.requests,
        world.cuts,
        world.board.lives,
        time.process_time() - begun,
        world.loop.now / 1000,
        world.struck,
        judge.ends_seen,
        [str(found) for found in judge.violations],
    )


def _in_any_case(seed: int, mode: str, acts: int) -> Outcome:
    """… and where the simulation itself falls, that is what it came to: the others are played all the same."""
    try:
        return played(seed, mode, acts)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a PowerCut is no Exception
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Outcome(seed, 1, violations=[f"simulation: {type(error).__name__}: {error} ({place.filename}:{place.lineno})"])


def _chunk(first: int, count: int, mode: str, acts: int) -> "list[Outcome]":
    return [_in_any_case(seed, mode, acts) for seed in range(first, first + count)]


def run(first: int, histories: int, mode: str, acts: int, workers: int) -> "Iterator[Outcome]":
    """The outcome of each seed from `first` on, as they come."""
    if workers == 1 or histories <= 1:
        for seed in range(first, first + histories):
            yield played(seed, mode, acts) if histories == 1 else _in_any_case(seed, mode, acts)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, context, with_parent.stay) as pool:
        tasks = collections.deque()
        starts = iter(range(first, first + histories, _CHUNK))
        while True:
            while len(tasks) < 4 * workers and (start := next(starts, None)) is not None:
                count = min(_CHUNK, first + histories - start)
                tasks.append((start, pool.submit(_chunk, start, count, mode, acts)))
            if not tasks:
                return
            start, task = tasks.popleft()
            try:
                yield from task.result()
            except concurrent.futures.process.BrokenProcessPool:
                last = min(start + _CHUNK, first + histories) - 1
                raise Failed(f"simulation: one of the histories {start} to {last} has ended its process") from None
