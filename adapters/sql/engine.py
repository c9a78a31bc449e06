"""Engines for lookups: a small pool, short waits, read-only where the driver can do it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Engine, QueuePool, create_engine

from adapters.errors import SourceConfigError

POOL_SIZE = 5


def make_engine(url: URL, timeout: float) -> Engine:
    """Make an engine that connects on first use and waits at most ``timeout`` seconds for a lock.

    Raises SourceConfigError where the driver is missing, or the database is SQLite in memory.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, timeout)
    try:
        return create_engine(
            url,
            hide_parameters=True,
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=timeout,
            pool_pre_ping=True,
        )
    except ImportError as error:
        raise SourceConfigError(_missing_driver(url, error.name)) from None


def _sqlite_engine(url: URL, timeout: float) -> Engine:
    if url.database in {None, "", ":memory:"}:
        problem = 'an SQLite database in memory is empty: name a file, or use type = "memory"'
        raise SourceConfigError(problem)
    path = Path(str(url.database))

    def connect() -> sqlite3.Connection:
        # mode=ro also keeps SQLite from making an empty database where there is none.
        uri = f"file:{quote(str(path.absolute()))}?mode=ro"
        return sqlite3.connect(uri, uri=True, timeout=timeout, check_same_thread=False)

    return create_engine(
        "sqlite://",
        creator=connect,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=POOL_SIZE,
        pool_timeout=timeout,
    )


def _missing_driver(url: URL, module: str | None) -> str:
    backend = url.get_backend_name()
    command = (
        "pip install 'custom-profile-kit[postgresql]'" if backend == "postgresql" else f"pip install {module}"
    )
    return f"the driver for {backend} ({module}) is not installed: {command}"
