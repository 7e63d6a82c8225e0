"""`till simulate`: whole terminals and their host in one process, on virtual time, with everything that may go wrong."""

import dataclasses
import os
import pathlib
import random
import time
from typing import NoReturn

import click

from desk.serve import show_recording
from rig.failures import Failed
from rig.firmware import taptill_on_path
from rig.supervisor import BenchError
from sim import campaign, plan_file
from sim.apart import apart
from sim.campaign import BELIEVABLE, BOTH, MALICIOUS, Outcome
from sim.on_bench import play
from sim.opened import recording_of
from sim.plan import Plan
from sim.score import score_of
from sim.telling import Telling, tell

from . import simulate_cuts

_MOST_SEED = 1 << 31
_TOLD_S = 20  # between two lines about how far it is
_FILE = click.Path(dir_okay=False, path_type=pathlib.Path)


@click.command()
@click.option("--seed", type=click.IntRange(0, _MOST_SEED), help="The first history; by default any, which is told.")
@click.option("--histories", type=click.IntRange(1), default=1, show_default=True, help="So many, with the seeds that follow.")
@click.option("--world", "mode", type=click.Choice([BELIEVABLE, MALICIOUS, BOTH]), default=BELIEVABLE, show_default=True)
@click.option("--acts", type=click.IntRange(0, 500), default=0, help="Acts of each history, 0: as the seed has it.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; by default one for each processor.")
@click.option("--show", is_flag=True, help="Tell every history in words.")
@click.option("--plan", "given", type=_FILE, help="Play the plan in this file instead of drawing one.")
@click.option("--save", type=_FILE, help="Write the plan of the history here; of one that fails, what is left of it.")
@click.option("--whole", is_flag=True, help="Leave a history that fails as it is, instead of making it short.")
@click.option("--bench", is_flag=True, help="Play the history again on a real bench, and compare what it comes to.")
@click.option("--page", is_flag=True, help="Open the history in the page, as payments; the one that fails is shown first.")
@simulate_cuts.options
def simulate(
    seed: "int | None",
    histories: int,
    mode: str,
    acts: int,
    workers: "int | None",
    show: bool,
    given: "pathlib.Path | None",
    save: "pathlib.Path | None",
    whole: bool,
    bench: bool,
    page: bool,
    cuts: "simulate_cuts.Wanted | None",
) -> None:
    """Play histories of a shop, each drawn from one seed: sales, voids, menus, wrong keys; cuts of the power, torn and rotten
    flash, a network and a host that do what they like.  After every step the invariants are checked, and at the end the books.

    In a believable world everything gets settled once the faults stop; in a malicious one the host may lie.
    A single history in which an invariant fell is made as short as it goes, and told in words.  Exit code 1 when one fell.
    """
    if (given or save or bench or page) and histories > 1:
        raise click.UsageError("--histories: not together with --plan, --save, --bench or --page, which are about one")
    if given and (seed is not None or acts or mode != BELIEVABLE):
        raise click.UsageError("--plan: not together with --seed, --acts or --world: the file has it all")
    if cuts and (given or save or page or show or acts or histories > 1):
        raise click.UsageError("--cuts: not together with what is about histories by chance")
    taptill_on_path()
    wish = _Wish(show, not whole, save, bench, page)
    if given:
        _alone(_read(given), wish, str(given))
    first = random.SystemRandom().randrange(_MOST_SEED) if seed is None else seed
    if cuts:
        simulate_cuts.run(cuts, first, workers or os.cpu_count() or 1)
        return
    many = histories > 1
    click.echo(f"seed {first}" + (f", {histories} histories" if many else "") + f", {mode}")
    if not many:
        _alone(campaign.plan_of(first, mode, acts), wish, f"seed {first}")
    total, told = Outcome(), time.monotonic()
    if show:
        for one in range(first, first + histories):
            total.add(_told(campaign.plan_of(one, mode, acts), wish).outcome)
    else:
        for outcome in campaign.run(first, histories, mode, acts, workers or os.cpu_count() or 1):
            total.add(outcome)
            for line in outcome.violations:
                click.echo(f"seed {outcome.seed}: {line}")
            if time.monotonic() - told > _TOLD_S:
                told = time.monotonic()
                click.echo(f"… {_counted(total)}")
    _end(total)


@dataclasses.dataclass(frozen=True)
class _Wish:
    """What is to be done about a single history: tell it although nothing falls, make it short, keep its plan, play it on a
    bench, open it in the page.
    """

    show: bool
    short: bool
    save: "pathlib.Path | None"
    bench: bool
    page: bool


def _read(path: pathlib.Path) -> Plan:
    try:
        return plan_file.read(path)
    except plan_file.PlanError as error:
        raise Failed(str(error)) from None


def _alone(plan: Plan, wish: _Wish, name: str) -> NoReturn:
    """One history, and the end of the command."""
    from taptill.core.errors import ConfigError

    try:
        told = _told(plan, wish)
    except ConfigError as error:
        raise Failed(f"{name}: {error}") from None
    _sum_up(told.outcome)
    same = _on_the_bench(told.plan) if wish.bench else True
    if wish.page:
        show_recording(recording_of(told.plan), "127.0.0.1", 0, True)
    raise click.exceptions.Exit(1 if told.outcome.violations or not same else 0)


def _on_the_bench(plan: Plan) -> bool:
    """Did it come to the same there?  Raises Failed where the bench has nothing for a part of the plan."""
    score = apart(score_of, plan)
    if score.cannot:
        raise Failed(f"no bench can: {'; '.join(score.cannot)}")
    for line in score.about:
        click.echo(f"on the bench: {line}")
    try:
        found = play(score)
    except BenchError as error:
        raise Failed(str(error)) from None
    differences = found.differences(score)
    for line in [*differences, *(f"books: {line}" for line in found.books)]:
        click.echo(f"on the bench: {line}")
    if not differences:
        click.echo(f"on the bench: the same results, journal and ledger; {found.cuts} power cuts at their very step")
    return not differences


def _told(plan: Plan, wish: _Wish) -> Telling:
    """One history, and its words when they are wanted or an invariant fell."""
    found = apart(tell, plan, wish.show, wish.short)
    for line in found.lines:
        click.echo(line)
    if wish.save:
        wish.save.write_text(plan_file.text_of(found.plan), encoding="utf-8")
        click.echo(f"plan: {wish.save}")
    return found


def _end(total: Outcome) -> None:
    _sum_up(total)
    if total.violations:
        raise click.exceptions.Exit(1)


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
