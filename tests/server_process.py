"""Servers as real processes for one test each: on free ports, watched, and ended with their family."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import psutil

STARTING_SECONDS = 60.0
TESTS = Path(__file__).parent


class ServerProcess:
    """A process and what it writes; its output goes to a file, so that no pipe fills up."""

    def __init__(self, command: list[str], *, folder: Path, port: int, **environ: str) -> None:
        self.port = port
        self.log = folder / f"log-{port}"
        environment = os.environ | {"PORT": str(port), "PYTHONUNBUFFERED": "1"} | environ
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self.pid = self._process.pid
        self._seen: set[psutil.Process] = {psutil.Process(self.pid)}

    @classmethod
    def serve(cls, folder: Path, port: int, **environ: str) -> ServerProcess:
        """Start ``custom-profile serve``."""
        return cls([sys.executable, "-m", "custom_profile", "serve"], folder=folder, port=port, **environ)

    @classmethod
    def gunicorn(cls, folder: Path, port: int, *options: str, **environ: str) -> ServerProcess:
        """Start gunicorn with the kit's configuration."""
        command = [sys.executable, "-m", "gunicorn", "--config", "python:webhook_server.gunicorn_config"]
        return cls([*command, "--bind", f"127.0.0.1:{port}", *options], folder=folder, port=port, **environ)

    def until_it_answers(self, path: str = "/healthz") -> ServerProcess:
        """Wait for an answer of any status."""
        deadline = time.monotonic() + STARTING_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError), closing(socket.create_connection(("127.0.0.1", self.port), 5)) as line:
                line.settimeout(5)
                line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                if line.recv(1):
                    return self
            time.sleep(0.02)
        raise AssertionError(f"it does not answer:\n{self.text()}")

    def text(self) -> str:
        """Answer what the process has written."""
        return self.log.read_text("utf-8", "replace")

    def until_it_says(self, words: str, times: int = 1, within: float = STARTING_SECONDS) -> None:
        """Wait until it has written some words so many times."""
        deadline = time.monotonic() + within
        while self.text().count(words) < times:
            assert time.monotonic() < deadline, f"it does not say {words!r}:\n{self.text()}"
            time.sleep(0.02)

    def workers(self) -> list[psutil.Process]:
        """Answer its worker processes."""
        found = psutil.Process(self.pid).children()
        self._seen.update(found)
        return found

    def signal(self, number: int) -> None:
        """Send a signal to the main process."""
        self._process.send_signal(number)

    def ended(self, within: float) -> int:
        """Wait for the end of the main process; answer its exit code."""
        return self._process.wait(within)

    def end(self) -> None:
        """End the process and all that it started."""
        with suppress(psutil.NoSuchProcess):
            self._seen.update(psutil.Process(self.pid).children(recursive=True))
        for member in self._seen:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        self._process.wait(60)


def ask(port: int, email: str, token: str, timeout: float = 10) -> Any:
    """Ask the webhook on a connection of its own; answer the body."""
    url = f"http://127.0.0.1:{port}/profile?email={quote(email)}&api_token={quote(token, safe='')}"
    with urlopen(url, timeout=timeout) as response:
        return response.read()


def is_refused(port: int) -> bool:
    """Say whether nobody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


__all__ = ["ServerProcess", "ask", "is_refused"]
