"""Starts the kit and its peers as servers of their own, and sees that each answers what it should."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import psutil

from benchmarks.database import NotHereError
from benchmarks.kit import TOKEN

HOST = "127.0.0.1"
START_SECONDS = 30.0
STOP_SECONDS = 10.0
UVICORN = ("uvicorn", "--host", HOST, "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--port")
NEEDED = {
    "orm_view": ("gunicorn",),
    "fastapi_sqlite": ("fastapi", "uvicorn", "uvloop", "httptools"),
    "fastapi_asyncpg": ("fastapi", "uvicorn", "uvloop", "httptools", "asyncpg"),
}
"""The packages that each peer needs beside the kit's own."""
GUNICORN = ("gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--bind")


class UnfairError(Exception):
    """Raise for a subject that does less than the others, or something else: its figures would mislead."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to measure: a Python module to run, its environment, and what it has to answer."""

    name: str
    module: Sequence[str]
    environ: Mapping[str, str]
    email: str
    answer: Mapping[str, Any]
    checks_token: bool = True


@dataclass(frozen=True, slots=True)
class Running:
    """A subject that answers on a port; ``started`` is the seconds until its first whole answer."""

    subject: Subject
    port: int
    pid: int
    started: float

    def cpu_seconds(self) -> float:
        """Answer the processor time that all of its processes have taken until now."""
        family = [psutil.Process(self.pid), *self.workers()]
        times = [process.cpu_times() for process in family]
        return float(sum(time.user + time.system for time in times))

    def workers(self) -> list[psutil.Process]:
        """List its processes without the first, which only watches over them; the largest comes first."""
        children = psutil.Process(self.pid).children(recursive=True)
        return sorted(children, key=lambda process: -process.memory_info().rss)


def kit(name: str, environ: Mapping[str, str], email: str, answer: Mapping[str, Any]) -> Subject:
    """Describe the kit as its own command serves it."""
    return Subject(name, ("custom_profile", "serve", "--port"), environ, email, answer)


def constant(environ: Mapping[str, str], answer: Mapping[str, Any]) -> Subject:
    """Describe the constant, on the kit's own server, which wants the kit's environment."""
    module = ("benchmarks.peers.serve_constant", "--port")
    name = "(c) a constant"
    return Subject(name, module, environ, "anyone@example.com", answer, checks_token=False)


def peer(
    name: str, app: str, server: Sequence[str], database: str, email: str, answer: Mapping[str, Any]
) -> Subject:
    """Describe a peer: ``app`` as its server wants it named. Raises NotHereError where one is missing."""
    missing = [name for name in NEEDED[app.partition(":")[0]] if importlib.util.find_spec(name) is None]
    if missing:
        raise NotHereError(
            f"{', '.join(missing)} not installed: pip install -r requirements/benchmark.txt (make bench does)"
        )
    environ = {"BENCHMARK_TOKEN": TOKEN, "BENCHMARK_DATABASE": database}
    return Subject(name, (server[0], f"benchmarks.peers.{app}", *server[1:]), environ, email, answer)


@contextmanager
def running(subject: Subject, log: Path) -> Iterator[Running]:
    """Run a subject for the length of a block, its output in the file ``log``.

    Raises RuntimeError where it does not start, UnfairError where it answers what it should not.
    """
    port = _free_port()
    where = f"{HOST}:{port}" if subject.module[0] == "gunicorn" else str(port)
    with log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", *subject.module, where],
            env={**_surroundings(), **subject.environ},
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_for_answer(process, port, subject, log)
        seconds = time.monotonic() - started
        if subject.checks_token and not _refuses_wrong_token(port, subject.email):
            raise UnfairError(f"{subject.name} answers whoever has no token")
        yield Running(subject, port, process.pid, seconds)
    finally:
        _end(process)


def url_of(port: int, email: str, token: str = TOKEN) -> str:
    """Answer the URL that the helpdesk would call; it holds the benchmark's token, which is no secret."""
    return f"http://{HOST}:{port}/profile?{urlencode({'email': email, 'api_token': token})}"


def _refuses_wrong_token(port: int, email: str) -> bool:
    try:
        with urlopen(url_of(port, email, "wrong"), timeout=START_SECONDS):
            return False
    except HTTPError as error:
        with error:
            return error.code == 401


def _surroundings() -> dict[str, str]:
    """Answer what a process needs to run, and none of the settings that whoever measures may have."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"TZ": "UTC"}


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, subject: Subject, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with (
            suppress(URLError, ConnectionError, TimeoutError),
            urlopen(url_of(port, subject.email), timeout=START_SECONDS) as response,
        ):
            answer = json.load(response)
            # One that still lacks a source's fields is complete a moment later; anything else never is.
            if answer == subject.answer:
                return
            if not answer.items() < subject.answer.items():
                raise UnfairError(f"{subject.name} answers {answer} and not {subject.answer}")
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            problem = f"{subject.name} gave no whole answer in time:\n{said}"
            raise RuntimeError(problem)
        time.sleep(0.005)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server and every process of it, by force where asking does not do."""
    with suppress(psutil.NoSuchProcess):
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        process.send_signal(signal.SIGTERM)
        for left in psutil.wait_procs(family, timeout=STOP_SECONDS)[1]:
            with suppress(psutil.NoSuchProcess):
                left.kill()
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
