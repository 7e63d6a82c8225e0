"""Kinds of cuts over several processes: each kind is one process's from beginning to end, because its moments are."""

import concurrent.futures
import multiprocessing
from collections.abc import Iterator, Sequence

from rig import with_parent

from .cuts import Outcome, Runner, named


def _tried(kind: str, depth: int, most: "int | None", seeds: range, volatile: bool) -> Outcome:
    from .base import the

    runner = Runner(named(kind), the(), volatile)
    outcome = runner.explore(depth, most)
    outcome.add(runner.sample(seeds))
    return outcome


def run(
    kinds: "Sequence[str]", depth: int, samples: int, seed: int, workers: int, most: "int | None", volatile: bool
) -> "Iterator[Outcome]":
    """The outcome of each kind as they come: explored to `depth` (0: not), and its share of `samples` from `seed` on."""
    tasks = []
    for at, kind in enumerate(kinds):
        share = range(seed + samples * at // len(kinds), seed + samples * (at + 1) // len(kinds))
        tasks.append((kind, depth, most, share, volatile))
    if workers == 1 or len(tasks) == 1:
        yield from (_tried(*task) for task in tasks)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, context, with_parent.stay) as pool:
        for done in concurrent.futures.as_completed([pool.submit(_tried, *task) for task in tasks]):
            yield done.result()
