"""Engines for lookups: a small pool, short waits, read-only where the driver can do it."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, NullPool, create_engine
from sqlalchemy.exc import NoSuchModuleError

from adapters.errors import SourceConfigError
from adapters.sql.hosts import Hosts, of_one, places_of
from adapters.sql.session import connect_arguments, limit_sessions
from adapters.sql.timely import connect_with, is_timely, timely_connect
from adapters.sql.url_options import problem_of_options
from adapters.time_limit import seconds_left

POOL_SIZE = 8
"""As many as lookups may be under way (see webhook_server.profile.lookup), so that none waits for another."""

OVERFLOW = 2
"""More of them, for checks."""

CACHE_KIB = 512
"""Of the file, for each thread's connection: enough for the upper pages of an index."""

_EXTRAS = {"psycopg": "postgresql"}
"""The extra that brings a driver, by its module; pymysql's is called as its database."""

_PACKAGES = {
    "MySQLdb": "mysqlclient",
    "mysql": "mysql-connector-python",
    "psycopg2": "psycopg2-binary",
}
"""What installs a driver whose package is not called as its module is."""

_DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}
"""The driver that the kit has an extra for, by its database."""

INSTRUCTIONS = 5_000
"""Steps of SQLite's machine between two looks at the clock: well under a millisecond."""


def make_engine(url: URL, timeout: float) -> Engine:
    """Make an engine that connects on first use and waits at most ``timeout`` seconds for a lock.

    Raises SourceConfigError where the driver is missing, or knows an option of the URL not, or the database
    is SQLite in memory.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, timeout)
    try:
        return _server_engine(url, timeout)
    except ImportError as error:
        raise SourceConfigError(_missing_driver(url, error.name)) from None
    except ValueError:
        # Its text repeats the value, which may be a part of a password that went astray.
        raise SourceConfigError("an option of the url, after the ?, must be a number") from None
    except NoSuchModuleError:
        known = (
            "mariadb+pymysql",
            "mssql+pyodbc",
            "mysql+pymysql",
            "oracle+oracledb",
            "postgresql",
            "sqlite",
        )
        near = get_close_matches(url.drivername, known, n=1, cutoff=0.3)
        hint = f"; did you mean {near[0]}://?" if near else ""
        raise SourceConfigError(f"SQLAlchemy knows no database {url.drivername}://{hint}") from None


def _server_engine(url: URL, timeout: float) -> Engine:
    if url.get_dialect().is_async:
        usual = f"{url.get_backend_name()}+{_DRIVERS.get(url.get_backend_name(), '…')}"
        raise SourceConfigError(f"{url.drivername}:// is for async programs alone: write {usual}://")
    places = places_of(url)
    engine = create_engine(
        of_one(url, places),
        connect_args=connect_arguments(url, timeout),
        hide_parameters=True,
        pool_size=POOL_SIZE,
        max_overflow=OVERFLOW,
        pool_timeout=timeout,
        **_single_statements(url),
        **_plain_types(url),
    )
    if problem := problem_of_options(engine, of_one(url, places)):
        raise SourceConfigError(problem)
    limit_sessions(engine, url, timeout)
    timely = timely_connect(engine, timeout) if is_timely(url) else None
    connect_with(engine, timely, Hosts(places, timeout) if places else None)
    return engine


def _sqlite_engine(url: URL, timeout: float) -> Engine:
    if url.drivername not in {"sqlite", "sqlite+pysqlite"}:
        told = (
            f"{url.drivername}:// has no effect: the kit reads SQLite by Python's own driver, which reads no"
        )
        raise SourceConfigError(f"{told} encrypted file; write sqlite://")
    if url.database in {None, "", ":memory:"}:
        problem = 'an SQLite database in memory is empty: name a file, or use type = "memory"'
        raise SourceConfigError(problem)
    for name in url.query:
        told = f"the url has the option {name!r}, and none of SQLite's has an effect here: leave it out"
        raise SourceConfigError(
            f"{told} (the file is opened read-only, and the source's timeout holds for it)"
        )
    path = Path(str(url.database))

    def connect() -> sqlite3.Connection:
        # mode=ro also keeps SQLite from making an empty database where there is none.
        uri = f"file:{quote(str(path.absolute()))}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=0, check_same_thread=False)
        with suppress(sqlite3.Error):  # it reads the file: what is wrong with that, the lookup will say
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        # A connection of its own is what reads the schema: it waits no longer than the caller either.
        wait = max(0, int(min(timeout, seconds_left()) * 1000))
        connection.execute(f"PRAGMA busy_timeout = {wait}")
        # SQLite has no statement timeout: it asks here whether to go on (a true answer interrupts it).
        connection.set_progress_handler(lambda: seconds_left() < 0, INSTRUCTIONS)
        return connection

    return create_engine(
        "sqlite://",
        creator=connect,
        hide_parameters=True,
        poolclass=NullPool,  # each thread keeps its own (see connections)
        pool_reset_on_return=None,  # Python opens no transaction for a SELECT
    )


def _single_statements(url: URL) -> dict[str, Any]:
    """Leave out the round trips of a transaction where each lookup is one statement of its own."""
    if url.get_backend_name() in {"postgresql", "mysql", "mariadb"}:
        return {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
    return {"pool_pre_ping": True}


def _plain_types(url: URL) -> dict[str, Any]:
    """Let PostgreSQL's addresses be the text that they are there."""
    return {"native_inet_types": False} if url.get_backend_name() == "postgresql" else {}


def _missing_driver(url: URL, module: str | None) -> str:
    backend = url.get_backend_name()
    module = (module or "").partition(".")[0]
    extra = _EXTRAS.get(module)
    if url.drivername in {"mysql", "mariadb"}:
        write = f"write {url.drivername}+pymysql:// and pip install 'custom-profile-kit[{backend}]'"
        return f"the url names no driver for {backend}: {write}"
    if module == "pymysql":
        extra = backend  # that of MySQL brings what its logins need besides
    command = (
        f"pip install 'custom-profile-kit[{extra}]'"
        if extra
        else f"pip install {_PACKAGES.get(module, module)}"
    )
    return f"the driver for {backend} ({module}) is not installed: {command}"
