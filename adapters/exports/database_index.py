"""A generation in a database that replicas share, looked up like an SQL source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TypeVar

from sqlalchemy import bindparam, make_url, select

from adapters.errors import SourceError, SourceUnavailable
from adapters.exports.database_tables import INDEXES, digest, records_table
from adapters.exports.files import Signature
from adapters.exports.generation import Generation
from adapters.exports.identity import are_older, known_identity
from adapters.exports.records import RecordReader
from adapters.sql.connections import HeldConnections, PooledConnections
from adapters.sql.engine import make_engine
from adapters.sql.failures import translated
from adapters.sql.fetch import LookupStatement
from adapters.time_limit import time_limit

TIMEOUT = 1.0
"""Seconds for one question."""

Answer = TypeVar("Answer")


class DatabaseIndex:
    """The newest generation of one source, in tables of its own."""

    def __init__(self, url: str, key: str, place: Path) -> None:
        self._url, self._key, self._place = make_url(url), key, place
        self._is_file = self._url.get_backend_name() == "sqlite"
        self._lock = Lock()
        self._number = 0
        self._serving: tuple[LookupStatement, RecordReader] | None = None
        self._identity = ""
        self._signature: Signature = ()
        self.renew()

    def renew(self) -> None:
        """Connect anew: after a fork two processes would talk over one connection."""
        self._engine = make_engine(self._url, TIMEOUT)
        self._connections = (
            HeldConnections(self._engine, TIMEOUT) if self._is_file else PooledConnections(self._engine)
        )
        self._number, self._serving = 0, None

    def look(self) -> Generation | None:
        """Find the newest generation; answer it where it is another than before, else None."""
        with self._lock:
            return self._asked(self._look)

    def _look(self) -> Generation | None:
        with self._engine.connect() as connection:
            asked = select(INDEXES.c.generation).where(INDEXES.c.name == self._key)
            number = connection.execute(asked).scalar()
            if not number or number == self._number:
                return None
            row = connection.execute(
                select(INDEXES.c.generation, INDEXES.c.told).where(INDEXES.c.name == self._key)
            ).one()
        generation = Generation.from_json(row.told)
        table = records_table(self._key, row.generation)
        lookup = select(table.c.record).where(table.c.email_digest == bindparam("email"))
        self._serving = LookupStatement(self._engine, lookup), RecordReader(generation.fields)
        self._number, self._identity = row.generation, generation.identity
        self._signature = generation.signature
        return generation

    @property
    def is_there(self) -> bool:
        """Tell whether there is a generation to be looked up in."""
        return self._serving is not None

    def is_of(self, signature: Signature) -> bool:
        """Tell whether the generation was made of these files, which on other machines look different.

        Or of newer ones: then these are left alone.
        """
        if not self.is_there:
            return False
        return known_identity(self._place, signature) == self._identity or self.is_of_newer(signature)

    def is_of_newer(self, signature: Signature) -> bool:
        """Tell whether the generation was made of newer files, which hold something else."""
        known = known_identity(self._place, signature)
        return known is not None and are_older(signature, known, self._signature, self._identity)

    def get(self, email: str) -> tuple[RecordReader, str] | None:
        """Answer what is kept of an address, and what reads it. Raises SourceUnavailable."""
        if self._serving is None:
            return None
        statement, reader = self._serving
        with time_limit(TIMEOUT):
            _, rows = self._asked(lambda: self._connections.fetch(statement, digest(email), 1))
        return (reader, rows[0][0]) if rows else None

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except Exception as error:  # noqa: BLE001 - told anew, without what it may repeat
            told = translated(error, self._engine.dialect.loaded_dbapi, self._url)
            # The generation may be gone from under us: the next look finds the newer one.
            self._number = 0
            fix = told.fix if isinstance(told, SourceError) else ""
            raise SourceUnavailable(f"the shared index: {told}", fix=fix) from None

    def close(self) -> None:
        """Close the connections; those that threads keep, when the threads end."""
        self._connections.renew()
        self._engine.dispose()
