"""The one statement that a source runs, made from its query or from its table."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Column, Engine, MetaData, Select, Table, TextClause, bindparam, inspect, select, text
from sqlalchemy.exc import NoSuchTableError, SAWarning

from adapters.errors import SourceDataError


def from_query(query: str) -> TextClause:
    """Make the statement of a query with ``:email`` in it."""
    return text(query)


def from_table(engine: Engine, name: str, email_column: str, columns: Sequence[str]) -> Select[Any]:
    """Make the statement of a table, its names looked up in the database.

    Raises SourceDataError where the table or a column is not there, with the nearest name: SQLite
    would read an unknown quoted name as text and answer that.
    """
    schema, _, table_name = name.rpartition(".")
    try:
        # Of the columns alone: SQLAlchemy warns of indexes that it cannot describe.
        with warnings.catch_warnings():
            # Of types that SQLAlchemy does not know, such as inet6: the driver reads them all the same.
            warnings.simplefilter("ignore", SAWarning)
            told = inspect(engine).get_columns(table_name, schema=schema or None)
    except NoSuchTableError:
        known = inspect(engine).get_table_names(schema=schema or None)
        raise SourceDataError(f"there is no table {name!r}{_nearest(table_name, known)}") from None
    found = [Column(column["name"], column["type"]) for column in told]
    table = Table(table_name, MetaData(), *found, schema=schema or None)
    for column in (email_column, *columns):
        if column not in table.c:
            known = [known.name for known in table.c]
            raise SourceDataError(f"the table {name!r} has no column {column!r}{_nearest(column, known)}")
    return select(*(table.c[column] for column in columns)).where(table.c[email_column] == bindparam("email"))


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(sorted(known)[:20]) or 'none'}"
