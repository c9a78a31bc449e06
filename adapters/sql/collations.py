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
from sqlalchemy.types import NullType, _Binary

from adapters.base import Finding
from adapters.sql.advice import Query
from adapters.sql.schema import Described
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
    told = {name: _columns_of(connection, name) for name in query.tables}
    known = {
        name: Described(dict.fromkeys(columns, NullType()), {}, frozenset()) for name, columns in told.items()
    }
    compared = query.column_of_address(known)
    if compared is None:
        return
    table, column, shown = compared
    charset, collation = told[table][column]
    if not _AI.search(str(collation)):
        return
    takes = f"the collation of {table}.{column}, {collation}, takes letters with accents for those without"
    problem = f"{takes}: a lookup of cásey@… finds casey@…, who is somebody else"
    exactly = f"{shown} = :email AND lower({shown}) COLLATE {charset}_bin = :email"
    yield Finding("sql-collation", "warning", problem, f"Compare every letter: {exactly}")


def _columns_of(connection: Connection, name: str) -> dict[str, tuple[str, str]]:
    """Answer the character set and the collation of each column of a table or view.

    Of these a role may know that may not know how a view is made.
    """
    schema, _, table = name.rpartition(".")
    asked = text(
        "SELECT column_name, character_set_name, collation_name FROM information_schema.columns"
        " WHERE table_name = :name AND table_schema = coalesce(:schema, database())"
    )
    rows = connection.execute(asked, {"name": table, "schema": schema or None})
    return {column: (charset, collation) for column, charset, collation in rows}
