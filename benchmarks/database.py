"""The databases: an SQLite file that is made once and kept, and the same table in a PostgreSQL."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType

from benchmarks.customers import COLUMNS, row_of

SQLITE_SCHEMA = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL,
    created_at DATETIME NOT NULL,          -- every time is UTC, written YYYY-MM-DD HH:MM:SS
    current_sign_in_at DATETIME NOT NULL,
    sign_in_count INTEGER NOT NULL,
    plan TEXT NOT NULL,
    company TEXT NOT NULL
)
"""
POSTGRES_SCHEMA = """
CREATE TABLE users (
    id bigint PRIMARY KEY,
    email text NOT NULL,
    created_at timestamptz NOT NULL,
    current_sign_in_at timestamptz NOT NULL,
    sign_in_count integer NOT NULL,
    plan text NOT NULL,
    company text NOT NULL
)
"""
INDEX = "CREATE UNIQUE INDEX users_email ON users (email)"
SERVERS = Path(__file__).parent.parent / "tests" / "servers.py"


class NotHereError(Exception):
    """Raise where a program is missing that a part needs; the text says how to get it."""


def sqlite_database(folder: Path, users: int) -> Path:
    """Answer the SQLite file of so many users, making it where it is not yet in the folder.

    It is read once, so that nobody's first questions have to wait for the disk.
    """
    path = folder / f"users-{users}.db"
    if path.exists():
        with path.open("rb") as file:
            while file.read(2**20):
                pass
        return path
    folder.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with closing(sqlite3.connect(beside)) as connection, connection:
        # One that is not made to its end is thrown away: nothing has to survive a crash.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(SQLITE_SCHEMA)
        places = ", ".join("?" * len(COLUMNS))
        connection.executemany(f"INSERT INTO users VALUES ({places})", map(row_of, range(1, users + 1)))
        connection.execute(INDEX)
        connection.execute("ANALYZE")
    beside.replace(path)
    return path


@contextmanager
def postgres_database(users: int) -> Iterator[str]:
    """Run a PostgreSQL with so many users for the length of a block, and answer its URL.

    Raises NotHereError where no PostgreSQL is installed.
    """
    servers = _servers()
    import pytest  # noqa: PLC0415 - like PostgreSQL, for this part alone

    try:
        with servers.postgres() as server:
            with server.stopped():
                # The tests' server is made small; here the table is to fit into its memory.
                server.settings = (
                    *(setting for setting in server.settings if not setting.startswith("shared_buffers")),
                    "shared_buffers=512MB",
                )
            _fill_postgres(server.url, users)
            yield server.url
    except pytest.skip.Exception as skipped:
        raise NotHereError(str(skipped)) from None


def _servers() -> ModuleType:
    """Load the tests' own way to run a PostgreSQL: it is private, unprivileged and gone at the end."""
    if (known := sys.modules.get("servers")) is not None:
        return known
    spec = importlib.util.spec_from_file_location("servers", SERVERS)
    if spec is None or spec.loader is None:
        raise NotHereError(f"{SERVERS.name} is not there: run this from a clone of the project")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _fill_postgres(url: str, users: int) -> None:
    import psycopg  # noqa: PLC0415 - like PostgreSQL, for this part alone

    columns = ", ".join(COLUMNS)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        # The rows say no zone: they are UTC.
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute(POSTGRES_SCHEMA)
        with cursor.copy(f"COPY users ({columns}) FROM STDIN") as copy:
            for number in range(1, users + 1):
                copy.write_row(row_of(number))
        cursor.execute(INDEX)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE users")
