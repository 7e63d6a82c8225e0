"""Keys wrapped under the host master key, PIN check values sealed by it, and each terminal's MAC."""

import sqlalchemy as sa
from alembic import op

from acquirer.schema.steps import add_column

revision, down_revision = "3", "2"

_WRAPPED = (("terminals", "id", ("tmk", "pik", "mak")), ("cards", "pan", ("imk",)))


def upgrade() -> None:
    connection, vault = op.get_bind(), op.get_context().opts["vault"]
    add_column(connection, "terminals", sa.Column("mac", sa.String(8), server_default="ecb", nullable=False))
    for name, key, columns in _WRAPPED:
        table = sa.table(name, sa.column(key), *(sa.column(column) for column in columns))
        for column in columns if connection.dialect.name != "sqlite" else ():  # SQLite does not look at the length of a text
            op.alter_column(name, column, type_=sa.String(64), existing_type=sa.String(32), existing_nullable=column != "tmk")
        for row in connection.execute(sa.select(table)).all():
            wrapped = {each: vault.wrap(bytes.fromhex(clear)) if clear else None for each, clear in zip(columns, row[1:])}
            connection.execute(sa.update(table).where(table.c[key] == row[0]).values(wrapped))
    cards = sa.table("cards", sa.column("pan"), sa.column("pin_check"))
    for pan, check in connection.execute(sa.select(cards).where(cards.c.pin_check.is_not(None))).all():
        connection.execute(sa.update(cards).where(cards.c.pan == pan).values(pin_check=vault.seal_pin(check)))
