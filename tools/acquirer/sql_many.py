"""Many rows in one statement whose text is always the same: found by their keys, added, or their sums changed.

SQLite scans a table for `(a, b) IN ((1, 2), …)`, so the keys are a table there, made of one parameter; in PostgreSQL as well,
which prepares a statement once that does not change with the number of keys.
"""

import functools
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, Connection, Dialect, Select, Table, Update, and_, bindparam, func, insert, tuple_


def by_keys(dialect: str, statement: Select, columns: Sequence[Column], keys: "list[tuple]") -> Select:
    """`statement` of the rows with these keys: values of `columns`, which an index has in front."""
    if dialect == "sqlite":
        each: Any = func.json_each(bindparam("keys", json.dumps(keys))).table_valued("value", name="wanted")
        values = [func.json_extract(each.c.value, f"$[{place}]") for place in range(len(columns))]
    elif dialect == "postgresql":
        each = _listed([(column.name, column) for column in columns], keys)
        values = list(each.c)
    else:
        return statement.where(tuple_(*columns).in_(keys))
    return statement.join(each, and_(*(column == value for column, value in zip(columns, values))))


def _listed(columns: "list[tuple[str, Column]]", rows: "list[tuple]") -> Any:
    """Rows of parameters, as PostgreSQL makes a table of them."""
    lists = [
        bindparam(f"many_{name}", [row[place] for row in rows], ARRAY(column.type))
        for place, (name, column) in enumerate(columns)
    ]
    return func.unnest(*lists).table_valued(*(name for name, _ in columns), name="wanted").render_derived()


def add(connection: Connection, table: Table, rows: "list[tuple]") -> None:
    """Insert rows with a value for each column, in the table's order."""
    if not rows:
        return
    text, stored = _adding(connection.dialect, table)
    for place, as_stored in stored:
        rows = [(*row[:place], as_stored(row[place]), *row[place + 1 :]) for row in rows]
    if text is None:
        names = table.columns.keys()
        connection.execute(insert(table), [dict(zip(names, row)) for row in rows])
    elif connection.dialect.name == "sqlite":
        connection.exec_driver_sql(text, rows)
    else:
        connection.exec_driver_sql(text, tuple(map(list, zip(*rows))))


@functools.lru_cache
def _adding(dialect: Dialect, table: Table) -> "tuple[str | None, list[tuple[int, Any]]]":
    """(the statement, or None where there is none of our own; the columns whose values the driver does not take as they are)."""
    quoted = dialect.identifier_preparer
    names = ", ".join(quoted.format_column(column) for column in table.columns)
    into = f"INSERT INTO {quoted.format_table(table)} ({names})"
    if dialect.name == "sqlite":
        stored = [
            (place, column.type.dialect_impl(dialect).bind_processor(dialect)) for place, column in enumerate(table.columns)
        ]
        return f"{into} VALUES ({', '.join('?' * len(table.columns))})", [each for each in stored if each[1] is not None]
    if dialect.name == "postgresql":
        lists = ", ".join(f"%s::{column.type.compile(dialect)}[]" for column in table.columns)
        return f"{into} SELECT * FROM unnest({lists})", []
    return None, []


def raise_by(connection: Connection, change: Update, column: Column, keys: Sequence[Column], rows: "list[tuple]") -> None:
    """`change` with `column` raised in each row: rows are values of `keys` and how much more it is."""
    if not rows:
        return
    names = [f"key_{number}" for number in range(len(keys))]
    if connection.dialect.name == "postgresql":
        each = _listed([*zip(names, keys), ("more", column)], rows)
        gains: Any = each.c.more
        wanted = [each.c[name] for name in names]
    else:
        gains, wanted = bindparam("more"), [bindparam(name) for name in names]
    statement = change.where(*(key == value for key, value in zip(keys, wanted))).values({column.name: column + gains})
    if connection.dialect.name == "postgresql":
        connection.execute(statement)
    else:
        connection.execute(statement, [dict(zip((*names, "more"), row)) for row in rows])
