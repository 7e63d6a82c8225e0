"""The ledger's tables: a new ledger is at the newest version, an older one is carried on, any other is refused in one line."""

import contextlib
import tarfile
import threading

import pytest
import sqlalchemy
from acquirer_bench import MERCHANT, NOW, TERMINAL, clock
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from test_ledger_keys import OLD

from acquirer import books, databases, schema, tables
from acquirer.ledger import LedgerError
from acquirer.sql_ledger import SqlLedger
from acquirer.vault import VARIABLE, Vault

MASTER = bytes(range(32))
AT = "2026-03-01 02:15:30.000000"


@contextlib.contextmanager
def opened(url: str):
    engine = databases.engine(sqlalchemy.make_url(url), False, threading.Event())
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def old_ledger(url: str, version: str) -> None:
    """A ledger as the host of that version left it: up to 3 numbered in `counters`, one sale of 12.50, three more counted."""
    with opened(url) as connection:
        schema.carry_on(connection, Vault(MASTER), version)
        numbered = version in ("1", "2", "3")
        if numbered:
            connection.exec_driver_sql("DROP TABLE alembic_version")
        day = NOW.strftime("%Y%m%d")
        wrapped = version >= "3"
        tmk = Vault(MASTER).wrap(bytes(range(16))) if wrapped else bytes(range(16)).hex()
        for line in (
            f"INSERT INTO counters VALUES ('business_day', {day}), ('rrn', 4), ('approval', 4)",
            *([f"INSERT INTO counters VALUES ('schema', {version})"] if numbered else []),
            "INSERT INTO accounts VALUES (1, 'opening', -5000), (2, 'shop', 1250), (3, 'card', 3750)",
            f"INSERT INTO merchants VALUES ('{MERCHANT}', 'shop', 2)",
            f"INSERT INTO terminals (id, merchant_id, tmk, batch) VALUES ('{TERMINAL}', '{MERCHANT}', '{tmk}', 1)",
            "INSERT INTO cards VALUES ('6200000000000005', 'c', '3012', '01', NULL, NULL, NULL, 0, '00', '00', NULL, 3)",
            "INSERT INTO transactions (id, terminal_id, merchant_id, batch, stan, kind, state, amount, approved_amount,"
            " pan_masked, card_pan, code, reason, rrn, auth_code, answer_time, business_day, original_seen, reversal_count,"
            f" created) VALUES (1, '{TERMINAL}', '{MERCHANT}', 1, 2, 'sale', 'approved', 1250, 1250, '620000******0005',"
            f" '6200000000000005', '00', '', '030100000004', '123456', '1015300301', {day}, 1, 0, '{AT}')",
            f"INSERT INTO entries VALUES (1, 'opening', NULL, '{AT}'), (2, 'sale', 1, '{AT}')",
            "INSERT INTO postings VALUES (1, 1, 1, -5000), (2, 1, 3, 5000), (3, 2, 3, -1250), (4, 2, 2, 1250)",
        ):
            connection.exec_driver_sql(line)
        if wrapped:
            connection.exec_driver_sql(f"INSERT INTO counters VALUES ('master_key', {Vault(MASTER).check_value})")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, MASTER.hex())
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    return request.getfixturevalue("postgres_server").url()


def test_the_steps_make_the_tables_that_a_new_ledger_has(url):
    with opened(url) as connection:
        schema.carry_on(connection, Vault(MASTER))
        name = connection.dialect.name
        opts = {
            "compare_type": name != "sqlite",  # which does not look at the length of a text
            "include_object": lambda item, *_: item.info.get("only", name) == name,
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=opts), tables.metadata) == []
        assert schema.version(connection) == schema.NEWEST == schema.known()[-1]


@pytest.mark.parametrize("version", ["1", "2", "3", "4", "5"])
def test_a_ledger_of_each_earlier_version_is_carried_on_and_goes_on_counting(url, version):
    old_ledger(url, version)
    ledger = SqlLedger(url, clock)
    assert books.problems(ledger) == [] and ledger.merchant_balance(MERCHANT) == 1250
    assert ledger.tmk(TERMINAL) == bytes(range(16)) and ledger.terminal(TERMINAL)["mac"] == "ecb"
    sale = ledger.transactions()[0]
    assert (sale.id, sale.stan, sale.original) == (1, 2, None)

    def again(unit):
        row = unit.enter(sale._replace(stan=3, rrn=f"{unit.number('rrn'):012d}"))
        unit.post("sale", row, unit.card(row.card_pan).account_id, unit.merchant(MERCHANT).account_id, 1250, ledger.now())
        return row

    row = ledger.perform(again)
    assert row.id > 1 and int(row.rrn) > 4  # no number of before comes again
    assert books.problems(ledger) == [] and ledger.merchant_balance(MERCHANT) == 2500
    ledger.close()
    with opened(url) as connection:
        assert schema.version(connection) == schema.NEWEST
    SqlLedger(url, clock).close()  # and is one of today


def test_a_ledger_in_use_of_an_earlier_release_is_carried_on(tmp_path):
    with tarfile.open(OLD) as archive:
        archive.extractall(tmp_path, filter="data")
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'host' / 'ledger.sqlite'}")
    before = ledger.transactions()
    assert books.problems(ledger) == []
    ledger.set_balance("4761739001010010", 77)
    assert ledger.balance("4761739001010010") == 77 and books.problems(ledger) == [] and ledger.transactions() == before
    ledger.close()


@pytest.mark.parametrize(
    "spoilt",
    [
        "UPDATE alembic_version SET version_num = '99'",
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",  # and no number of before either
    ],
)
def test_a_ledger_of_another_version_is_refused_in_one_line(url, spoilt):
    SqlLedger(url, clock).close()
    with opened(url) as connection:
        connection.exec_driver_sql(spoilt)
    with pytest.raises(LedgerError, match="another version") as caught:
        SqlLedger(url, clock)
    assert "\n" not in str(caught.value)


def test_another_programs_database_is_refused_and_left_alone(url):
    with opened(url) as connection:
        connection.exec_driver_sql("CREATE TABLE accounts (name TEXT)")
    with pytest.raises(LedgerError, match="another version"):
        SqlLedger(url, clock)
    with opened(url) as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == ["accounts"]
