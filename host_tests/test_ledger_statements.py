"""F-H6, F-H8, F-H9: what a sale costs the database, counted: statements, commits, rows that are gone through; never in seconds.

The counts of rows are SQLite's own (the steps of its machine); PostgreSQL is asked for its plans.
"""

import asyncio
import contextlib
import threading

import pytest
import sqlalchemy
from acquirer_bench import MERCHANT, TERMINAL, VISA, new_acquirer
from test_acquirer_service import ask_control
from test_ledgers import Clock, Till, _furnished

from acquirer import books, writer
from acquirer.ledger import LedgerDown
from acquirer.profiles.cn_pos import wire
from acquirer.rows import Transaction
from acquirer.sql_ledger import SqlLedger
from acquirer.switch import Switch, needs
from acquirer.unit import Needs
from acquirer.vault import Keeper

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")

MOST_STATEMENTS = 10  # of a chip sale by itself


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request, tmp_path):
    sqlite = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_server").url()
    made = SqlLedger(url, Clock(), Keeper(tmp_path))
    yield _furnished(made)
    made.close()


@contextlib.contextmanager
def heard(ledger):
    """What the database is told: [(statement, parameters)], with "COMMIT" where it is."""
    told: list = []

    def executed(connection, cursor, statement, parameters, context, many) -> None:
        told.append((statement, parameters[0] if many else parameters))

    def committed(connection) -> None:
        told.append(("COMMIT", ()))

    for name, listener in (("before_cursor_execute", executed), ("commit", committed)):
        sqlalchemy.event.listen(ledger.engine, name, listener)
    try:
        yield told
    finally:
        for name, listener in (("before_cursor_execute", executed), ("commit", committed)):
            sqlalchemy.event.remove(ledger.engine, name, listener)


def filled(ledger, rows: int, batch: int = 7) -> None:
    """So many sales of before, by the same card and terminal."""
    [(card, _)] = ledger.cards([VISA])

    def work(unit) -> None:
        first = unit.transaction(TERMINAL, 1, 2)
        for number in range(rows):
            changes = {"batch": batch, "stan": number + 1, "atc": f"{number:04X}", "cryptogram": f"{number:016X}"}
            row: Transaction = unit.enter(first._replace(**changes))
            unit.post("sale", row, card.account_id, unit.merchant(MERCHANT).account_id, 1, ledger.now())

    ledger.perform(work, Needs(numbers=rows))


def by_itself(told: list) -> "list[str]":
    return [statement for statement, _ in told if not statement.startswith(("BEGIN", "COMMIT"))]


def test_f_h6_a_sale_is_few_statements_in_one_transaction(ledger):
    till = Till(ledger)
    till.code("0200", till.visa_sale(2, 100, atc=0x8001))  # which opens its merchant's tally and takes numbers
    with heard(ledger) as told:
        assert till.code("0200", till.visa_sale(3, 100, atc=0x8002)) == "00"
    statements = by_itself(told)
    assert len(statements) <= MOST_STATEMENTS, statements
    assert [statement for statement, _ in told].count("COMMIT") == 1 and told[-1][0] == "COMMIT"
    changed = [statement for statement in statements if statement.startswith(("INSERT INTO transactions", "UPDATE transactions"))]
    assert len(changed) == 1 and changed[0].startswith("INSERT")  # as it was decided, and not changed afterwards


async def _together(ledger, works: list) -> list:
    """Outcomes of what is asked while the writer is at work on something else; `works` are (work, needs)."""
    begun, go_on = threading.Event(), threading.Event()

    def long_one(unit) -> None:
        begun.set()
        assert go_on.wait(30)

    first = asyncio.create_task(ledger.ask(long_one))
    assert await asyncio.to_thread(begun.wait, 30)
    asked = [asyncio.create_task(ledger.ask(*work)) for work in works]
    await asyncio.sleep(0)  # each of them has put its work into the queue
    go_on.set()
    await first
    return await asyncio.gather(*asked, return_exceptions=True)


def _sale_of(ledger, fields: dict) -> tuple:
    """A sale as `_together` takes it."""
    message = wire.decode(Till(ledger).body("0200", fields))
    return lambda unit: Switch(ledger).answer(unit, message), needs(message)


def test_f_h6_sales_that_wait_share_one_commit_and_their_statements(ledger):
    """And none is told before it lasts."""
    till = Till(ledger)
    till.code("0200", till.visa_sale(2, 100, atc=0x8001))
    works = [_sale_of(ledger, till.visa_sale(10 + at, 100, atc=0x9000 + at)) for at in range(40)]
    at_told = []

    async def work() -> list:
        settle = writer._settle

        def settled(outcomes) -> None:
            at_told.append(len(ledger.transactions()))  # as anybody else sees the ledger
            settle(outcomes)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(writer, "_settle", settled)
            return await _together(ledger, works)

    with heard(ledger) as told:
        replies = asyncio.run(work())
    assert [reply.message.fields[39] for reply in replies] == ["00"] * 40
    assert [statement for statement, _ in told].count("COMMIT") == 2  # of the one before, and of all of these
    assert len(by_itself(told)) <= MOST_STATEMENTS + len(at_told)  # and the looks of above
    assert len(at_told) == 2 and at_told[1] == 41
    assert books.problems(ledger) == [] and len(ledger.transactions()) == 41


def test_a_unit_that_fails_takes_none_of_its_group_with_it(ledger):
    def refuse(unit) -> None:
        unit.set_business_day(1)
        raise ValueError("no")

    def spoil(unit) -> None:
        unit.enter(unit.transaction(TERMINAL, 1, 2)._replace(terminal_id=None))  # no database takes that

    till = Till(ledger)
    sales = [_sale_of(ledger, till.sale(stan)) for stan in (2, 3)]
    works = [sales[0], (refuse,), sales[1], (spoil,)]
    outcomes = asyncio.run(_together(ledger, works))
    assert [outcomes[place].message.fields[39] for place in (0, 2)] == ["00", "00"]
    assert [type(outcomes[place]) for place in (1, 3)] == [ValueError, LedgerDown]
    assert [row.stan for row in ledger.transactions()] == [2, 3] and books.problems(ledger) == []
    assert ledger.business_day() == 20260301


def test_a_void_that_fails_is_not_found_by_the_next_of_its_group(ledger):
    till = Till(ledger)
    assert till.code("0200", till.sale(2)) == "00"

    def void(unit) -> None:
        unit.enter(unit.transaction(TERMINAL, 1, 2)._replace(stan=3, kind="void", original_batch=1, original_stan=2))
        raise ValueError("after it has been entered")

    def look(unit) -> list:
        return unit.about(unit.transaction(TERMINAL, 1, 2))

    failed, found = asyncio.run(_together(ledger, [(void,), (look,)]))
    assert type(failed) is ValueError and found == []


def test_who_has_gone_is_left_out_when_a_group_is_decided_one_by_one(ledger):
    loop = asyncio.new_event_loop()
    gone = loop.create_future()
    gone.cancel()

    def spoil(unit) -> None:
        unit.enter(unit.transaction(TERMINAL, 1, 2)._replace(terminal_id=None))  # no database takes that

    till = Till(ledger)
    assert till.code("0200", till.sale(2)) == "00"
    late = writer.Job(lambda unit: unit.set_business_day(1), Needs(), gone)
    sale = writer.Job(*_sale_of(ledger, till.sale(3)))
    outcomes = ledger._decide([sale, writer.Job(spoil, Needs()), late])
    loop.close()
    assert outcomes[0].result.message.fields[39] == "00" and type(outcomes[1].failure) is LedgerDown
    assert ledger.business_day() == 20260301


def test_who_has_gone_before_its_turn_was_never_there(ledger):
    async def work() -> None:
        begun, go_on = threading.Event(), threading.Event()
        first = asyncio.create_task(ledger.ask(lambda unit: (begun.set(), go_on.wait(30))))
        assert await asyncio.to_thread(begun.wait, 30)
        gone = asyncio.create_task(ledger.ask(lambda unit: unit.set_business_day(1)))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        go_on.set()
        await first
        assert await ledger.ask(lambda unit: unit.business_day()) == 20260301

    asyncio.run(work())


def test_a_commit_of_a_sqlite_file_is_on_the_disk_when_it_returns(tmp_path):
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", Clock())
    with ledger.connection() as connection:
        told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    ledger.close()
    assert told == ["wal", 2]  # 2: FULL


def _steps(ledger, work) -> int:
    """Steps of SQLite's machine that `work()` takes."""
    count = [0]

    def step() -> int:
        count[0] += 1
        return 0

    def connected(raw, *_) -> None:
        raw.set_progress_handler(step, 1)

    sqlalchemy.event.listen(ledger.engine, "checkout", connected)
    try:
        work()
    finally:
        sqlalchemy.event.remove(ledger.engine, "checkout", connected)
        with ledger.engine.connect() as connection:
            connection.connection.driver_connection.set_progress_handler(None, 0)
    return count[0]


@pytest.mark.parametrize("kind", ["chip sale", "void", "reversal", "inquiry"])
def test_f_h8_no_request_gets_dearer_with_the_rows_of_the_ledger(tmp_path, kind):
    ledger = _furnished(SqlLedger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", Clock()))
    till = Till(ledger)
    numbers = iter(range(2, 90))

    def ask() -> int:
        stan = next(numbers)
        sale = till.visa_sale(stan, 100, atc=0x8000 + stan)
        told = till.ask("0200", sale) if kind != "chip sale" else {}
        asked = {
            "chip sale": lambda: till.code("0200", sale),
            "void": lambda: till.code("0200", till.void(next(numbers), {**till.sale(stan, 100), **_of(sale)}, told)),
            "reversal": lambda: till.code("0400", till.reversal(sale)),
            "inquiry": lambda: till.inquiry(stan),
        }[kind]
        found = []
        steps = _steps(ledger, lambda: found.append(asked()))
        assert found[0] in ("00", "A")
        return steps

    ask(), ask()
    few = ask()
    filled(ledger, 3000)
    ask()
    many = ask()
    ledger.close()
    assert many < 1.5 * few, f"{few} steps with a few rows, {many} with 3,000 more"


def _of(sale: dict) -> dict:
    return {number: sale[number] for number in (2, 14, 22) if number in sale}


def test_f_h8_postgresql_has_an_index_for_all_that_a_sale_looks_for(postgres_server, tmp_path):
    ledger = _furnished(SqlLedger(postgres_server.url(), Clock(), Keeper(tmp_path)))
    till = Till(ledger)
    till.code("0200", till.visa_sale(2, 100, atc=0x8001))
    filled(ledger, 500)
    with heard(ledger) as told:
        sale = till.visa_sale(3, 100, atc=0x8002)
        answer = till.ask("0200", sale)
        assert answer[39] == "00" and till.code("0200", till.void(4, {**till.sale(3, 100), **_of(sale)}, answer)) == "00"
    plans = []
    with ledger.connection() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a scan that is left has no index to go by
        for statement, parameters in told:
            if statement.startswith("SELECT"):
                plan = connection.exec_driver_sql("EXPLAIN " + statement, parameters).scalars().all()
                plans.append("\n".join(plan))
    ledger.close()
    assert len(plans) >= 5 and [plan for plan in plans if "Seq Scan" in plan] == []


def test_f_h8_to_forget_transactions_postgresql_has_an_index_for_all_that_refers_to_them(postgres_server, tmp_path):
    """Else each deletion goes through the whole of the table that refers to it."""
    ledger = _furnished(SqlLedger(postgres_server.url(), Clock(), Keeper(tmp_path)))
    there = sqlalchemy.inspect(ledger.engine)
    indexed = {(name, index["column_names"][0]) for name in there.get_table_names() for index in there.get_indexes(name)}
    referring = {
        (name, key["constrained_columns"][0])
        for name in there.get_table_names()
        for key in there.get_foreign_keys(name)
        if key["referred_table"] in ("transactions", "entries")
    }
    ledger.close()
    assert len(referring) == 2 and referring <= indexed


def test_f_h9_a_page_of_the_list_reads_a_page(tmp_path):
    ledger = _furnished(SqlLedger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", Clock()))
    till = Till(ledger)
    till.code("0200", till.visa_sale(2, 100, atc=0x8001))
    filled(ledger, 300)
    rows = []
    few = _steps(ledger, lambda: rows.append(len(books.page(ledger, 50)[0])))
    filled(ledger, 3000, 8)
    newest = ledger.transactions(most=1)[0].id
    many = _steps(ledger, lambda: rows.append(len(books.page(ledger, 50)[0])))
    older = _steps(ledger, lambda: rows.append(len(books.page(ledger, 50, newest - 1000)[0])))
    ledger.close()
    assert rows == [50, 50, 50] and many < 1.5 * few and older < 1.5 * few, (few, many, older)


def test_f_h9_a_sale_does_not_wait_for_who_reads(ledger):
    """A list or a total that is being read holds up no sale, and does not see it either."""
    till = Till(ledger)
    till.code("0200", till.sale(2))

    def slowly(unit) -> int:
        assert unit.transaction(TERMINAL, 1, 2) is not None
        assert till.code("0200", till.sale(3)) == "00"  # meanwhile, to the end and durable
        return unit.business_day()

    assert ledger.read(slowly) == 20260301
    assert [row.stan for row in ledger.transactions()] == [2, 3]


def test_f_h9_the_control_sockets_totals_and_lists_hold_up_no_sale(monkeypatch):
    async def work() -> None:
        async with new_acquirer(control_port=0) as acquirer:
            till = Till(acquirer.ledger)
            sold = threading.Event()
            audit = acquirer.ledger.audit

            def long_audit():
                assert sold.wait(30), "the sale waits for the totals"
                return audit()

            monkeypatch.setattr(acquirer.ledger, "audit", long_audit)
            asked = asyncio.create_task(ask_control(acquirer, "ledger"))
            reader, writer = await asyncio.open_connection("127.0.0.1", acquirer.ports["tcp"])
            writer.write(wire.frame(till.body("0200", till.sale(2))))
            assert await asyncio.wait_for(reader.readexactly(2), 30)
            sold.set()
            answer = (await asyncio.wait_for(asked, 30))[0]
            assert answer["ok"] and answer["problems"] == []
            writer.close()

    asyncio.run(asyncio.wait_for(work(), 60))


def test_f_h9_the_control_socket_lists_by_page(monkeypatch):
    monkeypatch.setattr("acquirer.control._PAGE", 3)

    async def work() -> None:
        async with new_acquirer(control_port=0) as acquirer:
            till = Till(acquirer.ledger)
            for stan in range(2, 9):
                till.ask("0200", till.sale(stan))
            stans, line = [], "transactions"
            while line:
                answer = (await ask_control(acquirer, line))[0]
                stans = [row["stan"] for row in answer["transactions"]] + stans
                assert len(answer["transactions"]) <= 3
                line = f"transactions {answer['before']}" if answer["before"] else ""
            assert stans == list(range(2, 9))
            assert (await ask_control(acquirer, "transactions x"))[0]["ok"] is False

    asyncio.run(asyncio.wait_for(work(), 60))


def test_nothing_is_asked_of_postgresql_that_others_who_speak_its_protocol_lack(postgres_server, tmp_path):
    """Locks of tables, advisory locks, sequences."""
    ledger = _furnished(SqlLedger(postgres_server.url(), Clock(), Keeper(tmp_path)))
    till = Till(ledger)
    with heard(ledger) as told:
        sale = till.sale(2)
        answer = till.ask("0200", sale)
        codes = [answer[39], till.code("0200", till.void(3, sale, answer)), till.code("0400", till.reversal(till.sale(4)))]
        assert codes == ["00", "00", "25"]
        ledger.day_cut()
        ledger.fresh()
        statements = [statement.upper() for statement, _ in told]
    with ledger.engine.connect() as connection:
        sequences = connection.exec_driver_sql("SELECT count(*) FROM pg_class WHERE relkind = 'S'").scalar()
    ledger.close()
    assert len(statements) > 20 and sequences == 0
    assert [each for each in statements if each.startswith("LOCK") or "ADVISORY" in each or "NEXTVAL" in each] == []
