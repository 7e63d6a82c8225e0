"""A ledger that does not come is waited for once, not by each in turn, and is let go of when the host ends."""

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import threading

import pytest
import sqlalchemy
from acquirer_bench import TERMINAL
from test_ledgers import Clock, Till, _furnished

from acquirer import books, databases, patience, sql_ledger
from acquirer.ledger import LedgerDown
from acquirer.sql_ledger import SqlLedger
from acquirer.turns import Turns
from acquirer.vault import Keeper

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")

MANY = 20


async def _asked(ledger) -> list:
    """Outcomes of many units that wait at the same time."""
    works = [ledger.ask(lambda unit: unit.change_terminal(unit.terminal(TERMINAL), batch=9)) for _ in range(MANY)]
    return await asyncio.wait_for(asyncio.gather(*works, return_exceptions=True), 60)


def _sold(ledger, stan: int) -> bool:
    till = Till(ledger)
    return till.code("0200", till.sale(stan)) == "00" and books.problems(ledger) == []


def test_a_locked_file_is_waited_for_once_by_all_who_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(databases, "SQLITE_WAIT", 0.05)
    ledger = _furnished(SqlLedger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", Clock()))
    begun: list[str] = []

    def executed(connection, cursor, statement, *_) -> None:
        begun.extend([statement] if statement.startswith("BEGIN IMMEDIATE") else [])

    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        sqlalchemy.event.listen(ledger.engine, "before_cursor_execute", executed)
        outcomes = asyncio.run(_asked(ledger))
        other.execute("ROLLBACK")
    assert {type(each) for each in outcomes} == {LedgerDown}
    assert 1 <= len(begun) <= 2  # the first of them may have been a group of its own
    assert _sold(ledger, 2) and ledger.terminal(TERMINAL)["batch"] == 1
    ledger.close()


def test_a_server_that_does_not_answer_is_given_up_and_taken_up_again(postgres_server, tmp_path, monkeypatch):
    """It waits for a lock here, without end, as one that is frozen is waited for."""
    monkeypatch.setattr(patience, "QUICK", 0.3)
    ledger = _furnished(SqlLedger(postgres_server.url(), Clock(), Keeper(tmp_path), patience=0))
    with ledger.engine.connect() as other:
        other.exec_driver_sql("LOCK TABLE terminals IN ACCESS EXCLUSIVE MODE")
        outcomes = asyncio.run(_asked(ledger))
        other.rollback()
    assert {type(each) for each in outcomes} == {LedgerDown}
    assert _sold(ledger, 2) and ledger.terminal(TERMINAL)["batch"] == 1
    ledger.close()


def test_who_reads_a_server_that_does_not_answer_gives_up_when_the_ledger_is_closed(postgres_server, tmp_path):
    ledger = _furnished(SqlLedger(postgres_server.url(), Clock(), Keeper(tmp_path)))
    other = sqlalchemy.create_engine(ledger.engine.url)
    asking, told = threading.Event(), []

    def executed(connection, cursor, statement, *_) -> None:
        asking.set()

    def read() -> None:
        try:
            ledger.terminals()
        except LedgerDown as error:
            told.append(str(error))

    reader = threading.Thread(target=read, daemon=True)
    with other.connect() as holder:
        holder.exec_driver_sql("LOCK TABLE terminals IN ACCESS EXCLUSIVE MODE")
        sqlalchemy.event.listen(ledger.engine, "before_cursor_execute", executed)
        reader.start()
        assert asking.wait(30)
        ledger.close()
        reader.join(30)
        assert told == ["ledger: OperationalError"]  # while the lock is still held
    other.dispose()


def test_a_ledger_is_closed_though_a_unit_of_it_does_not_end(tmp_path, monkeypatch):
    monkeypatch.setattr(sql_ledger, "_CLOSE", 0.05)
    ledger = _furnished(SqlLedger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", Clock()))
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def long_one(unit) -> None:
        begun.set()
        go_on.wait(20)
        ended.set()

    async def work() -> bool:
        asked = asyncio.create_task(ledger.ask(long_one))
        assert await asyncio.to_thread(begun.wait, 30)
        await asyncio.to_thread(ledger.close)
        still = not ended.is_set()
        go_on.set()
        await asked
        return still

    assert asyncio.run(work())


def test_a_process_that_stops_in_its_turn_is_not_waited_for_without_end(tmp_path, monkeypatch):
    """And nobody holds the turn that he has given up waiting for."""
    monkeypatch.setattr(databases, "SQLITE_WAIT", 0.1)
    file = tmp_path / "ledger.sqlite"
    ledger = _furnished(SqlLedger(f"sqlite:///{file}", Clock(), worker=1))
    held = os.open(f"{file}-turn", os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    threads = threading.active_count()
    for _ in range(3):
        outcomes = asyncio.run(_asked(ledger))
        assert {str(each) for each in outcomes} == {"ledger: another process does not end its turn"}
    assert threading.active_count() <= threads + 2  # who writes, and one that waits
    os.close(held)
    turns = Turns(file)
    with turns.taken(30):  # which who has given up does not keep
        pass
    assert _sold(ledger, 2) and ledger.terminal(TERMINAL)["batch"] == 1
    with turns.taken(30):
        pass
    ledger.close()
