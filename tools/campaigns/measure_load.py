"""Figures of the host under many terminals: what it sells a second, what that costs it, and what a silent connection does."""

import asyncio
import pathlib
import tempfile
from collections.abc import Callable
from typing import NamedTuple

from desk.figures import usage
from rig.open_files import allow
from rig.postgres import Missing
from rig.postgres import running as running_server

from .load.fleet import Idle
from .load.line import Address
from .load.own_host import OwnHost
from .load.place import Place, started
from .load.run import load
from .load.scenarios import SCENARIOS
from .load.tally import quantile

_SEED = 1
_FILES = 300


WITH_POSTGRES = ("load_sales_per_second_postgres", "load_p99_ms_postgres", "load_host_cpu_ms_postgres")
_WORKERS = 2


class Extent(NamedTuple):
    """How much is done: rows that the ledger has before, seconds, terminals, idle connections, and is PostgreSQL measured too?"""

    rows: int
    seconds: float
    terminals: int
    idle: int
    postgres: bool = True


class LoadError(Exception):
    """The books of a measured load do not hold; one line."""


def figures(extent: Extent, progress: "Callable[[str], None]") -> "tuple[dict[str, float], str]":
    """(name -> number, why those of WITH_POSTGRES are left out or "").  Raises LoadError."""
    allow(extent.idle + extent.terminals + _FILES, "till measure")
    found = asyncio.run(_on_sqlite(extent, progress))
    if not extent.postgres:
        return found, "not in the quick run"
    try:
        with running_server() as server:
            return {**found, **asyncio.run(_on_postgres(server.url(), extent, progress))}, ""
    except Missing as missing:
        return found, str(missing)


async def _on_postgres(url: str, extent: Extent, progress: "Callable[[str], None]") -> "dict[str, float]":
    """The host's processes alone are reckoned, the database's are not."""
    with tempfile.TemporaryDirectory(prefix="till-measure-") as folder:
        options = ["--workers", str(_WORKERS)]
        async with started(url, pathlib.Path(folder), extent.terminals, extent.rows, options, progress) as place:
            return await _sold(place, "postgres", extent, progress)


async def _on_sqlite(extent: Extent, progress: "Callable[[str], None]") -> "dict[str, float]":
    with tempfile.TemporaryDirectory(prefix="till-measure-") as folder:
        async with started(None, pathlib.Path(folder), extent.terminals, extent.rows, [], progress) as place:
            found = await _sold(place, "sqlite", extent, progress)
            held, plain = await _idle(place, place.address, extent.idle, progress)
            _, secure = await _idle(place, place.secure, extent.idle // 10, progress)
            return {**found, "load_idle_held": held, "load_connection_kb": plain, "load_connection_tls_kb": secure}


async def _sold(place: Place, name: str, extent: Extent, progress: "Callable[[str], None]") -> "dict[str, float]":
    """Chip sales of all terminals, each as soon as its last one is answered."""
    scenario = SCENARIOS["sales"]._replace(seconds=extent.seconds, terminals=extent.terminals)
    before = await _spent(place.own)
    result = await load(scenario, place.address, place.terminals, place.deck, _SEED, ledger=place.ledger, progress=progress)
    spent = await _spent(place.own) - before
    if result.wrong:
        raise LoadError(f"load: {result.wrong[0]}")
    times = result.tally.times["sale"]
    return {
        f"load_sales_per_second_{name}": result.sales_per_second,
        f"load_p99_ms_{name}": 1000 * quantile(times, 0.99),
        f"load_host_cpu_ms_{name}": 1000 * spent / len(times),
    }


async def _idle(place: Place, address: Address, count: int, progress: "Callable[[str], None]") -> "tuple[int, float]":
    """(how many of `count` silent connections are held, kB of the host for each)."""
    progress(f"{count:,} idle connections")
    before, idle = _resident(place.own), Idle(address, count)
    await idle.open()
    held = await idle.still_answered(place.terminals[0].terminal, place.terminals[0].merchant)
    took = _resident(place.own) - before
    await idle.close()
    return held, took / count / 1024


async def _spent(own: OwnHost) -> float:
    """Processor seconds of the host so far, its workers' with them."""
    return sum(found[1] for pid in [own.process.pid, *await own.workers()] if (found := usage(pid)))


def _resident(own: OwnHost) -> int:
    found = usage(own.process.pid)
    return found[0] if found else 0
