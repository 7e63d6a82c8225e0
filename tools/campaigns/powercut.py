"""`till powercut`: the power fails at every flash write and at every network step; nothing may be lost."""

import os
import pathlib
import random
import shutil
import tempfile
import time
from concurrent.futures.process import BrokenProcessPool

import click

from rig.failures import Failed, told
from rig.option_types import Heap
from rig.supervisor import BenchError

from .pool import Pool
from .scenarios import SCENARIOS, Point, again_points, points_of
from .stand import StandError

_SHORT = 30  # points of --short


@click.command("powercut")
@click.option("--all", "every", is_flag=True, help="Every point of every scenario (the default).")
@click.option("--short", is_flag=True, help=f"{_SHORT} points, spread evenly over scenarios and kinds of steps.")
@click.option("--scenario", "names", multiple=True, type=click.Choice(list(SCENARIOS)), help="Only this one; may be repeated.")
@click.option("--twice", is_flag=True, help="Cut the start that recovers too, at each of its steps.")
@click.option(
    "--sample",
    type=click.IntRange(1),
    metavar="N",
    help="Only N of the points, by chance; with --twice, N pairs of these too.",
)
@click.option("--seed", type=int, help="Of that chance; printed, and a new one by default.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; by default two a core: terminals mostly wait.")
@click.option("--tls/--plain", default=True, show_default=True, help="The link to the host.")
@click.option("--heap", type=Heap(), default="320k", show_default=True, help="MicroPython heap of the firmware.")
@click.option("--firmware", type=click.Path(exists=True, file_okay=False), help="Another firmware folder.")
def powercut(every, short, names, twice, sample, seed, workers, tls, heap, firmware) -> None:
    """Cut the power at every flash write (before, torn, after) and network step of a sale, a declined sale, a timed-out
    sale and a reversal; restart on what survived, and check every invariant against the host's ledger.

    The last line is "cut points: N, violations: M"; exit code 1 when M is not 0.
    """
    if every and (short or sample or names):
        raise click.UsageError("--all: not together with --short, --sample or --scenario")
    if firmware and not (pathlib.Path(firmware) / "main.py").is_file():
        raise click.UsageError(f"--firmware {firmware}: there is no main.py")
    seed = random.randrange(1 << 32) if seed is None else seed
    workers = workers or 2 * (os.cpu_count() or 1)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="till-powercut-"))
    settings = {"tls": tls, "heap": heap, "firmware": str(pathlib.Path(firmware).resolve()) if firmware else ""}
    started = time.monotonic()
    try:
        with Pool(folder, workers, settings) as pool:
            count, found = Campaign(pool, names or SCENARIOS, short, twice, sample, seed).play()
    except (StandError, BenchError) as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(told(error)) from None
    except BrokenProcessPool:
        raise Failed("a worker process died") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    seconds = time.monotonic() - started
    if count:
        click.echo(f"{seconds:.0f} s, {seconds * workers / count:.2f} s a point on {workers} workers")
    click.echo(f"cut points: {count}, violations: {found}")
    if found:
        raise click.exceptions.Exit(1)


class Campaign:
    """What one call of the command tries; `play` gives (points, violations)."""

    def __init__(self, pool, names, short: bool, twice: bool, sample, seed: int):
        self._pool, self._names, self._short, self._twice, self._sample = pool, names, short, twice, sample
        self._chance = random.Random(seed)
        self._seed = seed
        self._violations = 0
        self._recovered: dict = {}  # point -> steps of the start that recovered

    def play(self):
        points = self._plan()
        count = len(points)
        self._try(points, "cut points")
        if self._twice:
            pairs = self._pairs(points)
            count += len(pairs)
            self._try(pairs, "second cuts")
        return count, self._violations

    def _plan(self) -> list:
        points = []
        wanted = [(name, "young") for name in self._names]
        for (name, base), steps in self._pool.baselines(wanted).items():
            found = points_of(name, base, steps)
            click.echo(f"{name}: {steps['write']} flash writes, {steps['net']} network steps, {len(found)} cut points")
            points += found
        if self._short:
            return self._spread(points)
        if self._sample and self._sample < len(points):
            click.echo(f"sample of {self._sample}, seed {self._seed}")
            return self._chance.sample(points, self._sample)
        return points

    def _spread(self, points: list) -> list:
        """An even share of every (scenario, kind): each n-th point of it, from a start that the seed chooses."""
        groups: dict = {}
        for point in points:
            groups.setdefault((point.scenario, point.kind), []).append(point)
        chosen = []
        share = max(1, _SHORT // len(groups))
        for group in groups.values():
            stride = max(1, len(group) // share)
            chosen += group[self._chance.randrange(stride) :: stride][:share]
        click.echo(f"{len(chosen)} of {len(points)} points, about {share} of each scenario and kind, seed {self._seed}")
        return chosen

    def _pairs(self, points: list) -> list:
        pairs = [pair for point in points if point in self._recovered for pair in again_points(point, self._recovered[point])]
        if self._sample and self._sample < len(pairs):
            click.echo(f"second cuts: sample of {self._sample} of {len(pairs)}, seed {self._seed}")
            return self._chance.sample(pairs, self._sample)
        click.echo(f"second cuts: {len(pairs)}")
        return pairs

    def _try(self, points: list, what: str) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns) as progress:
            bar = progress.add_task(what, total=len(points))
            for point, result in self._pool.run(points):
                progress.advance(bar)
                if result["steps"]:
                    self._recovered[point] = result["steps"]
                for invariant, text in result["violations"]:
                    self._violations += 1
                    line = describe(point, invariant, text)
                    progress.console.print(line, highlight=False, markup=False, soft_wrap=True)


def describe(point: Point, invariant: str, text: str) -> str:
    """The line of a violation."""
    return f"{point.scenario}, cut at {point}: {invariant}: {text}"
