"""Several processes at one ledger, and a database that goes away: what conflicts is decided again, nothing lost or doubled.

Two ledgers on one database are to it what two processes are.
"""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import sqlalchemy
from acquirer_bench import MERCHANT, TERMINAL, VECTOR_CARD
from test_ledgers import Clock, Till, _furnished

from acquirer import books
from acquirer.ledger import LedgerDown
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger
from acquirer.switch import Overrides
from acquirer.vault import Keeper

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")

SERIALIZABLE = "?options=-c%20default_transaction_isolation%3Dserializable"  # as engines have it that speak the protocol
EACH = 25


@pytest.fixture(params=["sqlite", "postgresql", "postgresql, serializable"])
def ledgers(request, tmp_path):
    """Two ledgers on one database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    else:
        url = request.getfixturevalue("postgres_server").url() + (SERIALIZABLE if "," in request.param else "")
    made = [SqlLedger(url, Clock(), Keeper(tmp_path), worker=number) for number in (1, 2)]
    _furnished(made[0])
    yield made
    for each in made:
        each.close()


def _at_the_same_time(*works) -> list:
    """The results of functions that begin together."""
    gate = threading.Barrier(len(works))

    def one(work):
        gate.wait(30)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(one, work) for work in works]]


def test_sales_by_one_card_at_two_processes_are_all_booked(ledgers):
    def sell(ledger, first: int) -> list:
        till = Till(ledger)
        return [till.code("0200", till.sale(first + at, 100)) for at in range(EACH)]

    codes = _at_the_same_time(*(lambda ledger=ledger, at=at: sell(ledger, 2 + 100 * at) for at, ledger in enumerate(ledgers)))
    assert codes == [["00"] * EACH] * 2
    assert books.problems(ledgers[0]) == []
    assert ledgers[0].balance(VECTOR_CARD) == 1000000 - 2 * EACH * 100 and ledgers[1].merchant_balance(MERCHANT) == 2 * EACH * 100
    rows = ledgers[1].transactions()
    assert len({row.rrn for row in rows}) == len({row.id for row in rows}) == 2 * EACH


def test_the_last_money_of_a_card_is_spent_once(ledgers):
    ledgers[0].set_balance(VECTOR_CARD, 1000)

    def sell(ledger, stan: int) -> str:
        till = Till(ledger)
        return till.code("0200", till.sale(stan, 700))

    codes = _at_the_same_time(*(lambda ledger=ledger, at=at: sell(ledger, 2 + at) for at, ledger in enumerate(ledgers)))
    assert sorted(codes) == ["00", "51"] and ledgers[0].balance(VECTOR_CARD) == 300 and books.problems(ledgers[0]) == []


def test_one_message_at_two_processes_is_decided_once(ledgers):
    tills = [Till(ledger) for ledger in ledgers]
    for stan in range(2, 12):
        sale = tills[0].sale(stan, 100)
        first, second = _at_the_same_time(*(lambda till=till: till.ask("0200", sale) for till in tills))
        assert first == second and first[39] == "00"
        undone = _at_the_same_time(*(lambda till=till: till.code("0400", till.reversal(sale)) for till in tills))
        assert undone == ["00", "00"]
    for stan in range(20, 25):
        sale = tills[0].sale(stan, 100)
        told = tills[0].ask("0200", sale)
        voids = [
            lambda at=at, till=till: till.code("0200", till.void(stan + 100 * at, sale, told)) for at, till in enumerate(tills, 1)
        ]
        assert sorted(_at_the_same_time(*voids)) == ["00", "22"]
    assert ledgers[0].balance(VECTOR_CARD) == 1000000 and ledgers[0].merchant_balance(MERCHANT) == 0
    assert books.problems(ledgers[0]) == [] and len(ledgers[0].transactions()) == 10 + 3 * 5


def test_what_is_forgotten_while_others_sell_leaves_the_books_right(ledgers):
    """And nobody is refused for it."""
    ended = threading.Event()

    def sell() -> set:
        till, codes, stan = Till(ledgers[0]), set(), 2
        while not ended.is_set():
            codes.add(till.code("0200", till.sale(stan, 100)))
            codes.add(till.code("0400", till.reversal(till.sale(stan, 100))) if stan % 3 == 0 else "00")
            stan += 1
        return codes

    def forget() -> None:
        try:
            for _ in range(15):
                ledgers[1].fresh()
        finally:
            ended.set()

    codes, _ = _at_the_same_time(sell, forget)
    assert books.problems(ledgers[1]) == [] and codes <= {"00", "25"}  # 25: the sale was forgotten before its reversal
    spent = 1000000 - ledgers[0].balance(VECTOR_CARD)
    assert spent == ledgers[1].merchant_balance(MERCHANT) == sum(row.stands for row in ledgers[0].transactions())


@pytest.mark.parametrize("isolation", ["", SERIALIZABLE])
def test_who_forgets_waits_for_a_sale_that_is_being_written(postgres_server, tmp_path, monkeypatch, isolation):
    """And forgets it too: half of it would be left where its rows were not seen yet."""
    url = postgres_server.url() + isolation
    ledgers = [SqlLedger(url, Clock(), Keeper(tmp_path), worker=number) for number in (1, 2)]
    till = Till(_furnished(ledgers[0]))
    assert till.code("0200", till.sale(2, 100)) == "00"
    written, may_commit = threading.Event(), threading.Event()
    commit = ledgers[0].engine.dialect.do_commit

    def slowly(raw) -> None:
        written.set()
        assert may_commit.wait(60)
        commit(raw)

    monkeypatch.setattr(ledgers[0].engine.dialect, "do_commit", slowly)
    waits = sqlalchemy.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with ThreadPoolExecutor(2) as pool:
        selling = pool.submit(till.code, "0200", till.sale(3, 100))
        assert written.wait(60)
        forgetting = pool.submit(ledgers[1].fresh)
        try:
            while not forgetting.done():
                with ledgers[1].engine.connect() as watching:
                    if watching.execute(waits).scalar():
                        break
        finally:
            may_commit.set()
        assert selling.result(60) == "00" and forgetting.result(60) is None
    assert ledgers[1].transactions() == [] and books.problems(ledgers[1]) == []
    assert ledgers[1].balance(VECTOR_CARD) == 1000000 and ledgers[1].merchant_balance(MERCHANT) == 0
    for each in ledgers:
        each.close()


def test_what_was_committed_unheard_is_not_done_twice(postgres_server, tmp_path, monkeypatch):
    ledger = _furnished(SqlLedger(postgres_server.url(), Clock(), Keeper(tmp_path)))
    till = Till(ledger)
    assert till.code("0200", till.sale(2), Overrides(decline="51")) == "51"
    commit, lost = ledger.engine.dialect.do_commit, []

    def unheard(raw) -> None:
        commit(raw)
        if not lost:
            lost.append(raw)
            raw.driver_connection.close()
            raise psycopg.errors.AdminShutdown("the server stops")

    monkeypatch.setattr(ledger.engine.dialect, "do_commit", unheard)
    assert ledger.day_cut() == 20260302 and len(lost) == 1 and ledger.business_day() == 20260302
    lost.clear()
    ledger.make_good(TERMINAL, 1, 2)
    assert len(lost) == 1 and ledger.merchant_balance(MERCHANT) == 1250 and books.problems(ledger) == []
    ledger.close()


def test_a_command_that_the_database_does_not_take_is_answered_in_one_line(postgres_server, tmp_path):
    ledger = _furnished(SqlLedger(postgres_server.url(), Clock(), Keeper(tmp_path), patience=0))
    with ledger.connection() as connection:
        connection.exec_driver_sql("ALTER TABLE tallies RENAME TO gone")

    async def asked() -> list:
        acquirer = Acquirer(ledger, tmp_path, None, None, demo_data=False)
        return [await acquirer.command(line) for line in ("fresh", "ledger")]

    answers = asyncio.run(asked())
    ledger.close()
    assert [answer["ok"] for answer in answers] == [False, False]
    assert all(answer["error"].startswith("ledger: ") and "\n" not in answer["error"] for answer in answers)


def test_what_postgresql_refuses_for_now_is_tried_again(postgres_server, tmp_path):
    """A serialisation failure that is sure to come: the row has been changed since the transaction looked."""
    ledger = _furnished(SqlLedger(postgres_server.url() + SERIALIZABLE, Clock(), Keeper(tmp_path)))
    other = SqlLedger(ledger.engine.url.render_as_string(False), Clock(), Keeper(tmp_path))
    seen = []

    def work(unit) -> None:
        terminal = unit.terminal(TERMINAL)
        seen.append(terminal.batch)
        if len(seen) == 1:
            other.set_batch(TERMINAL, 7)
        unit.change_terminal(terminal, batch=terminal.batch + 1)

    ledger.perform(work)
    assert seen == [1, 7] and ledger.terminal(TERMINAL)["batch"] == 8
    other.close()
    ledger.close()


def test_a_database_that_stops_and_comes_back_loses_and_doubles_nothing(postgres_server, tmp_path):
    """Who is patient goes on where he was; who is not is told in one line that nothing was decided."""
    url = postgres_server.url()
    ledger = _furnished(SqlLedger(url, Clock(), Keeper(tmp_path), patience=120))
    hasty = SqlLedger(url, Clock(), Keeper(tmp_path), patience=0)
    till, codes, sold, stop = Till(ledger), [], threading.Event(), threading.Event()

    def sell() -> None:
        while not stop.is_set() and len(codes) < 900:
            codes.append(till.code("0200", till.sale(2 + len(codes), 1)))
            sold.set()

    seller = threading.Thread(target=sell)
    seller.start()
    assert sold.wait(60)
    postgres_server.stop("immediate")  # as if the power had gone
    before = len(codes)
    for ask in (lambda: hasty.set_batch(TERMINAL, 9), hasty.transactions, hasty.sums, hasty.business_day):
        with pytest.raises(LedgerDown) as caught:
            ask()
        assert str(caught.value).startswith("ledger: ") and "\n" not in str(caught.value)
    postgres_server.start()
    sold.clear()
    assert sold.wait(60), "no sale after the database has come back"
    stop.set()
    seller.join(60)
    assert len(codes) > before and set(codes) == {"00"}
    assert [row.stan for row in hasty.transactions()] == list(range(2, 2 + len(codes))) and books.problems(hasty) == []
    assert hasty.merchant_balance(MERCHANT) == len(codes) and hasty.terminal(TERMINAL)["batch"] == 1
    hasty.close()
    ledger.close()


def test_no_lock_of_another_kind_is_asked_for(postgres_server, tmp_path):
    """No advisory locks, no sequences, no LISTEN: any engine that speaks the protocol has what is used here."""
    url = postgres_server.url()
    told: list[str] = []

    def executed(connection, cursor, statement, parameters, context, many) -> None:
        told.append(statement.lower())

    sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", executed)
    try:
        ledger = _furnished(SqlLedger(url, Clock(), Keeper(tmp_path)))
        till = Till(ledger)
        assert till.code("0200", till.visa_sale(2)) == "00" and till.code("0400", till.reversal(till.visa_sale(2))) == "00"
        ledger.close()
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", executed)
    own = [statement for statement in told if "pg_catalog" not in statement]
    assert len(own) > 20
    assert [each for each in own if any(word in each for word in ("advisory", "nextval", "serial", "lock table", "listen"))] == []
