"""Copies of a ledger in PostgreSQL: what is refused leaves the database as it was."""

import psycopg
import pytest

from acquirer import ledger_copies, testcards
from acquirer.ledger import LedgerError
from acquirer.sql_ledger import SqlLedger
from acquirer.vault import Keeper
from cards import issuers


def made(url: str, folder) -> SqlLedger:
    """A ledger with the demo cards, whose master key is in `folder`."""
    folder.mkdir(exist_ok=True)
    ledger = SqlLedger(url, keeper=Keeper(folder))
    testcards.load(ledger)
    return ledger


def rows_of(ledger: SqlLedger) -> "dict[str, list[str]]":
    """All tables but the counters: an opened ledger has taken numbers of its own."""
    return {name: sorted(map(str, rows)) for name, rows in ledger.snapshot().items() if name != "counters"}


def test_a_copy_of_another_master_key_replaces_no_ledger_and_fills_no_database(postgres_server, tmp_path):
    copied, mine, empty = postgres_server.url(), postgres_server.url(), postgres_server.url()
    stranger, own, copy = tmp_path / "stranger", tmp_path / "own", tmp_path / "copy"
    made(copied, stranger).close()
    ledger_copies.backup(copied, copy)
    ledger = made(mine, own)
    ledger.set_balance(issuers.CARDS[0]["pan"], 4711)
    before = rows_of(ledger)
    ledger.close()
    with pytest.raises(LedgerError, match="copy: of another host master key"):
        ledger_copies.restore(mine, copy, Keeper(own), replace=True)
    ledger = made(mine, own)
    assert rows_of(ledger) == before
    ledger.close()
    with pytest.raises(LedgerError, match="its host master key is gone"):
        ledger_copies.restore(empty, copy, Keeper(tmp_path / "nowhere"))
    with psycopg.connect(empty.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    ledger_copies.restore(mine, copy, Keeper(stranger), replace=True)
    made(mine, stranger).close()


def test_only_sessions_of_clients_keep_a_restore_away(postgres_server, tmp_path):
    """A vacuum of the server's own, a replica that reads along: neither has the ledger open."""
    url, copy = postgres_server.url(), tmp_path / "copy"
    made(url, tmp_path).close()
    ledger_copies.backup(url, copy)
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain, replication="database", autocommit=True):
        ledger_copies.restore(url, copy, Keeper(tmp_path), replace=True)
    with psycopg.connect(plain), pytest.raises(LedgerError, match="in use by 1 other sessions"):
        ledger_copies.restore(url, copy, Keeper(tmp_path), replace=True)
