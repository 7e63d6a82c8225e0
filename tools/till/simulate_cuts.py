"""`till simulate --cuts`: the power fails at every step of every kind of act, and again while the terminal starts."""

import dataclasses
import functools
import re
from collections.abc import Callable
from typing import Any

import click

from sim import cut_pool
from sim.cuts import DEEP, Found, Outcome, Runner, named
from sim.kinds import KINDS

NAMES = [kind.name for kind in KINDS]
_MOST_TOLD = 3  # stories of a kind


@dataclasses.dataclass(frozen=True)
class Wanted:
    """`kinds` (none: all) to a depth of so many cuts, `most` points of each life; so many `samples`; or only one `point`.
    `volatile`: on a flash with a write cache, which a cut loses.
    """

    kinds: "tuple[str, ...]"
    depth: int
    samples: int
    most: "int | None"
    point: "str | None"
    volatile: bool


def options(command: "Callable[..., None]") -> "Callable[..., None]":
    """Those of `--cuts`; the command is given them as `cuts`, a Wanted or None."""

    @click.option(
        "--cuts", is_flag=True, help="No chance: cut the power at every step of each kind of act, and again in the start."
    )
    @click.option(
        "--kind", "kinds", multiple=True, type=click.Choice(NAMES), metavar="KIND", help="Cuts of this kind only; repeatable."
    )
    @click.option("--depth", type=click.IntRange(0, 3), default=2, show_default=True, help="So many cuts, one after the other.")
    @click.option("--samples", type=click.IntRange(0), default=0, help="And so many histories of more cuts, by chance.")
    @click.option("--most", type=click.IntRange(1), help="Only so many cuts of each life, evenly spread.")
    @click.option("--point", help="Tell this history of one kind, as a violation names it.")
    @click.option("--volatile", is_flag=True, help="Cuts of a flash with a write cache, which is lost.")
    @functools.wraps(command)
    def with_cuts(cuts: bool, kinds: Any, depth: int, samples: int, most: Any, point: Any, volatile: bool, **others: Any) -> None:
        if point is not None and len(kinds) != 1:
            raise click.UsageError("--point: wants one --kind")
        if (kinds or samples or most or volatile) and not cuts:
            raise click.UsageError("--kind, --samples, --most, --point, --volatile: only with --cuts")
        command(cuts=Wanted(kinds, depth, samples, most, point, volatile) if cuts else None, **others)

    return with_cuts


def run(wanted: Wanted, seed: int, workers: int) -> None:
    """Try all that and tell it.  Exit code 1 when an invariant fell."""
    held = _replay(wanted.kinds[0], wanted.point, wanted.volatile) if wanted.point else _explore(wanted, seed, workers)
    if not held:
        raise click.exceptions.Exit(1)


def _explore(wanted: Wanted, seed: int, workers: int) -> bool:
    kinds = [name for name in NAMES if not wanted.kinds or name in wanted.kinds]
    click.echo(f"cuts of {len(kinds)} kinds to depth {wanted.depth}" + (_deep(wanted.samples, seed) if wanted.samples else ""))
    total = Outcome("all", [0] * wanted.depth, [0] * wanted.depth)
    for outcome in cut_pool.run(kinds, wanted.depth, wanted.samples, seed, workers, wanted.most, wanted.volatile):
        click.echo(str(outcome))
        for found in outcome.found[:_MOST_TOLD]:
            _tell(found, wanted.volatile)
        total.add(outcome)
    click.echo(str(total))
    return not total.found


def _replay(kind: str, point: str, volatile: bool) -> bool:
    """Tell one history: numbers of cuts with dots, or "seed N".  Raises click.UsageError."""
    from sim.base import the

    if not re.fullmatch(r"\d+(\.\d+)*|seed \d+", point):
        raise click.UsageError(f"--point: {point}: numbers of cuts with dots, or: seed N")
    runner = Runner(named(kind), the(), volatile)
    try:
        if point.startswith("seed "):
            lines = runner.walk(int(point[5:]))
        else:
            lines = runner.replay([int(number) for number in point.split(".")])
    except ValueError as error:
        raise click.UsageError(f"--point: {error}") from None
    for line in lines:
        click.echo(line)
    return not runner.found


def _deep(samples: int, seed: int) -> str:
    return f", {samples} samples of {DEEP[0]} to {DEEP[1]} cuts, seed {seed}"


def _tell(found: Found, volatile: bool) -> None:
    for line in found.story:
        click.echo(f"    {line}")
    for violation in found.violations:
        click.echo(f"  {violation}")
    click.echo(f'  again: till simulate --cuts{" --volatile" if volatile else ""} --kind "{found.kind}" --point "{found.path}"')
