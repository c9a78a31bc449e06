"""A real MariaDB for one test run, from the system's packages; without them its tests are skipped."""

from __future__ import annotations

import itertools
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import servers

SETTINGS = (
    "--no-defaults",
    "--bind-address=127.0.0.1",
    "--innodb-buffer-pool-size=16M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-log-file-size=8M",
    "--performance-schema=off",
    "--skip-log-bin",
    "--skip-name-resolve",
)


class MariaDBServer(servers.Server):
    """MariaDB that forgets on a crash, and is fast; root has no password and is asked over its socket."""

    farewell = signal.SIGTERM

    def __init__(self, folder: Path, program: str, user) -> None:
        super().__init__(folder, user)
        self.program = program
        self._names = (f"company_{number}" for number in itertools.count(1))

    @property
    def url(self) -> str:
        return f"mariadb+pymysql://root@localhost/mysql?unix_socket={self._socket}"

    def command(self) -> list[str | Path]:
        places = [f"--datadir={self.folder / 'data'}", f"--socket={self._socket}"]
        return [self.program, *SETTINGS, *places, f"--port={self.port}", f"--pid-file={self.folder / 'pid'}",
                f"--tmpdir={self.folder}"]  # fmt: skip

    def answers(self) -> bool:
        # The driver would leave its socket open where nobody listens yet.
        with socket.socket(socket.AF_UNIX) as probe:
            listens = probe.connect_ex(str(self._socket)) == 0
        return listens and self.execute("SELECT 1") == ((1,),)

    def initialise(self, install: str) -> None:
        """Make the data directory; raises RuntimeError with what the program said."""
        words = [f"--datadir={self.folder / 'data'}", "--auth-root-authentication-method=normal"]
        words.append(
            f"--tmpdir={self.folder}"
        )  # in a common one, another worker's tables have the same names
        made = subprocess.run(
            [install, "--no-defaults", *words, "--skip-test-db"], capture_output=True, text=True,
            **self._surroundings(),
        )  # fmt: skip
        if made.returncode:
            problem = f"mariadb-install-db failed:\n{made.stdout[-2000:]}{made.stderr[-2000:]}"
            raise RuntimeError(problem)

    def execute(self, *statements: str) -> tuple[tuple[object, ...], ...]:
        """Execute statements as root, and answer the rows of the last one."""
        import pymysql

        with (
            pymysql.connect(unix_socket=str(self._socket), user="root", autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    def create_users(self, count: int) -> str:
        """Create a database with a table of so many users, like PostgresServer's, and answer its URL."""
        name = next(self._names)
        self.execute(
            f"CREATE DATABASE {name} CHARACTER SET utf8mb4",
            f"USE {name}",
            "CREATE TABLE users (id bigint PRIMARY KEY, email varchar(190) NOT NULL,"
            " created_at datetime NOT NULL, plan varchar(20) NOT NULL)",
            "INSERT INTO users SELECT seq, concat('user', seq, '@example.com'),"  # noqa: S608 - a number
            f" '2013-06-16 12:36:36' + INTERVAL seq MINUTE, 'free' FROM seq_1_to_{count}",
            "ANALYZE TABLE users",
        )
        return self.url_of("root", name)

    def url_of(self, user: str, database: str) -> str:
        """Answer the URL under which a user who has no password finds a database."""
        return f"mariadb+pymysql://{user}@localhost/{database}?unix_socket={self._socket}"

    @property
    def _socket(self) -> Path:
        return self.folder / "socket"


@contextmanager
def mariadb() -> Iterator[MariaDBServer]:
    """Run a MariaDB for the length of a block; skips the test where none is installed."""
    program, install = (_program(name) for name in ("mariadbd", "mariadb-install-db"))
    if program is None or install is None:
        pytest.skip("no MariaDB is installed: apt-get install mariadb-server")
    user = servers._unprivileged_user()
    with servers._folder("mariadb", user) as folder:
        server = MariaDBServer(folder, program, user)
        server.initialise(install)
        yield from servers._run(server)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDBServer]:
    """The MariaDB of this worker."""
    with mariadb() as server:
        yield server


def _program(name: str) -> str | None:
    # Debian keeps servers where only root looks.
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/libexec")
