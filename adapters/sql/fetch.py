"""Runs one statement on the driver's own cursor, from the engine's pool.

SQLAlchemy compiles the statement once, keeps the connections and knows the types; its execution
of a statement would cost several times what SQLite takes to answer a lookup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Boolean, Engine, PoolProxiedConnection, Select
from sqlalchemy.engine.interfaces import DBAPICursor, DBAPIModule
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

from adapters.base import Unreadable
from adapters.errors import SourceDataError
from adapters.sql.cells import Row, read_anew, unreadable
from adapters.sql.failures import NO_SUCH_KEY
from adapters.sql.postgresql_arrays import array_readers
from adapters.sql.values import read_boolean

Processor = Callable[[Any], Any]
Readers = Sequence[tuple[int, Processor]]
"""What makes values of the driver's, each with the place of its column."""

Fetched = tuple[tuple[str, ...], Sequence[Row]]
"""The columns' names, and rows."""

CURSOR = "the cursor of lookups"
"""The key of a connection's ``info`` under which it stands, where a connection keeps one."""


class LookupStatement:
    """A statement with the one parameter ``email``, compiled for the engine's database.

    ``types`` are those of the columns, where the statement knows them.
    Make it when the engine has connected once: a dialect learns from its server.
    """

    def __init__(self, engine: Engine, statement: ClauseElement) -> None:
        self._engine = engine
        self._dialect = engine.dialect
        compiled = statement.compile(dialect=engine.dialect)
        self._text = str(compiled)
        names = compiled.positiontup if compiled.positional else None  # type: ignore[attr-defined]
        self._places = None if names is None else len(names)
        self._keeps_cursor = self._dialect.driver == "psycopg"
        self._known: tuple[Sequence[bytes] | None, tuple[str, ...], Readers] = None, (), ()
        self._write: Processor | None = None
        self.types: Sequence[TypeEngine[Any]] = ()
        self._readers: Readers | None = ()
        if isinstance(statement, Select):
            self.types = [column.type for column in statement.selected_columns]
            self._readers = None  # made when the driver has said what it gives
            bound = next(iter(statement.compile().binds.values())).type
            self._write = bound.dialect_impl(self._dialect).bind_processor(self._dialect)

    @property
    def dbapi(self) -> DBAPIModule:
        """The driver, by whose errors a failure is told."""
        return self._dialect.loaded_dbapi

    @property
    def driver(self) -> str:
        """The driver's name, as in ``psycopg``."""
        return self._dialect.driver

    def fetch(self, connection: PoolProxiedConnection, email: str | None, most: int) -> Fetched:
        """Answer the columns' names and at most so many rows, with Unreadable where a cell cannot be read.

        Raises the driver's errors, and SourceDataError for what the column of addresses cannot hold.
        """
        cursor = self._cursor(connection)
        try:
            self.execute(cursor, email)
            keys, readers = self._shape(cursor)
            try:
                rows = _first(cursor) if most == 1 else cursor.fetchmany(most)
            except Exception as error:  # noqa: BLE001 - raised again where it is no matter of single cells
                rows = read_anew(cursor, error, lambda: self.execute(cursor, email), most)
        finally:
            # One that is kept holds on to its rows until the next lookup: not to thousands of them.
            if not self._keeps_cursor or cursor.rowcount > most:
                connection.info.pop(CURSOR, None)
                cursor.close()
        return keys, [self._converted(keys, readers, row) for row in rows] if readers else rows

    def _cursor(self, connection: PoolProxiedConnection) -> Any:
        """Answer a new cursor, or the connection's own where making one costs a tenth of a lookup."""
        if not self._keeps_cursor:
            return connection.cursor()
        cursor = connection.info.get(CURSOR)
        if cursor is None:
            cursor = connection.info[CURSOR] = connection.cursor()
        return cursor

    def _shape(self, cursor: Any) -> tuple[tuple[str, ...], Readers]:
        """Name the columns, and answer their readers.

        psycopg makes an object of each column, which are not made for what it said before.
        """
        result = getattr(cursor, "pgresult", None)
        if result is None:
            description = cursor.description or ()
            if self._readers is None:
                self._readers = self._made_readers([column[1] for column in description])
            return tuple([column[0] for column in description]), self._readers
        told = [result.fname(place) for place in range(result.nfields)]
        known = self._known
        if known[0] != told:
            names = tuple([column[0] for column in cursor.description or ()])
            known = self._known = told, names, tuple(array_readers(cursor))
        return known[1:]

    def execute(self, cursor: DBAPICursor, email: str | None) -> None:
        """Let a cursor run the statement. Raises as fetch() does."""
        value = email if self._write is None or email is None else self._written(self._write, email)
        parameters = {"email": value} if self._places is None else (value,) * self._places
        self._dialect.do_execute(cursor, self._text, parameters)

    def is_disconnect(self, error: Any, connection: PoolProxiedConnection) -> bool:
        """Tell whether an error means that the connection is gone, and not that the statement is wrong."""
        return self._dialect.is_disconnect(error, connection, None)

    @staticmethod
    def _written(write: Processor, email: str) -> Any:
        try:
            return write(email)
        except Exception:  # noqa: BLE001 - a column type may raise whatever it likes
            raise SourceDataError(NO_SUCH_KEY) from None

    def _made_readers(self, codes: Sequence[Any]) -> Readers:
        readers = [self._reader(kind, code) for kind, code in zip(self.types, codes, strict=True)]
        return [(place, reader) for place, reader in enumerate(readers) if reader is not None]

    def _reader(self, kind: TypeEngine[Any], code: Any) -> Processor | None:
        """Answer what makes the column's value of the driver's, whose own code for the type is given."""
        if isinstance(kind, Boolean) and not self._dialect.supports_native_boolean:
            return lambda value: None if value is None else read_boolean(value)
        if self._dialect.driver == "pymysql":
            return None  # it knows all types, and queries read them so
        return kind.dialect_impl(self._dialect).result_processor(self._dialect, code)

    def _converted(self, keys: Sequence[str], readers: Readers, row: Row) -> list[Any]:
        values = list(row)
        for place, read in readers:
            try:
                values[place] = read(values[place])
            except Exception:  # noqa: BLE001 - a column type may raise whatever it likes, and tells the value
                if type(values[place]) is not Unreadable:
                    values[place] = unreadable(keys[place], type(self.types[place]).__name__.lower())
        return values


def _first(cursor: DBAPICursor) -> Sequence[Row]:
    row = cursor.fetchone()
    return () if row is None else (row,)
