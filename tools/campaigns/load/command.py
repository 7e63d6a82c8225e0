"""`till load`: many terminals on one host, what it bears, and whether its books hold."""

import asyncio
import contextlib
import json
import pathlib
import random
from collections.abc import Iterator

import click

from acquirer.ledger import LedgerError
from rig.failures import Failed, told
from rig.open_files import allow
from rig.postgres import Missing, Server
from rig.postgres import running as running_server

from .line import Lost
from .place import Place, running, started
from .run import Result, load
from .scenarios import SCENARIOS, Scenario

_SPARE_FILES = 200


class _HostPort(click.ParamType):
    """An address with its port."""

    name = "HOST:PORT"

    def convert(self, value, param, context) -> "tuple[str, int]":
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            self.fail(f"{value} is not HOST:PORT.", param, context)
        return host, int(port)


def _scenarios() -> str:
    """The table, for the help."""
    return "\b\n" + "\n".join(f"{name:<9}{scenario.what}" for name, scenario in SCENARIOS.items())


@click.command("load", epilog=_scenarios())
@click.argument("name", metavar="[SCENARIO]", type=click.Choice(list(SCENARIOS)), default="day")
@click.option("--host", "host", type=_HostPort(), help="A host that runs; without it one is started.")
@click.option("--control", type=click.IntRange(1, 65535), default=8585, show_default=True, help="Control port of that host.")
@click.option("--ca", type=click.Path(exists=True, dir_okay=False), help="CA of that host (ca.pem): the port is one for TLS.")
@click.option("--tls", is_flag=True, help="Talk TLS with the host that is started.")
@click.option("--ledger", "url", metavar="URL", help="Ledger of the host that is started; by default a SQLite file in --state.")
@click.option("--postgres", is_flag=True, help="The ledger in a PostgreSQL server of its own, which ends with the load.")
@click.option("--state", type=click.Path(file_okay=False, path_type=pathlib.Path), default="build/load", show_default=True)
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes of the host that is started.")
@click.option("--rows", type=click.IntRange(0), default=0, help="Fill its ledger up to that many transactions first.")
@click.option("--terminals", type=click.IntRange(1, 9999999), help="Instead of the scenario's.")
@click.option("--seconds", type=click.FloatRange(0.1), help="Instead of the scenario's.")
@click.option("--acts", type=click.IntRange(0), default=0, help="End after so many acts; 0: by the time.")
@click.option("--rate", type=click.FloatRange(0), help="Acts a second (open loop); 0: the closed loop.")
@click.option("--churn", type=click.IntRange(0), help="Acts of a terminal on one connection; 0: it stays.")
@click.option("--idle", type=click.IntRange(0), help="Idle connections beside them.")
@click.option("--kills", type=click.IntRange(0), help="Instead of the scenario's.")
@click.option("--restarts", type=click.IntRange(0), help="Instead of the scenario's; with --postgres.")
@click.option("--seed", type=int, default=None, help="What chance decides; printed, so that it can be had again.")
@click.option(
    "--json", "path", type=click.Path(dir_okay=False, path_type=pathlib.Path), help="Write the figures to this file too."
)
def load_command(name, host, control, ca, tls, url, postgres, state, workers, rows, seed, path, acts, **changes) -> None:
    """Load a host with many terminals; at the end every answer has to be in its ledger.  Exit code 1: the books do not hold."""
    if host and (workers or rows or postgres):
        raise click.UsageError("--workers, --rows and --postgres are for a host that is started here, not for --host")
    if url and postgres:
        raise click.UsageError("--ledger and --postgres are two ledgers")
    scenario = SCENARIOS[name]._replace(**{key: value for key, value in changes.items() if value is not None})
    if host and scenario.kills:
        raise click.UsageError("only a host that is started here is killed, not one of --host")
    seed = random.SystemRandom().randrange(1 << 32) if seed is None else seed
    allow(scenario.terminals + scenario.idle + _SPARE_FILES, "till load")
    click.echo(f"{name}: {scenario.what}; {scenario.terminals} terminals, seed {seed}", err=True)
    try:
        with _database(postgres) as server:
            if host:
                place = running(host, control, ca, url, state, scenario.terminals)
            else:
                options = ["--workers", str(workers)] if workers else []
                place = started(server.url() if server else url, state, scenario.terminals, rows, options, _progress)
            result = asyncio.run(_loaded(place, scenario, seed, acts, server, tls))
    except LedgerError as error:
        raise Failed(str(error)) from None
    except Lost as error:
        raise Failed(f"load: {error}") from None
    except OSError as error:
        raise Failed(told(error)) from None
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"scenario": name, "seed": seed, **result.figures()}, indent=1) + "\n", encoding="utf-8")
    for line in result.lines():
        click.echo(line)
    if result.wrong:
        raise SystemExit(1)


def _progress(text: str) -> None:
    click.echo(text, err=True)


@contextlib.contextmanager
def _database(wanted: bool) -> "Iterator[Server | None]":
    """A PostgreSQL server, if one is wanted.  Raises Failed."""
    if not wanted:
        yield None
        return
    try:
        with running_server() as server:
            yield server
    except Missing as missing:
        raise Failed(f"--postgres: {missing}") from None


async def _loaded(
    place: "contextlib.AbstractAsyncContextManager[Place]",
    scenario: Scenario,
    seed: int,
    acts: int,
    server: "Server | None",
    tls: bool,
) -> Result:
    async with place as here:
        rng = random.Random(f"{seed} blows")
        blows = [("kills", lambda: here.own.kill(rng))] * scenario.kills
        if server and scenario.kills:
            restart = lambda: asyncio.to_thread(server.restart, rng.choice(("fast", "immediate")))
            blows += [("restarts of the database", restart)] * scenario.restarts
            rng.shuffle(blows)
        return await load(
            scenario,
            here.secure if tls and here.secure else here.address,
            here.terminals,
            here.deck,
            seed,
            acts,
            here.ledger,
            here.control,
            _progress,
            blows=blows,
        )
