"""What a database tells of its tables, without warnings of what SQLAlchemy does not know."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import SAWarning
from sqlalchemy.types import TypeEngine


def columns_of(engine: Engine, name: str) -> list[dict[str, Any]]:
    """Answer the columns of a table; before a point in ``name`` stands its schema.

    Raises SQLAlchemy's NoSuchTableError. Of the columns alone: it warns of indexes that it cannot describe.
    """
    schema, _, table = name.rpartition(".")
    with warnings.catch_warnings():
        # Of types that SQLAlchemy does not know, such as inet6: the driver reads them all the same.
        warnings.simplefilter("ignore", SAWarning)
        return [dict(column) for column in inspect(engine).get_columns(table, schema=schema or None)]


@dataclass(frozen=True, slots=True)
class Described:
    """A table's columns with their types, the index that begins with each, and the names of all indexes."""

    columns: Mapping[str, TypeEngine[Any]]
    leading: Mapping[str, str]
    indexes: frozenset[str]


def describe(connection: Connection, names: Iterable[str]) -> dict[str, Described]:
    """Describe those of some tables that are tables; before a point in a name stands its schema."""
    found: dict[str, Described] = {}
    looking = inspect(connection)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        for name in names:
            schema, _, table = name.rpartition(".")
            where: dict[str, Any] = {"table_name": table, "schema": schema or None}
            if not looking.has_table(**where) or table in looking.get_view_names(schema or None):
                continue
            indexes = looking.get_indexes(**where)
            leading = {(looking.get_pk_constraint(**where)["constrained_columns"] or [""])[0]: "PRIMARY KEY"}
            for index in indexes:
                if not index.get("dialect_options", {}).get("sqlite_where") and index["column_names"]:
                    leading.setdefault(index["column_names"][0] or "", str(index["name"]))
            columns = {column["name"]: column["type"] for column in looking.get_columns(**where)}
            found[name] = Described(columns, leading, frozenset(str(index["name"]) for index in indexes))
    return found


def is_view(connection: Connection, name: str) -> bool:
    """Tell whether a name, with its schema before a point, is a view's."""
    schema, _, table = name.rpartition(".")
    looking = inspect(connection)
    views = looking.get_view_names(schema or None)
    if connection.dialect.name == "postgresql":
        views += looking.get_materialized_view_names(schema or None)
    return table in views
