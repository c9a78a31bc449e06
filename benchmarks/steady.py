"""A client that asks at a steady rate, however slow the answers are, and prints how long each took.

A request's time counts from the moment at which it was due: one that had to wait because all
connections were busy has waited for the server. What the client itself was late is told too. It runs as
a process of its own and reads its orders (JSON: host, port, paths, rate) from standard input, so that no
token stands on its command line.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
from collections import deque
from collections.abc import Sequence
from time import perf_counter
from typing import Any

CONNECTIONS = 16
PATIENCE = 10.0
"""Seconds without any answer, or with one that is not over, after which the server counts as hung."""


class Connection:
    """One connection, which is kept; it asks for one thing at a time."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self._received = b""

    def ask(self, request: bytes, due: float) -> None:
        """Send a request that was due at a moment of perf_counter()."""
        self.due = due
        self.socket.sendall(request)

    def take_in(self) -> bool:
        """Read what has come, and say whether the answer is whole; raises RuntimeError for any but 200."""
        data = self.socket.recv(65_536)
        if not data:
            raise RuntimeError("a connection was closed")
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"it answered {head[:12].decode('latin-1')}")
        if len(body) < _length(head):
            return False
        self._received = b""
        return True


class Schedule:
    """What is to be asked and when; ``late`` holds what the client itself was late, in seconds."""

    def __init__(self, requests: Sequence[bytes], rate: float) -> None:
        self._requests = deque(requests)
        self._step = 1 / rate
        self._next = perf_counter()
        self.late: list[float] = []

    def ask(self, idle: deque[Connection]) -> None:
        """Let connections that have nothing to do ask for what is due."""
        noticed = perf_counter()
        while self._requests and idle and self._next <= noticed:
            self.late.append(noticed - self._next)
            self._send(idle.popleft())

    def ask_next(self, connection: Connection) -> bool:
        """Let a connection that has just finished ask for what waited for it; no when nothing does."""
        if not self._requests or self._next > perf_counter():
            return False
        self._send(connection)
        return True

    def wait(self, idle: deque[Connection]) -> float:
        """Answer for how many seconds there is nothing to ask, or nobody to ask with."""
        return max(0.0, self._next - perf_counter()) if self._requests and idle else PATIENCE

    def _send(self, connection: Connection) -> None:
        connection.ask(self._requests.popleft(), self._next)
        self._next += self._step


def ask(host: str, port: int, paths: Sequence[str], rate: float) -> dict[str, list[float]]:
    """Ask for the paths at a rate a second, and answer the seconds that each took, in no order.

    Raises RuntimeError where the server refuses a request, drops a connection or hangs.
    """
    seconds: list[float] = []
    # select() waits for microseconds, the faster epoll for whole milliseconds.
    with selectors.SelectSelector() as selector:
        idle = deque(Connection(host, port) for _ in range(CONNECTIONS))
        for connection in idle:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        schedule = Schedule([f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() for path in paths], rate)
        while len(seconds) < len(paths):
            schedule.ask(idle)
            wait = schedule.wait(idle)
            ready = selector.select(wait)
            if not ready and wait == PATIENCE:
                raise RuntimeError(f"no answer came for {PATIENCE:.0f} seconds")
            for key, _ in ready:
                if key.data.take_in():
                    seconds.append(perf_counter() - key.data.due)
                    if not schedule.ask_next(key.data):
                        idle.append(key.data)
    return {"seconds": seconds, "late": schedule.late}


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    raise RuntimeError("an answer has no Content-Length")


def main() -> None:
    """Do what standard input says."""
    orders: dict[str, Any] = json.load(sys.stdin)
    try:
        json.dump(ask(**orders), sys.stdout)
    except (RuntimeError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
