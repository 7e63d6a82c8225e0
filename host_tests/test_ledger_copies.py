"""Backup and restore of the ledger: copies made while sales run, and ledgers made of them that are equal to the last row."""

import asyncio
import pathlib
import signal
import stat
import subprocess
import sys
import threading

import psycopg
import pytest
from acquirer_bench import new_acquirer
from click.testing import CliRunner

from acquirer import books, ledger_copies
from acquirer.ledger import LedgerError
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger
from acquirer.vault import Keeper
from campaigns.load import cards, provision
from campaigns.load.line import Address
from campaigns.load.run import load
from campaigns.load.scenarios import SCENARIOS
from till.ledger_command import ledger as command

SEED = 20261130


def url_of(folder) -> str:
    return f"sqlite:///{folder / 'ledger.sqlite'}"


def opened(folder, url: str = "") -> SqlLedger:
    return SqlLedger(url or url_of(folder), keeper=Keeper(folder))


def under_load(ledger: SqlLedger, acts: int, meanwhile) -> None:
    """Sales on a host over `ledger`; `meanwhile(acquirer)` runs beside them in a thread of its own until it returns."""

    async def work() -> None:
        terminals, deck = provision.identities(5), cards.deal(5)
        provision.on_ledger(ledger, terminals, deck)
        async with Acquirer(ledger, demo_data=False) as acquirer:
            beside = asyncio.ensure_future(asyncio.to_thread(meanwhile, acquirer))
            address = Address("127.0.0.1", acquirer.ports["tcp"])
            result = await load(SCENARIOS["trouble"], address, terminals, deck, SEED, acts, ledger=ledger)
            await beside
            assert result.wrong == []

    asyncio.run(asyncio.wait_for(work(), 120))


def test_copies_made_while_sales_run_hold_every_answer_given_before_them(tmp_path):
    ledger = opened(tmp_path)
    copies: list = []
    answered: list[int] = []

    def copy_thrice(acquirer) -> None:
        for number in range(3):
            floor = acquirer.count("sale")
            while acquirer.count("sale") == floor:
                threading.Event().wait(0.005)
            answered.append(len(books.transactions(ledger)))
            copy = tmp_path / f"copy-{number}"
            ledger_copies.backup(url_of(tmp_path), copy)
            copies.append(copy)

    under_load(ledger, 150, copy_thrice)
    last = tmp_path / "last"
    ledger_copies.backup(url_of(tmp_path), last)  # the ledger is still open
    whole, wanted = ledger.snapshot(), books.transactions(ledger)
    ledger.close()
    for copy, least in zip(copies, answered):
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        folder = tmp_path / f"of-{copy.name}"
        folder.mkdir()
        (folder / "master.key").write_bytes((tmp_path / "master.key").read_bytes())
        ledger_copies.restore(url_of(folder), copy, Keeper(folder))
        restored = opened(folder)
        rows = books.transactions(restored)
        assert books.problems(restored) == [] and least <= len(rows) <= len(wanted)
        restored.close()
    ledger_copies.restore(url_of(tmp_path), last, Keeper(tmp_path), replace=True)
    again = opened(tmp_path)
    assert again.snapshot() == whole and books.problems(again) == []
    again.close()


def test_a_ledger_in_use_is_never_overwritten(tmp_path):
    ledger = opened(tmp_path)
    copy = tmp_path / "copy"
    ledger_copies.backup(url_of(tmp_path), copy)
    provision.on_ledger(ledger, provision.identities(1), [])
    with pytest.raises(LedgerError, match="in use; end the host"):
        ledger_copies.restore(url_of(tmp_path), copy, Keeper(tmp_path), replace=True)
    assert ledger.terminal("L0000001")["batch"] == 2  # as it was
    ledger.close()
    with pytest.raises(LedgerError, match="is there already"):
        ledger_copies.restore(url_of(tmp_path), copy, Keeper(tmp_path))
    ledger_copies.restore(url_of(tmp_path), copy, Keeper(tmp_path), replace=True)
    again = opened(tmp_path)
    assert again.terminal("L0000001") is None
    again.close()


def test_a_host_that_has_the_ledger_open_keeps_its_restore_away(tmp_path):
    """The same asked of the command, by another process's eyes: the lock is the database's."""
    ledger = opened(tmp_path)

    async def work() -> None:
        async with new_acquirer():  # another host with another ledger is no hindrance
            ledger_copies.backup(url_of(tmp_path), tmp_path / "copy")
            done = await asyncio.to_thread(
                CliRunner().invoke, command, ["restore", str(tmp_path / "copy"), "--state", str(tmp_path), "--replace"]
            )
            assert done.exit_code == 2 and "in use; end the host" in done.output

    asyncio.run(work())
    ledger.close()


def test_the_commands_copy_and_restore(tmp_path):
    ledger = opened(tmp_path)
    under_load(ledger, 30, lambda acquirer: None)
    count = len(books.transactions(ledger))
    ledger.close()
    copy = tmp_path / "copy"
    done = CliRunner().invoke(command, ["backup", str(copy), "--state", str(tmp_path)])
    assert done.exit_code == 0 and f"{copy}: " in done.output
    done = CliRunner().invoke(command, ["backup", str(copy), "--state", str(tmp_path)])
    assert done.exit_code == 2 and "is there already, and is not overwritten" in done.output
    done = CliRunner().invoke(command, ["restore", str(copy), "--state", str(tmp_path), "--replace"])
    assert done.exit_code == 0, done.output
    assert f"restored: {count} transactions, every sum is right" in done.output


_KILLED = """
import os, pathlib, signal, sys
sys.path[:0] = [sys.argv[1]]
from acquirer import ledger_copies
ledger_copies._copied = lambda ledger, part: os.kill(os.getpid(), signal.SIGKILL)
ledger_copies.backup(sys.argv[2], pathlib.Path(sys.argv[3]))
"""


def test_a_backup_that_was_killed_is_not_in_the_way_of_the_next(tmp_path):
    opened(tmp_path).close()
    copy, tools = tmp_path / "copy", pathlib.Path(ledger_copies.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tools), url_of(tmp_path), str(copy)])
    assert done.returncode == -signal.SIGKILL and not copy.exists() and len(list(tmp_path.glob("copy.*.part"))) == 1
    other = tmp_path / "copy2.of-somebody-else.part"
    other.touch()
    ledger_copies.backup(url_of(tmp_path), copy)
    assert copy.stat().st_size and stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert list(tmp_path.glob("*.part")) == [other]  # what the killed one had left went with it


def test_a_backup_that_still_runs_keeps_what_it_has_written(tmp_path):
    with ledger_copies._part(tmp_path / "copy") as first:
        with ledger_copies._part(tmp_path / "copy") as second:
            assert first.exists() and second.exists() and first != second
        assert first.exists() and not second.exists()
    assert not list(tmp_path.glob("*.part"))


def test_all_that_a_url_says_reaches_the_programs_of_postgresql_and_the_password_by_no_word(tmp_path, monkeypatch):
    """Else password and ledger may go over a line that nobody has checked."""
    program = tmp_path / "pg_dump"
    program.write_text(
        f'#!/bin/sh\nprintf \'%s\\n\' "$@" > {tmp_path}/words\nprintf %s "$PGPASSWORD" > {tmp_path}/password\nexit 1\n'
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    query = "sslmode=verify-full&sslrootcert=/x/ca.pem&options=-csearch_path%3Dtill"
    url = f"postgresql+psycopg://o'u%5C:open%20sesame@db.example/pos?{query}"
    with pytest.raises(LedgerError, match="pg_dump: it failed"):
        ledger_copies.backup(url, tmp_path / "copy")
    words = (tmp_path / "words").read_text()
    (where,) = [word for word in words.splitlines() if word.startswith("--dbname=")]
    assert psycopg.conninfo.conninfo_to_dict(where.removeprefix("--dbname=")) == {
        "host": "db.example",
        "dbname": "pos",
        "user": "o'u\\",
        "sslmode": "verify-full",
        "sslrootcert": "/x/ca.pem",
        "options": "-csearch_path=till",
    }
    assert "sesame" not in words and (tmp_path / "password").read_text() == "open sesame"
    with pytest.raises(LedgerError, match="cannot be told sslpassword"):
        ledger_copies.backup(url + "&sslpassword=x", tmp_path / "copy")


@pytest.mark.parametrize(
    "words, said",
    [
        (["backup", "{folder}/copy", "--state", "{folder}/nowhere"], "there is no ledger"),
        (["backup", "{folder}/no/copy", "--state", "{folder}"], "No such file"),
        (["restore", "{folder}/missing", "--state", "{folder}"], "No such file"),
        (["restore", "{folder}/master.key", "--state", "{folder}"], "no copy of a ledger"),
        (["restore", "{folder}/torn", "--state", "{folder}", "--replace"], "{folder}/torn: "),
        (["restore", "{folder}/good", "--state", "{folder}/other"], "its host master key is gone"),
        (["restore", "{folder}/good", "--state", "{folder}/stranger"], "of another host master key"),
        (["backup", "{folder}/copy", "--ledger", "mysql://nobody@127.0.0.1/x"], "no copies are made of mysql"),
    ],
)
def test_what_cannot_be_copied_or_restored_is_one_line(tmp_path, words, said):
    ledger = opened(tmp_path)
    ledger_copies.backup(url_of(tmp_path), tmp_path / "good")
    ledger.close()
    whole = (tmp_path / "good").read_bytes()
    (tmp_path / "torn").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "stranger").mkdir()
    Keeper(tmp_path / "stranger").open(new=True)
    done = CliRunner().invoke(command, [word.format(folder=tmp_path) for word in words])
    assert done.exit_code == 2 and said.format(folder=tmp_path) in done.output, done.output
    assert "Traceback" not in done.output and not (tmp_path / "copy").exists()
