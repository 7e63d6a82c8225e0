"""Many rows by their keys in one statement that is always the same, and that goes by an index.

SQLite scans a table for `(a, b) IN ((1, 2), …)`, so the keys are a table there, made of one parameter; in PostgreSQL as well,
which prepares a statement once that does not change with the number of keys.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, Select, and_, bindparam, func, tuple_


def by_keys(dialect: str, statement: Select, columns: Sequence[Column], keys: "list[tuple]") -> Select:
    """`statement` of the rows with these keys: values of `columns`, which an index has in front."""
    names = [column.name for column in columns]
    if dialect == "sqlite":
        each: Any = func.json_each(bindparam("keys", json.dumps(keys))).table_valued("value", name="wanted")
        values = [func.json_extract(each.c.value, f"$[{place}]") for place in range(len(names))]
    elif dialect == "postgresql":
        lists = [
            bindparam(f"keys_{name}", [key[place] for key in keys], ARRAY(column.type))
            for place, (name, column) in enumerate(zip(names, columns))
        ]
        each = func.unnest(*lists).table_valued(*names, name="wanted").render_derived()
        values = list(each.c)
    else:
        return statement.where(tuple_(*columns).in_(keys))
    return statement.join(each, and_(*(column == value for column, value in zip(columns, values))))
