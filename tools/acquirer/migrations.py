"""From the tables of earlier versions to those of now, one step a version; a ledger keeps what it has booked.

1  sales alone
2  voids: the original's batch and trace
3  keys wrapped under the host master key, PIN check values sealed by it, and each terminal's MAC
"""

import sqlalchemy
from sqlalchemy.orm import Session

from .models import SCHEMA, Card, Terminal
from .vault import Vault

# SQLite does not look at the length of a text.
_WIDER = {
    "postgresql": "ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR(64)",
    "mysql": "ALTER TABLE {table} MODIFY {column} VARCHAR(64)",
    "mariadb": "ALTER TABLE {table} MODIFY {column} VARCHAR(64)",
}
_WRAPPED = (("terminals", ("tmk", "pik", "mak")), ("cards", ("imk",)))


def migrate(session: Session, version: int, vault: Vault) -> bool:
    """Carry the ledger of `session` on to SCHEMA; False when that version is not known."""
    steps = {1: _from_1, 2: _from_2}
    while version in steps:
        steps[version](session, vault)
        version += 1
    return version == SCHEMA


def shed(engine: sqlalchemy.Engine) -> None:
    """What a migration has replaced is to be nowhere in the file either."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")


def _add(session: Session, table: str, column: str, kind: str) -> None:
    """A column more, unless a migration that was cut short has added it already."""
    there = {each["name"] for each in sqlalchemy.inspect(session.connection()).get_columns(table)}
    if column not in there:
        session.execute(sqlalchemy.text(f"ALTER TABLE {table} ADD COLUMN {column} {kind}"))


def _from_1(session: Session, vault: Vault) -> None:
    for column in ("original_batch", "original_stan"):
        _add(session, "transactions", column, "INTEGER")


def _from_2(session: Session, vault: Vault) -> None:
    _add(session, "terminals", "mac", "VARCHAR(8) DEFAULT 'ecb' NOT NULL")
    wider = _WIDER.get(session.get_bind().dialect.name)
    for table, columns in _WRAPPED if wider else ():
        for column in columns:
            session.execute(sqlalchemy.text(wider.format(table=table, column=column)))
    for table, columns in ((Terminal, _WRAPPED[0][1]), (Card, _WRAPPED[1][1])):
        for row in session.scalars(sqlalchemy.select(table)):
            for column in columns:
                clear = getattr(row, column)
                setattr(row, column, vault.wrap(bytes.fromhex(clear)) if clear else None)
    for card in session.scalars(sqlalchemy.select(Card).where(Card.pin_check.is_not(None))):
        card.pin_check = vault.seal_pin(card.pin_check)
