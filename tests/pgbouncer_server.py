"""A real PgBouncer for one test, from the system's packages; without it its tests are skipped."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import servers
from mariadb_server import _program

SETTINGS = """
[databases]
{databases}

[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
{more}
"""


class PgBouncerServer(servers.Server):
    """PgBouncer in transaction pooling mode; whoever comes is let in, as the user whom a database names."""

    farewell = signal.SIGQUIT

    def __init__(self, folder: Path, program: str, user, databases: dict[str, str], more: str) -> None:
        super().__init__(folder, user)
        self.program = program
        self._databases = databases
        self._more = more

    @property
    def url(self) -> str:
        return self.url_of(next(iter(self._databases)))

    def url_of(self, database: str) -> str:
        """Answer the URL of one of the databases."""
        return f"postgresql://anybody@{servers.HOST}:{self.port}/{database}"

    def command(self) -> list[str | Path]:
        databases = "\n".join(f"{name} = {where}" for name, where in self._databases.items())
        settings = SETTINGS.format(databases=databases, host=servers.HOST, port=self.port, more=self._more)
        path = self.folder / "pgbouncer.ini"
        path.write_text(settings)
        return [self.program, path]

    def answers(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(self.url, connect_timeout=2) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError:
            return False


@contextmanager
def pgbouncer(databases: dict[str, str], more: str = "") -> Iterator[PgBouncerServer]:
    """Run a PgBouncer for the length of a block; ``more`` are further settings."""
    program = _program("pgbouncer")
    if program is None:
        pytest.skip("no PgBouncer is installed: apt-get install pgbouncer")
    user = servers._unprivileged_user()
    with servers._folder("pgbouncer", user) as folder:
        yield from servers._run(PgBouncerServer(folder, program, user, databases, more))
