"""The sockets on which a server waits for connections, opened before any worker is started."""

from __future__ import annotations

import os
import socket
import sys

BACKLOG = 1024
"""Connections that wait to be accepted, also while all workers are being replaced."""


class ListeningError(Exception):
    """Raised for an address that cannot be listened on; the text says why and what to do."""


def listen(host: str, port: int, workers: int) -> list[socket.socket]:
    """Open a socket for each worker, all on one address: the kernel shares connections out evenly.

    With a single socket whichever worker wakes first would take them all. Port 0 takes any free one.
    Elsewhere than on Linux, where the kernel does not share out, all workers have the same socket.
    Raises ListeningError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    shared = workers > 1 and sys.platform == "linux"
    try:
        # Alone at first: another server that shares its port would not be noticed otherwise.
        first = socket.create_server((host, port), family=family, backlog=BACKLOG)
        if not shared:
            first.setblocking(False)
            return [first] * workers
        port = first.getsockname()[1]
        first.close()
        sockets = [
            socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=True)
            for _ in range(workers)
        ]
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        problem = f"{host}:{port} cannot be listened on: {reason}. Set PORT or --port to another one."
        raise ListeningError(problem) from None
    for one in sockets:
        # A worker that leaves and its successor accept from the same: neither must wait in vain.
        one.setblocking(False)
    return sockets
