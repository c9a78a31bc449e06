"""Comparisons of MariaDB and MySQL that take one letter for another, and how to keep them from it.

Most collations there ignore case, which is wanted; but accents too, the width of letters, and what is not
seen at all: they find casey@example.com for ``cásey@example.com``, who is somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    text,
)
from sqlalchemy.types import _Binary

from adapters.base import Finding
from adapters.sql.advice import Query
from adapters.sql.schema import describe
from adapters.sql.tokens import MYSQL

_EXACT = "utf8mb4_bin"

_AI = re.compile(r"_ai_|(?<!_as)_ci$")
"""In the name of a collation that takes letters with accents for those without: those with _as_ do not."""


def is_of_whom(column: Column[Any], wanted: BindParameter[Any], backend: str) -> ColumnElement[bool]:
    """Compare a column as its collation does, which an index serves; but every letter stands for itself.

    What is asked for may be written as it is kept, or in lower case.
    """
    if isinstance(column.type, _Binary):
        # An address is text: of the column's type, a driver would refuse it.
        wanted = bindparam(wanted.key, type_=String())
        return column == (
            func.convert_to(wanted, literal_column("'UTF8'")) if backend == "postgresql" else wanted
        )
    found = column == wanted
    if backend not in MYSQL or not isinstance(column.type, String):
        return found
    from sqlalchemy.dialects.mysql import CHAR  # noqa: PLC0415 - 6 MB that a worker on other databases lacks

    kept = cast(column, CHAR(charset="utf8mb4"))
    return and_(found, or_(kept.collate(_EXACT) == wanted, func.lower(kept).collate(_EXACT) == wanted))


def examine(connection: Connection, written: str) -> Iterator[Finding]:
    """Warn of a query that may find somebody else, as far as it is seen which column it compares."""
    if connection.dialect.name not in MYSQL:
        return
    query = Query(written, connection.dialect.name)
    compared = query.column_of_address(describe(connection, query.tables))
    if compared is None:
        return
    table, column, shown = compared
    schema, _, name = table.rpartition(".")
    asked = text(
        "SELECT character_set_name, collation_name FROM information_schema.columns"
        " WHERE column_name = :column AND table_name = :name AND table_schema = coalesce(:schema, database())"
    )
    row = connection.execute(asked, {"name": name, "column": column, "schema": schema or None}).first()
    charset, collation = row or ("", "")
    if not _AI.search(str(collation)):
        return
    takes = f"the collation of {table}.{column}, {collation}, takes letters with accents for those without"
    told = f"{takes}: a lookup of cásey@… finds casey@…, who is somebody else"
    exactly = f"{shown} = :email AND lower({shown}) COLLATE {charset}_bin = :email"
    yield Finding("sql-collation", "warning", told, f"Compare every letter: {exactly}")
