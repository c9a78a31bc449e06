"""How a lookup comes by its connection: from the pool, or for SQLite one that each thread keeps."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from threading import local
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.engine.interfaces import DBAPIModule
from sqlalchemy.exc import SQLAlchemyError

from adapters.time_limit import seconds_left

Answer_co = TypeVar("Answer_co", covariant=True)
Answer = TypeVar("Answer")


STALE_PLAN = "0A000"
"""PostgreSQL's state for, among others, a statement prepared before its table changed: a new session can."""


class Question(Protocol[Answer_co]):
    """What is asked on a connection: a LookupStatement, or several together."""

    @property
    def dbapi(self) -> DBAPIModule:
        """The driver, by whose errors a failure is told."""

    def is_disconnect(self, error: Any, connection: PoolProxiedConnection) -> bool:
        """Tell whether an error means that the connection is gone."""

    def fetch(self, connection: PoolProxiedConnection, email: str | None, most: int) -> Answer_co:
        """Ask, and answer what came of it."""


class _GoneError(Exception):
    """Raised when a connection turns out to be gone; ``error`` is the driver's."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class PooledConnections:
    """Connections to a server, checked out for each lookup; ``has_others`` if it can stand in for another."""

    def __init__(self, engine: Engine, *, has_others: bool = False) -> None:
        self._engine = engine
        self._has_others = has_others

    def fetch(self, statement: Question[Answer], email: str | None, most: int) -> Answer:
        """Run the statement, once more if its connection turns out to be gone. Raises the driver's errors."""
        try:
            return self._fetch(statement, email, most)
        except _GoneError as gone:
            # What a restarted server left in the pool is as dead as this one.
            self.renew()
            if seconds_left() <= 0:
                raise gone.error from None
        try:
            return self._fetch(statement, email, most)
        except _GoneError as gone:
            raise gone.error from None

    def renew(self) -> None:
        """Let every lookup connect anew; those under way end on what they have."""
        self._engine.dispose()

    def leave_behind(self) -> None:
        """Let every lookup connect anew, and leave the old connections open: another process has them."""
        self._engine.dispose(close=False)

    def _fetch(self, statement: Question[Answer], email: str | None, most: int) -> Answer:
        connection = self._engine.raw_connection()
        try:
            return statement.fetch(connection, email, most)
        except statement.dbapi.Error as error:
            stale = getattr(error, "sqlstate", None) == STALE_PLAN
            is_gone = stale or statement.is_disconnect(error, connection)
            # After any error a new connection is cheap, and one that is out of step would fail for ever.
            # The pool would log the driver's error, whose text may hold a value: it is not given.
            connection.invalidate()
            if is_gone:
                raise _GoneError(error) from None
            if self._has_others and getattr(error, "sqlstate", None) is None:
                self.renew()  # the server has said nothing at all: let the next lookup try another
            raise
        finally:
            connection.close()


@dataclass(slots=True)
class _Held:
    """A thread's connection, and how many milliseconds it waits for a lock (-1: nobody knows)."""

    generation: int
    connection: PoolProxiedConnection
    waits: int = -1


class HeldConnections:
    """Connections to an SQLite file, one for each thread, which keeps it: none of them ever goes away.

    To check one out of a pool and in again takes as long as SQLite takes to answer. ``timeout`` is how
    many seconds a connection waits for a lock unless a caller has less.
    """

    def __init__(self, engine: Engine, timeout: float) -> None:
        self._engine = engine
        self._timeout = timeout
        self._mine = local()
        self._generation = 0

    def fetch(self, statement: Question[Answer], email: str | None, most: int) -> Answer:
        """Run the statement on this thread's connection. Raises the driver's errors."""
        held = self._held()
        try:
            self._wait_for_locks(held)
            return statement.fetch(held.connection, email, most)
        except statement.dbapi.Error:
            self._drop(held)
            raise

    def renew(self) -> None:
        """Let every thread connect anew with its next lookup."""
        self._generation += 1

    leave_behind = renew

    def _held(self) -> _Held:
        held: _Held | None = getattr(self._mine, "held", None)
        if held is not None:
            if held.generation == self._generation:
                return held
            self._drop(held)
        connection = self._engine.raw_connection()
        held = self._mine.held = _Held(self._generation, connection)
        return held

    def _drop(self, held: _Held) -> None:
        self._mine.held = None
        with suppress(SQLAlchemyError):
            held.connection.close()

    def _wait_for_locks(self, held: _Held) -> None:
        """Wait for another writer's lock no longer than the caller waits for us."""
        wait = max(0, int(min(self._timeout, seconds_left()) * 1000))
        # A statement of its own costs time, so a tenth more or half as much as it might be is let be.
        if not wait / 2 <= held.waits <= wait * 1.1 + 1:
            cursor = held.connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {wait}")
            cursor.close()
            held.waits = wait
