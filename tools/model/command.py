"""`till model`: explore the model of the protocol to closure, and say what holds in it."""

import time

import click

from campaigns import invariants

from .bugs import BUGS
from .explore import Broken, Graph, whole

_LEFT_OUT = (invariants.UNIQUE_TRACE, invariants.NO_SECRETS_AT_REST)


@click.command("model")
@click.option("--bug", type=click.Choice(list(BUGS)), metavar="TEXT", help="With this error put in: see how it is found.")
@click.option("--bugs", is_flag=True, help="With each of the errors in turn.")
def model(bug: "str | None", bugs: bool) -> None:
    """Explore every state of intent, request, answer, power cut and reversal; the invariants are checked in each.

    An invariant that falls is told by its name with the shortest way to it; exit code 1.
    """
    if bugs:
        for name, (rows, _) in BUGS.items():
            click.echo(f"{name}: {_told(Graph(rows()))}")
        return
    started = time.monotonic()
    try:
        graph = Graph(BUGS[bug][0]()).explore() if bug else whole()
        inside, (steps, alone) = graph.flows_end(), graph.settles()
    except Broken as broken:
        click.echo(f"{broken.invariant} does not hold: {invariants.HOLDS[broken.invariant]}")
        for number, step in enumerate(broken.steps, 1):
            click.echo(f"{number:4} {step}")
        raise click.exceptions.Exit(1)
    click.echo(f"a flow comes to its end within {inside} steps of the terminal, whatever network, flash and host do")
    click.echo(f"once faults stop, everything is settled within {steps} steps; a supervisor has to in {alone} states")
    for name, text in invariants.HOLDS.items():
        if name not in _LEFT_OUT:
            click.echo(f"{name}: {text}")
    click.echo(f"states: {len(graph.edges)}, transitions: {graph.transitions}, {time.monotonic() - started:.1f} s")


def _told(graph: Graph) -> str:
    try:
        graph.explore()
        graph.flows_end()
        graph.settles()
    except Broken as broken:
        return f"{broken.invariant} falls, after {len(broken.steps)} steps"
    return "not found"
