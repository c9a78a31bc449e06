"""Runs one statement on the driver's own cursor, from the engine's pool.

SQLAlchemy compiles the statement once, keeps the connections and knows the types; its execution
of a statement would cost several times what SQLite takes to answer a lookup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection, Select
from sqlalchemy.engine.interfaces import DBAPICursor, DBAPIModule
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

Row = Sequence[Any]
Processor = Callable[[Any], Any]


class LookupStatement:
    """A statement with the one parameter ``email``, compiled for the engine's database.

    Make it when the engine has connected once: a dialect learns from its server.
    """

    def __init__(self, engine: Engine, statement: ClauseElement) -> None:
        self._engine = engine
        self._dialect = engine.dialect
        compiled = statement.compile(dialect=engine.dialect)
        self._text = str(compiled)
        names = compiled.positiontup if compiled.positional else None  # type: ignore[attr-defined]
        self._places = None if names is None else len(names)
        self._write: Processor | None = None
        self._readers: Sequence[tuple[int, Processor]] = ()
        if isinstance(statement, Select):
            self._read_types(statement)

    @property
    def dbapi(self) -> DBAPIModule:
        """The driver, by whose errors a failure is told."""
        return self._dialect.loaded_dbapi

    def fetch(
        self, connection: PoolProxiedConnection, email: str | None, most: int
    ) -> tuple[tuple[str, ...], Sequence[Row]]:
        """Answer the columns' names and at most so many rows. Raises the driver's errors."""
        value = email if self._write is None or email is None else self._write(email)
        parameters = {"email": value} if self._places is None else (value,) * self._places
        cursor = connection.cursor()
        try:
            self._dialect.do_execute(cursor, self._text, parameters)
            keys = tuple([column[0] for column in cursor.description or ()])
            rows = _first(cursor) if most == 1 else cursor.fetchmany(most)
        finally:
            cursor.close()
        return keys, [self._converted(row) for row in rows] if self._readers else rows

    def is_disconnect(self, error: Any, connection: PoolProxiedConnection) -> bool:
        """Tell whether an error means that the connection is gone, and not that the statement is wrong."""
        return self._dialect.is_disconnect(error, connection, None)

    def _read_types(self, statement: Select[Any]) -> None:
        columns = list(statement.selected_columns)
        readers = [(place, self._reader(column.type)) for place, column in enumerate(columns)]
        self._readers = [(place, reader) for place, reader in readers if reader is not None]
        bound = next(iter(statement.compile().binds.values())).type
        self._write = bound.dialect_impl(self._dialect).bind_processor(self._dialect)

    def _reader(self, kind: TypeEngine[Any]) -> Processor | None:
        return kind.dialect_impl(self._dialect).result_processor(self._dialect, None)

    def _converted(self, row: Row) -> list[Any]:
        values = list(row)
        for place, read in self._readers:
            values[place] = read(values[place])
        return values


def _first(cursor: DBAPICursor) -> Sequence[Row]:
    row = cursor.fetchone()
    return () if row is None else (row,)
