"""From the tables of earlier versions to those of now, one step a version; a ledger keeps what it has booked.

1  sales alone
2  voids: the original's batch and trace
3  keys wrapped under the host master key, PIN check values sealed by it, and each terminal's MAC
"""

import contextlib

import sqlalchemy
from sqlalchemy import Connection, select, update

from .tables import SCHEMA, cards, terminals
from .vault import Vault

# SQLite does not look at the length of a text.
_WIDER = {
    "postgresql": "ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR(64)",
    "mysql": "ALTER TABLE {table} MODIFY {column} VARCHAR(64)",
    "mariadb": "ALTER TABLE {table} MODIFY {column} VARCHAR(64)",
}
_WRAPPED = ((terminals, terminals.c.id, ("tmk", "pik", "mak")), (cards, cards.c.pan, ("imk",)))


def migrate(connection: Connection, version: int, vault: Vault) -> bool:
    """Carry the ledger on to SCHEMA; False when that version is not known."""
    steps = {1: _from_1, 2: _from_2}
    while version in steps:
        steps[version](connection, vault)
        version += 1
    return version == SCHEMA


def shed(engine: sqlalchemy.Engine) -> None:
    """What a migration has replaced is to be nowhere in the file either."""
    if engine.dialect.name == "sqlite":
        with contextlib.closing(engine.raw_connection()) as raw:  # in no transaction
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _add(connection: Connection, table: str, column: str, kind: str) -> None:
    """A column more, unless a migration that was cut short has added it already."""
    there = {each["name"] for each in sqlalchemy.inspect(connection).get_columns(table)}
    if column not in there:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")


def _from_1(connection: Connection, vault: Vault) -> None:
    for column in ("original_batch", "original_stan"):
        _add(connection, "transactions", column, "INTEGER")


def _from_2(connection: Connection, vault: Vault) -> None:
    _add(connection, "terminals", "mac", "VARCHAR(8) DEFAULT 'ecb' NOT NULL")
    wider = _WIDER.get(connection.dialect.name)
    for table, key, columns in _WRAPPED:
        for column in columns if wider else ():
            connection.exec_driver_sql(wider.format(table=table.name, column=column))
        for row in connection.execute(select(key, *(table.c[column] for column in columns))).all():
            wrapped = {name: vault.wrap(bytes.fromhex(clear)) if clear else None for name, clear in zip(columns, row[1:])}
            connection.execute(update(table).where(key == row[0]).values(wrapped))
    for pan, check in connection.execute(select(cards.c.pan, cards.c.pin_check).where(cards.c.pin_check.is_not(None))).all():
        connection.execute(update(cards).where(cards.c.pan == pan).values(pin_check=vault.seal_pin(check)))
