"""What a database tells of its tables, without warnings of what SQLAlchemy does not know."""

from __future__ import annotations

import warnings
from typing import Any

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import SAWarning


def columns_of(engine: Engine, name: str) -> list[dict[str, Any]]:
    """Answer the columns of a table; before a point in ``name`` stands its schema.

    Raises SQLAlchemy's NoSuchTableError. Of the columns alone: it warns of indexes that it cannot describe.
    """
    schema, _, table = name.rpartition(".")
    with warnings.catch_warnings():
        # Of types that SQLAlchemy does not know, such as inet6: the driver reads them all the same.
        warnings.simplefilter("ignore", SAWarning)
        return [dict(column) for column in inspect(engine).get_columns(table, schema=schema or None)]
