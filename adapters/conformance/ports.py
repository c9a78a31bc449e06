"""Ports of this machine behind which nothing answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

HOST = "127.0.0.1"


@contextmanager
def silent_port() -> Iterator[int]:
    """Listen on a port for the length of a block: who connects is let in, and never answered."""
    with closing(socket.create_server((HOST, 0), backlog=128)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def closed_port() -> Iterator[int]:
    """Answer a port that refuses connections; it is held meanwhile, so that nobody else takes it."""
    with closing(socket.socket()) as held:
        held.bind((HOST, 0))
        yield held.getsockname()[1]
