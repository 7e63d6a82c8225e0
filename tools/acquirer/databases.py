"""The databases that a ledger can be in: how each is opened, and what its errors mean."""

import sqlite3
import threading

import sqlalchemy
from sqlalchemy import Connection
from sqlalchemy.pool import StaticPool

SQLITE_WAIT = 10.0  # s, for another process that writes
FAILED = (sqlalchemy.exc.SQLAlchemyError, sqlite3.Error)
# Of PostgreSQL and what speaks its protocol: serialisation failure, deadlock, no lock; also class 08 (connection) and 57P
# (the server stops or starts).
_AGAIN = ("40001", "40P01", "55P03")


def engine(address: sqlalchemy.URL, in_memory: bool, ended: threading.Event) -> sqlalchemy.Engine:
    """An engine for the URL.  An error of the database is told with its statement, and never with the values: keys are among
    them.  Once `ended` is set, nobody waits for a server any more.
    """
    if address.get_backend_name() != "sqlite":
        made = sqlalchemy.create_engine(address, hide_parameters=True)
        if made.dialect.driver == "psycopg":
            from . import patience  # by the driver, which not everybody has

            patience.give(made, ended)
        return made
    arguments = {"check_same_thread": False, "timeout": SQLITE_WAIT}
    pool = {"poolclass": StaticPool} if in_memory else {}
    made = sqlalchemy.create_engine(address, hide_parameters=True, connect_args=arguments, **pool)

    @sqlalchemy.event.listens_for(made, "connect")
    def connected(raw, record) -> None:
        raw.isolation_level = None  # the driver begins nothing by itself
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")

    @sqlalchemy.event.listens_for(made, "begin")
    def begun(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return made


def passes(error: sqlalchemy.exc.DBAPIError) -> bool:
    """May the same go well another time?"""
    if isinstance(error, sqlalchemy.exc.IntegrityError) or error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, sqlalchemy.exc.OperationalError)  # the server is not there
    return state in _AGAIN or state[:2] == "08" or state[:3] == "57P"


def is_away(error: Exception) -> bool:
    """Is it about the database, and not about what one unit has written?"""
    if isinstance(error, sqlalchemy.exc.DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, sqlite3.Error))
