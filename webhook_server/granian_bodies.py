"""Bodies of requests, waited for no longer than a moment.

granian lets go of a body when the call that brought it ends, and that call is made by the one thread that
takes requests: whoever sends a body slowly would hold up everybody.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from threading import Timer
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

BODY_SECONDS = 1.0
"""How long a body may take from the end of the headers on: it usually comes with them."""

OPEN_FILES = "/proc/self/fd"

log = structlog.get_logger("custom_profile")


def read_body(environ: WSGIEnvironment, size: int) -> bytes:
    """Read so many bytes of a request's body, or what came in time."""
    body: Any = environ["wsgi.input"]
    late = Timer(BODY_SECONDS, hang_up, [environ["REMOTE_ADDR"], int(environ["SERVER_PORT"])])
    late.daemon = True
    late.start()
    try:
        return bytes(body.read(size))
    finally:
        late.cancel()


def hang_up(client: str, port: int) -> None:
    """Read nothing more on a client's connections to this server; answers that are under way still leave.

    Which of them the body was to come on, granian does not tell.
    """
    log.warning("body_late")
    if not os.path.isdir(OPEN_FILES):  # noqa: PTH112 - as below; there is none but on Linux
        return
    for name in os.listdir(OPEN_FILES):  # noqa: PTH208 - names alone are wanted
        with suppress(OSError):  # what is no socket, has no other end, or is closed by now
            line = socket.socket(fileno=int(name))
            try:
                if line.getsockname()[1:2] == (port,) and line.getpeername()[0].partition("%")[0] == client:
                    line.shutdown(socket.SHUT_RD)
            finally:
                line.detach()
