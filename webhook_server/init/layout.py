"""What a database tells of one table: its columns, and the form of lookup that its indexes serve."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Date, DateTime, Float, Inspector, Numeric, text

_KINDS = ((Boolean, "boolean"), (DateTime, "datetime"), (Date, "date"), (Float, ""), (Numeric, "number"))
"""What an SQLite query's column is said to be; the first that fits counts."""

_NAME = r'(?P<quote>["`\[]?)(?P<name>[^"`\[\]():]+)["`\]]?'
_LOWER = re.compile(rf"lower\(\s*\(?{_NAME}\)?(?:::[\w ]+)?\s*\)", re.IGNORECASE)
_SQLITE_LOWER = re.compile(
    rf"[^(]*\(\s*lower\s*\(\s*{_NAME}\s*\)\s*(?:asc|desc)?\s*[,)](?!.*\bwhere\b)",
    re.IGNORECASE | re.DOTALL,
)
_UNSAFE = re.compile(r"[:%\\]")
"""Characters that mean something of their own in a query of the settings."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One table and its columns, each name as SQL writes it; ``kinds`` are those that SQLite does not tell.

    An index begins with each column of ``indexed``, and with lower() of each of ``lowered``.
    """

    table: str
    written: Mapping[str, str]
    kinds: Mapping[str, str]
    indexed: frozenset[str]
    lowered: frozenset[str]

    @property
    def columns(self) -> list[str]:
        """Name all columns, in the table's order."""
        return list(self.written)

    def query(self, email_column: str, columns: Sequence[str]) -> str:
        """Write the query that an index on lower() serves; empty where the table form does as well."""
        if email_column in self.indexed or email_column not in self.lowered:
            return ""
        shown = ", ".join(self.written[column] for column in columns)
        compared = f"lower({self.written[email_column]})"
        if _UNSAFE.search(f"{shown}{self.table}{compared}"):
            return ""
        return f"SELECT {shown} FROM {self.table} WHERE {compared} = :email"  # noqa: S608 - names of the database


def read_layout(
    inspector: Inspector, name: str, schema: str | None, columns: Sequence[Mapping[str, Any]]
) -> Layout:
    """Read what the database tells of a table or view with these columns."""
    quote = inspector.dialect.identifier_preparer.quote
    names = [str(column["name"]) for column in columns]
    kinds = {}
    if inspector.dialect.name == "sqlite":
        # SQLite keeps dates as text: of a query's columns only the settings know what they are.
        kinds = {str(column["name"]): kind for column in columns if (kind := _kind(column["type"]))}
    return Layout(
        f"{quote(schema)}.{quote(name)}" if schema else quote(name),
        {column: quote(column) for column in names},
        kinds,
        frozenset(_indexed(inspector, name, schema)),
        frozenset(_lowered(inspector, name, schema, names)),
    )


def _kind(given: object) -> str:
    return next((kind for known, kind in _KINDS if isinstance(given, known)), "")


def _indexed(inspector: Inspector, name: str, schema: str | None) -> Iterable[str]:
    """Name the columns that an index of all rows begins with."""
    if name in inspector.get_view_names(schema):
        return
    first = [index["column_names"][:1] for index in _whole(inspector, name, schema)]
    first += [key["column_names"][:1] for key in inspector.get_unique_constraints(name, schema)]
    first.append(inspector.get_pk_constraint(name, schema)["constrained_columns"][:1])
    yield from (column for begin in first for column in begin if column)


def _whole(inspector: Inspector, name: str, schema: str | None) -> list[Any]:
    """Answer the indexes that hold every row, and serve a comparison by ``=``."""
    return [
        index
        for index in inspector.get_indexes(name, schema)
        if not any(option.endswith("_where") for option in index.get("dialect_options", {}))
        and index.get("dialect_options", {}).get("postgresql_using", "btree") in {"btree", "hash"}
    ]


def _lowered(inspector: Inspector, name: str, schema: str | None, columns: Sequence[str]) -> Iterable[str]:
    """Name the columns whose lower() an index of all rows begins with."""
    found: list[re.Match[str] | None] = []
    if inspector.dialect.name == "postgresql" and name not in inspector.get_view_names(schema):
        indexes = _whole(inspector, name, schema)
        found = [_LOWER.fullmatch(index["expressions"][0]) for index in indexes if index.get("expressions")]
    elif inspector.dialect.name == "sqlite" and schema in {None, "main"}:
        # SQLAlchemy leaves indexes on expressions out here: only their own text tells them.
        asked = text("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :name AND sql <> ''")
        with inspector.engine.connect() as connection:
            found = [_SQLITE_LOWER.match(sql) for sql in connection.execute(asked, {"name": name}).scalars()]
    names = {match["name"].strip().lower() for match in found if match}
    return [column for column in columns if column.lower() in names]
