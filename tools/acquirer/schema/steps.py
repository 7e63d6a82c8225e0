"""What several steps do."""

import sqlalchemy
from alembic import op
from sqlalchemy import Column, Connection


def add_column(connection: Connection, table: str, column: Column) -> None:
    """A column more, unless a step that was cut short has added it already: earlier versions were in no transaction there."""
    there = {each["name"] for each in sqlalchemy.inspect(connection).get_columns(table)}
    if column.name not in there:
        op.add_column(table, column)
