"""The statements that a source runs, made from its queries or from its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    MetaData,
    PoolProxiedConnection,
    Select,
    Table,
    TextClause,
    bindparam,
    inspect,
    select,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIModule
from sqlalchemy.exc import NoSuchTableError

from adapters.errors import SourceDataError
from adapters.sql.collations import is_of_whom
from adapters.sql.fetch import Fetched, LookupStatement
from adapters.sql.inspection import Asked
from adapters.sql.named import NamedQuery
from adapters.sql.nearest import nearest
from adapters.sql.schema import columns_of
from adapters.sql.session import SharedLimit
from adapters.sql.tokens import for_sqlalchemy
from adapters.time_limit import seconds_left


@dataclass(frozen=True, slots=True)
class MainQuery:
    """The query whose row is the customer: written in settings, or made of a table's names."""

    query: str | None
    table: str
    email_column: str
    columns: Sequence[str]

    def statement(self, engine: Engine) -> TextClause | Select[Any]:
        """Make the statement; the table form asks the database for its names, and raises as from_table()."""
        if self.query is not None:
            return text(for_sqlalchemy(self.query, engine.dialect.name))
        return from_table(engine, self.table, self.email_column, self.columns)

    def asked(self, engine: Engine) -> Asked:
        """Answer what is to be looked into."""
        quote = engine.dialect.identifier_preparer.quote
        table = ".".join(map(quote, self.table.split(".")))
        table_form = f"SELECT * FROM {table} WHERE {quote(self.email_column)} = :email"  # noqa: S608 - only read
        written = table_form if self.query is None else self.query
        return Asked(lambda: self.statement(engine), written, is_made=self.query is None)


class Statements:
    """All statements of one source, asked one after the other on one connection.

    Where there is a main one and it finds no row, the named ones are not asked. Make it when the engine has
    connected once.
    """

    def __init__(
        self, engine: Engine, main: MainQuery | None, named: Sequence[NamedQuery], timeout: float
    ) -> None:
        self._queries = named
        self._timeout = timeout
        self._shared = SharedLimit(engine.dialect.name, engine.dialect.loaded_dbapi, timeout)
        self._has_main = main is not None
        self.named = [LookupStatement(engine, query.statement(engine)) for query in named]
        self.main = self.named[0] if main is None else LookupStatement(engine, main.statement(engine))
        """Without a main query, the first of the named ones."""

    @property
    def dbapi(self) -> DBAPIModule:
        """The driver, by whose errors a failure is told."""
        return self.main.dbapi

    def is_disconnect(self, error: Any, connection: PoolProxiedConnection) -> bool:
        """Tell whether an error means that the connection is gone."""
        return self.main.is_disconnect(error, connection)

    def fetch(
        self, connection: PoolProxiedConnection, email: str | None, most: int
    ) -> tuple[Fetched | None, list[Fetched]]:
        """Answer what the main statement found, at most so many rows, and what each named one did."""
        main = self.main.fetch(connection, email, most) if self._has_main else None
        if main is not None and not main[1] and email is not None:
            return main, []
        if not self._shared.applies:
            asked = zip(self.named, self._queries, strict=True)
            return main, [statement.fetch(connection, email, query.most) for statement, query in asked]
        found = []
        limit = self._timeout
        try:
            for statement, query in zip(self.named, self._queries, strict=True):
                limit = self._shared.shorten(connection, limit, seconds_left())
                found.append(statement.fetch(connection, email, query.most))
        finally:
            self._shared.restore(connection, limit)
        return main, found


def from_table(engine: Engine, name: str, email_column: str, columns: Sequence[str]) -> Select[Any]:
    """Make the statement of a table, its names looked up in the database.

    Raises SourceDataError where the table or a column is not there, with the nearest name: SQLite
    would read an unknown quoted name as text and answer that.
    """
    schema, _, table_name = name.rpartition(".")
    try:
        told = columns_of(engine, name)
    except NoSuchTableError:
        looking = inspect(engine)
        if schema and schema not in (schemas := looking.get_schema_names()):
            raise SourceDataError(f"there is no schema {schema!r}{nearest(schema, schemas)}") from None
        known = looking.get_table_names(schema=schema or None)
        raise SourceDataError(f"there is no table {name!r}{nearest(table_name, known)}") from None
    found = [Column(column["name"], column["type"]) for column in told]
    table = Table(table_name, MetaData(), *found, schema=schema or None)
    known = [column.name for column in table.c]
    if missing := [column for column in dict.fromkeys((email_column, *columns)) if column not in table.c]:
        *others, last = [f"{column!r}{nearest(column, known)}" for column in missing]
        before = "".join(f"{each}{'' if each.endswith('?') else '.'} It has no column " for each in others)
        raise SourceDataError(f"the table {name!r} has no column {before}{last}")
    wanted = is_of_whom(table.c[email_column], bindparam("email"), engine.dialect.name)
    return select(*(table.c[column] for column in columns)).where(wanted)
