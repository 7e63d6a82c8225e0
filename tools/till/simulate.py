"""`till simulate`: whole terminals and their host in one process, on virtual time, with everything that may go wrong."""

import os
import random
import time

import click

from rig.firmware import taptill_on_path
from sim import campaign
from sim.campaign import BELIEVABLE, BOTH, MALICIOUS, Outcome

_MOST_SEED = 1 << 31
_TOLD_S = 20  # between two lines about how far it is


@click.command()
@click.option("--seed", type=click.IntRange(0, _MOST_SEED), help="The first history; by default any, which is told.")
@click.option("--histories", type=click.IntRange(1), default=1, show_default=True, help="So many, with the seeds that follow.")
@click.option("--world", "mode", type=click.Choice([BELIEVABLE, MALICIOUS, BOTH]), default=BELIEVABLE, show_default=True)
@click.option("--acts", type=click.IntRange(0, 500), default=0, help="Acts of each history, 0: as the seed has it.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; by default one for each processor.")
@click.option("--show", is_flag=True, help="Tell every history in words.")
def simulate(seed: "int | None", histories: int, mode: str, acts: int, workers: "int | None", show: bool) -> None:
    """Play histories of a shop, each drawn from one seed: sales, voids, menus, wrong keys; cuts of the power, torn and rotten
    flash, a network and a host that do what they like.  After every step the invariants are checked, and at the end the books.

    In a believable world everything gets settled once the faults stop; in a malicious one the host may lie.
    Exit code 1 when an invariant fell.
    """
    taptill_on_path()
    first = random.SystemRandom().randrange(_MOST_SEED) if seed is None else seed
    many = histories > 1
    click.echo(f"seed {first}" + (f", {histories} histories" if many else "") + f", {mode}")
    total, told = Outcome(), time.monotonic()
    if show or not many:
        for one in range(first, first + histories):
            total.add(_shown(one, mode, acts, show))
    else:
        for outcome in campaign.run(first, histories, mode, acts, workers or os.cpu_count() or 1):
            total.add(outcome)
            for line in outcome.violations:
                click.echo(f"seed {outcome.seed}: {line}")
            if time.monotonic() - told > _TOLD_S:
                told = time.monotonic()
                click.echo(f"… {_counted(total)}")
    _sum_up(total)
    if total.violations:
        raise click.exceptions.Exit(1)


def _shown(seed: int, mode: str, acts: int, always: bool) -> Outcome:
    """One history, and its words when they are wanted or an invariant fell."""
    from sim.base import the
    from sim.world import World

    outcome = campaign.played(seed, mode, acts)
    if always or outcome.violations:
        world = World(campaign.plan_of(seed, mode, acts), the())
        world.play()
        for line in [*world.plan.words(), *world.notes]:
            click.echo(line)
    return outcome


def _sum_up(total: Outcome) -> None:
    click.echo(
        f"{total.histories} histories, {total.acts} acts, {total.sales} sales, {total.requests} requests, "
        f"{total.cuts} power cuts, {total.starts} starts, {total.virtual_s / 3600:.0f} h of shops' time"
    )
    click.echo("struck: " + ", ".join(f"{name} {count}" for name, count in sorted(total.struck.items())))
    click.echo("told:   " + ", ".join(f"{name} {count}" for name, count in total.ends.most_common()))
    if total.seconds:
        click.echo(f"{total.sales / total.seconds:.0f} sales and {total.cuts / total.seconds:.0f} cuts a second of one processor")
    click.echo(f"{len(total.violations)} violations")


def _counted(total: Outcome) -> str:
    return f"{total.histories} histories, {total.sales} sales, {total.cuts} power cuts, {len(total.violations)} violations"
