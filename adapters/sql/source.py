"""The source: what is asked of the database, on which connection, with translated errors."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, tzinfo
from threading import Lock
from time import monotonic
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, make_url

from adapters.base import CustomerSource, Finding
from adapters.errors import SourceDataError, SourceError, SourceUnavailable
from adapters.process import process
from adapters.sql import inspection
from adapters.sql.connections import HeldConnections, PooledConnections, Question
from adapters.sql.engine import make_engine
from adapters.sql.failures import NobodyError, cannot_be_kept, refuse_twins, translated
from adapters.sql.fetch import Fetched
from adapters.sql.hosts import places_of
from adapters.sql.inspection import PROBE
from adapters.sql.missing import MissingNames
from adapters.sql.named import NamedQuery, joined
from adapters.sql.options import SqlOptions
from adapters.sql.outline import Outline
from adapters.sql.records import RecordReader
from adapters.sql.statement import MainQuery, Statements
from adapters.sql.timely import is_timely
from adapters.time_limit import seconds_left, time_limit

MOST_RECORDS = 1001
"""Rows of one address that are read: one more than the server takes, so that it can tell of it."""

LOOK_AGAIN = 0.01
"""Seconds for which an SQLite file is taken for the one it was: to look takes a tenth of a lookup's time."""

Found = TypeVar("Found")


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
        queries: Mapping[str, Mapping[str, Any]] | None = None,
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
        self._main = MainQuery(query, table, email_column, columns) if query is not None or table else None
        self._named = [
            NamedQuery.from_options(name, options, time_zone) for name, options in (queries or {}).items()
        ]
        self._reader = RecordReader(types or {}, time_zone)
        self._missing = MissingNames(self._engine, [query or "", *(named.query for named in self._named)])
        self._timeout = timeout
        self._sound: list[tuple[str, ...]] = []
        self._file = (0, 0)
        self._look_again = 0.0
        self._statements: Statements | None = None
        self._prepare_lock = Lock()
        self._process = process()

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make the source from loaded options; it connects on its first lookup."""
        return cls(**options)

    def lookup(self, email: str) -> Mapping[str, Any] | None:
        """Answer the first row for the address, by column name, with what the named queries find."""
        records = self._records(email, 1)
        return records[0] if records else None

    def lookup_all(self, email: str) -> Sequence[Mapping[str, Any]]:
        """Answer the rows for the address, MOST_RECORDS at most, each with what the named queries find."""
        return self._records(email, MOST_RECORDS)

    def field_names(self) -> Iterable[str]:
        """Name the columns and the named queries, by asking for an address that nobody has."""
        return list(self._outline())

    def outlines(self) -> Iterable[Mapping[str, Any]]:
        """Answer what a record looks like, as far as the database tells what its columns hold."""
        return (self._outline(),)

    def _records(self, email: str, most: int) -> list[dict[str, Any]]:
        try:
            if not self._named:
                return self._reader.read(self._ask(self._main_statement, email, most))
            main, others = self._ask(self._all_statements, email, most)
        except NobodyError:
            return []
        except SourceError:
            if _can_be_kept(email):
                raise
            return []
        self._check_names(main, others)
        records = None if main is None else self._reader.read(main)
        return joined(records, zip(self._named, others, strict=False))

    def _outline(self) -> dict[str, Any]:
        outline: dict[str, Any] = {}
        self._ask_for_nobody()
        if self._main is not None:
            outline = dict(self._ask(lambda: Outline(self._prepared().main, self._reader), None, 1))
        for place, query in enumerate(self._named):
            asked = lambda place=place, query=query: Outline(self._prepared().named[place], query.reader)  # noqa: E731
            outline |= query.outline(dict(self._ask(asked, None, 1)))
        return outline

    def _ask_for_nobody(self) -> None:
        try:
            main, others = self._ask(self._all_statements, PROBE, 1)
            if self._main is not None and self._named:  # which have not been asked, as nobody was found
                main, others = self._ask(self._all_statements, None, 1)
        except SourceDataError:
            # Looked up by another's answer, the column may be a number or a UUID: no address fits there.
            main, others = self._ask(self._all_statements, None, 1)
        if main is not None:
            refuse_twins(main[0])
        self._check_names(main, others)

    def _check_names(self, main: Fetched | None, others: Sequence[Fetched]) -> None:
        """Raise SourceDataError as NamedQuery.check_names() does; what was sound is not looked at."""
        columns = () if main is None else main[0]
        found = [columns, *[own for own, _ in others]]
        if found == self._sound:
            return
        for query, (own, _) in zip(self._named, others, strict=False):
            query.check_names(own, columns)
        if len(others) == len(self._named):
            self._sound = found

    def _ask(self, question: Callable[[], Question[Found]], email: str | None, most: int) -> Found:
        self._leave_parents_connections()
        self._follow_the_file()
        with time_limit(self._timeout):
            try:
                return self._connections.fetch(question(), email, most)
            except Exception as error:  # noqa: BLE001 - told anew, without what it may repeat
                if cannot_be_kept(email, error):
                    raise NobodyError("the database lacks a letter of what is looked up") from None
                raise self._translated(error, email) from None

    def check(self) -> Iterable[Finding]:
        """Report whether the database answers the lookup, with the columns that settings speak of."""
        yield from inspection.check_lookup(self._ask_for_nobody)
        if sound := self._sound:
            typed = [("types", self._reader.types, sound[0])] if self._main is not None else []
            for query, columns in zip(self._named, sound[1:], strict=True):
                typed.append((f"types of the query {query.name!r}", query.reader.types, columns))
            yield from inspection.doubts_of_types(typed)

    def examine(self) -> Iterable[Finding]:
        """Report that, and where it does, what the role may do and how the database finds the rows."""
        findings = list(self.check())
        if all(finding.severity != "error" for finding in findings):
            asked = [] if self._main is None else [self._main.asked(self._engine)]
            asked += [query.asked(self._engine) for query in self._named]
            findings += inspection.examine(self._looking, asked)
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

    def _main_statement(self) -> Question[Fetched]:
        return self._prepared().main

    def _all_statements(self) -> Statements:
        return self._prepared()

    def _prepared(self) -> Statements:
        if self._statements is not None:
            return self._statements
        left = seconds_left()
        if not self._prepare_lock.acquire(timeout=-1 if left == math.inf else max(0.0, left)):
            raise SourceUnavailable("the database has not told of its tables in time")
        try:
            if self._statements is None:
                self._engine.connect().close()
                self._statements = Statements(self._engine, self._main, self._named, self._timeout)
            return self._statements
        finally:
            self._prepare_lock.release()

    def _leave_parents_connections(self) -> None:
        # After fork() two processes would talk over one connection.
        if self._process != process():
            self._connections.leave_behind()
            self._process = process()

    def _follow_the_file(self) -> None:
        """Open an SQLite file anew that was replaced or moved away: an open one goes on showing the old."""
        if not self.is_local or (now := monotonic()) < self._look_again:
            return
        self._look_again = now + LOOK_AGAIN
        try:
            stat = os.stat(str(self._url.database))  # noqa: PTH116 - on the hot path
            file = (stat.st_dev, stat.st_ino)
        except OSError:
            file = (0, 0)
        if file != self._file:
            self._connections.renew()
            self._file = file

    def _translated(self, error: Exception, key: str | None = None) -> Exception:
        return translated(error, self._engine.dialect.loaded_dbapi, self._url, self._missing.told, key)


def _can_be_kept(address: str) -> bool:
    """Tell whether a database can hold a text at all: nobody is called what it cannot."""
    return "\0" not in address and not any("\ud800" <= letter <= "\udfff" for letter in address)
