"""The source: one statement, one row, translated errors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from threading import Lock
from typing import Any, Self

from sqlalchemy import Connection, Executable, make_url
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from adapters.base import CustomerSource, Finding
from adapters.errors import SourceDataError, SourceError, SourceUnavailable
from adapters.sql import statement
from adapters.sql.engine import make_engine
from adapters.sql.options import SqlOptions
from adapters.sql.values import READERS
from adapters.time_limit import seconds_left, time_limit

MOST_RECORDS = 50
"""Rows that one address may have; further ones are not read."""

PROBE = "nobody@invalid"
"""An address that no customer has: the name ``invalid`` is reserved by RFC 2606."""


class SqlSource(CustomerSource):
    """A source that asks a database."""

    type = "sql"
    options = SqlOptions

    def __init__(
        self,
        url: str,
        *,
        query: str | None = None,
        table: str = "",
        email_column: str = "",
        columns: Sequence[str] = (),
        types: Mapping[str, str] | None = None,
        time_zone: tzinfo = UTC,
        timeout: float = 1.0,
    ) -> None:
        self._url = make_url(url)
        self.is_local = self._url.get_backend_name() == "sqlite"
        self._engine = make_engine(self._url, timeout)
        self._query, self._table, self._email_column, self._columns = query, table, email_column, columns
        self._readers = {column: (kind, READERS[kind]) for column, kind in (types or {}).items()}
        self._time_zone = time_zone
        self._timeout = timeout
        self._file = (0, 0)
        self._statement: Executable | None = None
        self._prepare_lock = Lock()
        self._process = os.getpid()

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make the source from loaded options; it connects on its first lookup."""
        return cls(**options)

    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer the first row for the address, by column name."""
        records = self._records(email, 1)
        return records[0] if records else None

    def lookup_all(self, email: str) -> Sequence[Mapping[str, Any]]:
        """Answer the rows for the address, MOST_RECORDS at most."""
        return self._records(email, MOST_RECORDS)

    def field_names(self) -> Iterable[str]:
        """Name the columns, by asking for an address that nobody has."""
        return self._rows(PROBE, 1)[0]

    def _records(self, email: str, most: int) -> list[dict[str, Any]]:
        keys, rows = self._rows(email, most)
        return [dict(zip(keys, map(self._read, keys, row), strict=True)) for row in rows]

    def _rows(self, email: str, most: int) -> tuple[tuple[str, ...], Sequence[Sequence[Any]]]:
        self._leave_parents_connections()
        self._follow_the_file()
        with time_limit(self._timeout), self._translated_errors():
            prepared = self._statement if self._statement is not None else self._prepare()
            with self._engine.connect() as connection:
                self._wait_for_locks(connection)
                result = connection.execute(prepared, {"email": email})
                keys, rows = tuple(map(str, result.keys())), result.fetchmany(most)
                result.close()
        _refuse_twins(keys)
        return keys, rows

    def check(self) -> Iterable[Finding]:
        """Report whether the database answers the lookup."""
        try:
            self.lookup(PROBE)
        except SourceError as error:
            yield Finding(
                "sql-lookup", "error", str(error), "See that the database is up and the query fits it."
            )
        else:
            yield Finding("sql-lookup", "ok", "the database answers the lookup")

    def close(self) -> None:
        """Close the pool's connections."""
        self._engine.dispose()

    def _prepare(self) -> Executable:
        with self._prepare_lock:
            if self._statement is None:
                if self._query is not None:
                    self._statement = statement.from_query(self._query)
                else:
                    self._statement = statement.from_table(
                        self._engine, self._table, self._email_column, self._columns
                    )
            return self._statement

    def _leave_parents_connections(self) -> None:
        # After fork() two processes would talk over one connection.
        if self._process != (process := os.getpid()):
            self._engine.dispose(close=False)
            self._process = process

    def _follow_the_file(self) -> None:
        """Open an SQLite file anew that was replaced or moved away: an open one goes on showing the old."""
        if not self.is_local:
            return
        try:
            stat = os.stat(str(self._url.database))  # noqa: PTH116 - on the hot path
            file = (stat.st_dev, stat.st_ino)
        except OSError:
            file = (0, 0)
        if file != self._file:
            self._engine.dispose()
            self._file = file

    def _wait_for_locks(self, connection: Connection) -> None:
        """Wait for another writer's lock no longer than the caller waits for us (SQLite only)."""
        if not self.is_local:
            return
        wait = max(0, int(min(self._timeout, seconds_left()) * 1000))
        patience = int(self._timeout * 1000)
        # Set where it differs from what the connection has: a statement of its own costs time.
        if wait < patience * 0.9 or connection.info.get("hurried"):
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait}")
            connection.info["hurried"] = wait < patience * 0.9

    def _read(self, column: str, value: Any) -> Any:
        reader = self._readers.get(column)
        if reader is not None and value is not None:
            value = _read_as(column, *reader, value)
        if isinstance(value, datetime) and value.tzinfo is None:
            return value.replace(tzinfo=self._time_zone)
        return value

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        """Turn SQLAlchemy's errors into ours, without parameters, values or the URL."""
        try:
            yield
        except DataError:
            problem = (
                "the database gave a value that Python cannot read, such as an infinite date; cast it in SQL"
            )
            raise SourceDataError(problem) from None
        except DBAPIError as error:
            raise SourceUnavailable(self._explain(error)) from None
        except SQLAlchemyError as error:
            raise SourceUnavailable(f"the database did not answer ({type(error).__name__})") from None
        except (ValueError, ArithmeticError):
            # Raised by a column type of SQLAlchemy's; its text holds the value.
            raise SourceDataError("a column holds a value that its type cannot read") from None

    def _explain(self, error: DBAPIError) -> str:
        if self._url.get_backend_name() == "sqlite":
            path = Path(str(self._url.database))
            if not path.exists():
                return f"the database file {path} does not exist; create it, or set another url"
            if str(error.orig) == "interrupted":
                return f"the database file {path} did not answer in time; does the lookup use an index?"
            return f"the database file {path} did not answer: {error.orig}"
        # Other drivers repeat values of the row in their messages: name the kind of error alone.
        state = getattr(error.orig, "sqlstate", None)
        kind = type(error.orig).__name__
        return f"the database {self._url.host or ''} did not answer: {kind}{f' ({state})' if state else ''}"


def _read_as(column: str, kind: str, reader: Callable[[Any], Any], value: Any) -> Any:
    try:
        return reader(value)
    except (ValueError, ArithmeticError, TypeError):
        raise SourceDataError(f"the column {column!r} holds a value that is no {kind}") from None


def _refuse_twins(keys: Sequence[str]) -> None:
    if len(set(keys)) != len(keys):
        twins = ", ".join(sorted({key for key in keys if keys.count(key) > 1}))
        raise SourceDataError(f"the query gives more than one column named {twins}; name them apart with AS")
