"""The sockets on which a server waits for connections, opened before any worker is started."""

from __future__ import annotations

import errno
import os
import socket
import sys
from functools import partial

BACKLOG = 1024
"""Connections that wait to be accepted, also while all workers are being replaced."""


class ListeningError(Exception):
    """Raised for an address that cannot be listened on; the text says why and what to do."""


def listen(host: str, port: int, workers: int) -> list[socket.socket]:
    """Open a socket for each worker, all on one address: the kernel shares connections out evenly.

    The address ``::`` means all of IPv6 and of IPv4, where the system can.
    With a single socket whichever worker wakes first would take them all. Port 0 takes any free one.
    Elsewhere than on Linux, where the kernel does not share out, all workers have the same socket.
    Raises ListeningError.
    """
    create = partial(
        socket.create_server,
        family=socket.AF_INET6 if ":" in host else socket.AF_INET,
        backlog=BACKLOG,
        dualstack_ipv6=host == "::" and socket.has_dualstack_ipv6(),
    )
    shared = workers > 1 and sys.platform == "linux"
    try:
        # Alone at first: another server that shares its port would not be noticed otherwise.
        first = create((host, port))
        if not shared:
            first.setblocking(False)
            return [first] * workers
        port = first.getsockname()[1]
        first.close()
        sockets = [create((host, port), reuse_port=True) for _ in range(workers)]
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        is_elsewhere = error.errno == errno.EADDRNOTAVAIL
        fix = "Set --host to one of this machine's" if is_elsewhere else "Set PORT or --port to another one"
        problem = f"{host}:{port} cannot be listened on: {reason}. {fix}."
        raise ListeningError(problem) from None
    for one in sockets:
        # A worker that leaves and its successor accept from the same: neither must wait in vain.
        one.setblocking(False)
    return sockets
