"""The ledger in PostgreSQL under load: the host killed, the database restarted, copies made meanwhile."""

import asyncio
import contextlib
import random

import pytest
from click.testing import CliRunner

from acquirer import books, ledger_copies
from acquirer.ledger import LedgerError
from acquirer.sql_ledger import SqlLedger
from acquirer.vault import Keeper
from campaigns.load.command import load_command
from campaigns.load.place import Place, started
from campaigns.load.run import Result, load
from campaigns.load.scenarios import SCENARIOS
from till.ledger_command import ledger as command

SEED = 20261130
TERMINALS = 6
PATIENCE = 120.0  # seconds, of a terminal: a bound for a busy computer, on which a database takes long to start


def silent(text: str) -> None:
    """Nobody looks at how far it is."""


def loaded(url: str, folder, acts: int = 0, blows_of=lambda place: [], beside=None, options=()) -> Result:
    """A load on a host of its own over `url`, with blows; `beside(place)` runs meanwhile."""

    async def one(place: Place) -> Result:
        return await load(
            SCENARIOS["trouble"],
            place.address,
            place.terminals,
            place.deck,
            SEED,
            acts,
            place.ledger,
            blows=blows_of(place),
            patience=PATIENCE,
        )

    async def work() -> Result:
        async with started(url, folder, TERMINALS, 0, list(options), silent) as place:
            working = asyncio.ensure_future(one(place))
            if beside:
                await beside(place)
            return await working

    return asyncio.run(asyncio.wait_for(work(), 240))


def test_killed_and_with_its_database_restarted_the_host_has_every_answer_that_it_gave(postgres_server, tmp_path):
    """kill -9 of one of two workers, and a stop of the database as if the power had gone, each while requests are in flight."""

    def blows_of(place: Place) -> list:
        rng = random.Random(SEED)
        return [
            ("kills", lambda: place.own.kill(rng)),
            ("restarts", lambda: asyncio.to_thread(postgres_server.restart, "immediate")),
            ("kills", lambda: place.own.kill(rng)),
            ("restarts", lambda: asyncio.to_thread(postgres_server.restart, "fast")),
        ]

    result = loaded(postgres_server.url(), tmp_path, blows_of=blows_of, options=["--workers", "2"])
    assert result.wrong == [] and result.blows == {"kills": 2, "restarts": 2} and result.answers > 10
    assert sum(count for what, count in result.tally.lines.items() if what != "opened") > 0  # somebody was left without an answer


def test_a_copy_made_under_load_becomes_an_equal_ledger_and_one_in_use_is_never_overwritten(postgres_server, tmp_path):
    url, other = postgres_server.url(), postgres_server.url()
    copy, last = tmp_path / "copy", tmp_path / "last"
    least: list[int] = []

    async def beside(place: Place) -> None:
        while not least or not least[0]:
            await asyncio.sleep(0.01)
            least[:] = [len(await asyncio.to_thread(books.transactions, place.ledger))]
        await asyncio.to_thread(ledger_copies.backup, url, copy)
        with pytest.raises(LedgerError, match="in use by [1-9][0-9]* other sessions"):
            await asyncio.to_thread(ledger_copies.restore, url, copy, Keeper(tmp_path), True)

    assert loaded(url, tmp_path, acts=150, beside=beside).wrong == []
    ledger_copies.backup(url, last)
    with opened(url, tmp_path) as ledger:
        whole, count = ledger.snapshot(), len(books.transactions(ledger))
    ledger_copies.restore(other, copy, Keeper(tmp_path))
    with opened(other, tmp_path) as ledger:
        assert books.problems(ledger) == [] and least[0] <= len(books.transactions(ledger)) <= count
    with pytest.raises(LedgerError, match="is there already"):
        ledger_copies.restore(other, last, Keeper(tmp_path))
    words = ["restore", str(last), "--ledger", other, "--state", str(tmp_path), "--replace"]
    done = CliRunner().invoke(command, words)
    assert done.exit_code == 0 and f"restored: {count} transactions, every sum is right" in done.output, done.output
    with opened(other, tmp_path) as ledger:
        assert {name: sorted(map(str, rows)) for name, rows in ledger.snapshot().items()} == {
            name: sorted(map(str, rows)) for name, rows in whole.items()
        }


@contextlib.contextmanager
def opened(url: str, folder):
    """The ledger for a `with`."""
    ledger = SqlLedger(url, keeper=Keeper(folder))
    try:
        yield ledger
    finally:
        ledger.close()


def test_a_load_brings_its_own_database_and_says_so_where_there_is_none(tmp_path, monkeypatch):
    from rig import postgres

    monkeypatch.setattr(postgres, "_BINARIES", ())
    done = CliRunner().invoke(load_command, ["sales", "--postgres", "--state", str(tmp_path)])
    assert done.exit_code == 2 and "--postgres: no PostgreSQL here" in done.output
