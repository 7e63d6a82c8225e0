"""The versions of the ledger's tables, as alembic keeps them: a new ledger is made at the newest, an older one is carried on.

versions/ has a step a version; a change of tables.py is another step, and a test compares the two.  Ledgers of before alembic
have their number in `counters`: 1 to 3, which are the first three steps.
"""

import contextlib
import pathlib

import sqlalchemy
from sqlalchemy import Connection, column, insert, select, table

from .. import tables
from ..vault import Vault

NEWEST = "6"
_HERE = pathlib.Path(__file__).parent
_NUMBERED = ("1", "2", "3")  # of before alembic
_REVISION = table("alembic_version", column("version_num"))


def version(connection: Connection) -> "str | None":
    """The version of the ledger's tables; None where there are none, "" of what is no ledger or of an unknown one."""
    there = set(sqlalchemy.inspect(connection).get_table_names())
    if _REVISION.name in there:
        found = connection.execute(select(_REVISION.c.version_num)).scalar()
    elif tables.counters.name in there:
        number = select(tables.counters.c.value).where(tables.counters.c.name == "schema")
        found = str(connection.execute(number).scalar())
        found = found if found in _NUMBERED else ""
    else:
        return "" if there & set(tables.metadata.tables) else None
    return found if found in known() else ""


def known() -> "tuple[str, ...]":
    """All versions, the oldest first."""
    return tuple(str(number) for number in range(1, int(NEWEST) + 1))


def make(connection: Connection) -> None:
    """The tables of a new ledger."""
    tables.metadata.create_all(connection)
    _stamp(connection, NEWEST)


def carry_on(connection: Connection, vault: Vault, to: str = NEWEST) -> None:
    """Carry an older ledger on, in the connection's transaction."""
    from alembic import command, config  # no ledger of today needs it

    start = version(connection)
    if start and _REVISION.name not in sqlalchemy.inspect(connection).get_table_names():
        _stamp(connection, start)
    about = config.Config(attributes={"connection": connection, "vault": vault})
    about.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    command.upgrade(about, to)


def _stamp(connection: Connection, number: str) -> None:
    connection.exec_driver_sql(f"CREATE TABLE {_REVISION.name} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.execute(insert(_REVISION).values(version_num=number))


def shed(engine: sqlalchemy.Engine) -> None:
    """What a step has replaced, keys among it, is to be nowhere in the file either."""
    if engine.dialect.name == "sqlite":
        with contextlib.closing(engine.raw_connection()) as raw:  # in no transaction
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
