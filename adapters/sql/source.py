"""The source: one statement, one row, translated errors."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from threading import Lock
from typing import Any, Self

from sqlalchemy import Connection, Select, TextClause, make_url

from adapters.base import CustomerSource, Finding
from adapters.errors import SourceDataError, SourceUnavailable
from adapters.sql import inspection, statement
from adapters.sql.connections import HeldConnections, PooledConnections
from adapters.sql.engine import make_engine
from adapters.sql.failures import refuse_twins, translated
from adapters.sql.fetch import LookupStatement
from adapters.sql.hosts import places_of
from adapters.sql.inspection import PROBE
from adapters.sql.options import SqlOptions
from adapters.sql.timely import is_timely
from adapters.sql.values import READERS, read_as
from adapters.time_limit import seconds_left, time_limit

MOST_RECORDS = 1001
"""Rows of one address that are read: one more than the server takes, so that it can tell of it."""


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
        self.keeps_time = self.is_local or is_timely(self._url)
        self._engine = make_engine(self._url, timeout)
        self._connections = (
            HeldConnections(self._engine, timeout)
            if self.is_local
            else PooledConnections(self._engine, has_others=bool(places_of(self._url)))
        )
        self._query, self._table, self._email_column, self._columns = query, table, email_column, columns
        self._readers = {column: (kind, READERS[kind]) for column, kind in (types or {}).items()}
        self._time_zone = time_zone
        self._timeout = timeout
        self._file = (0, 0)
        self._statement: LookupStatement | None = None
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
        return self._ask_for_nobody()

    def _ask_for_nobody(self) -> tuple[str, ...]:
        try:
            return self._rows(PROBE, 1)[0]
        except SourceDataError:
            # Looked up by another's answer, the column may be a number or a UUID: no address fits there.
            return self._rows(None, 1)[0]

    def _records(self, email: str, most: int) -> list[dict[str, Any]]:
        keys, rows = self._rows(email, most)
        return [self._read(dict(zip(keys, row, strict=True))) for row in rows]

    def _rows(self, email: str | None, most: int) -> tuple[tuple[str, ...], Sequence[Sequence[Any]]]:
        self._leave_parents_connections()
        self._follow_the_file()
        with time_limit(self._timeout):
            try:
                statement = self._statement or self._prepare()
                keys, rows = self._connections.fetch(statement, email, most)
            except Exception as error:  # noqa: BLE001 - told anew, without what it may repeat
                raise self._translated(error) from None
        if len(set(keys)) != len(keys):
            refuse_twins(keys)
        return keys, rows

    def check(self) -> Iterable[Finding]:
        """Report whether the database answers the lookup."""
        return inspection.check_lookup(self._ask_for_nobody)

    def examine(self) -> Iterable[Finding]:
        """Report that, and where it does, what the role may do and how the database finds the row."""
        findings = list(self.check())
        if all(finding.severity != "error" for finding in findings):
            table_form = f"SELECT * FROM {self._table} WHERE {self._email_column} = :email"  # noqa: S608 - only read
            written = self._query if self._query is not None else table_form
            findings += inspection.examine(self._looking, self._made_statement, written)
        return findings

    @contextmanager
    def _looking(self) -> Iterator[Connection]:
        self._leave_parents_connections()
        self._follow_the_file()
        with time_limit(self._timeout):
            try:
                with self._engine.connect() as connection:
                    yield connection
            except Exception as error:  # noqa: BLE001 - told anew, without what it may repeat
                raise self._translated(error) from None

    def close(self) -> None:
        """Close the connections; those that threads keep, when the threads end."""
        self._leave_parents_connections()
        self._connections.renew()

    def _prepare(self) -> LookupStatement:
        left = seconds_left()
        if not self._prepare_lock.acquire(timeout=-1 if left == math.inf else max(0.0, left)):
            raise SourceUnavailable("the database has not told of its tables in time")
        try:
            if self._statement is None:
                self._engine.connect().close()
                self._statement = LookupStatement(self._engine, self._made_statement())
            return self._statement
        finally:
            self._prepare_lock.release()

    def _made_statement(self) -> TextClause | Select[Any]:
        if self._query is not None:
            return statement.from_query(self._query)
        return statement.from_table(self._engine, self._table, self._email_column, self._columns)

    def _leave_parents_connections(self) -> None:
        # After fork() two processes would talk over one connection.
        if self._process != (process := os.getpid()):
            self._connections.leave_behind()
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
            self._connections.renew()
            self._file = file

    def _read(self, record: dict[str, Any]) -> dict[str, Any]:
        """Read what the settings give a type, and give times without a zone that of the settings."""
        for column, (kind, reader) in self._readers.items():
            if record.get(column) is not None:
                record[column] = read_as(column, kind, reader, record[column])
        for column, value in record.items():
            if isinstance(value, datetime) and value.tzinfo is None:
                record[column] = value.replace(tzinfo=self._time_zone)
        return record

    def _translated(self, error: Exception) -> Exception:
        return translated(error, self._engine.dialect.loaded_dbapi, self._url)
