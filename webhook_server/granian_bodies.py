"""Bodies of requests, waited for no longer than a moment.

granian lets go of a body when the call that brought it ends, and that call is made by the one thread that
takes requests: whoever sends a body slowly would hold up everybody.
"""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

BODY_SECONDS = 1.0
"""How long a body may take from the end of the headers on: it usually comes with them."""

OPEN_FILES = "/proc/self/fd"

_TCP_INFO = struct.Struct("=44xI4xI72xQ64xQ")
"""Of Linux's struct tcp_info: the milliseconds since data were sent, and since they came; bytes of each."""

log = structlog.get_logger("custom_profile")


def read_body(environ: WSGIEnvironment, size: int) -> bytes:
    """Read so many bytes of a request's body, or what came in time."""
    body: Any = environ["wsgi.input"]
    is_here = Event()
    end = (is_here, environ["REMOTE_ADDR"], int(environ["SERVER_PORT"]))
    Thread(target=_end_late, args=end, name="body", daemon=True).start()
    try:
        return bytes(body.read(size))
    finally:
        is_here.set()


def _end_late(is_here: Event, client: str, port: int) -> None:
    if is_here.wait(BODY_SECONDS):
        return
    log.warning("body_late")
    hang_up(client, port)
    # Within a tick of the system's clock an answer and the next request cannot be told apart.
    if not is_here.wait(BODY_SECONDS):
        hang_up(client, port, idle=True)


def hang_up(client: str, port: int, *, idle: bool = False) -> None:
    """Read nothing more on a client's connections that wait for an answer, or on ``idle`` ones as well.

    Which of them the body was to come on, granian does not tell. Answers that are under way still leave, and
    what a proxy keeps open for later requests stays open.
    """
    if not os.path.isdir(OPEN_FILES):  # noqa: PTH112 - as below; there is none but on Linux
        return
    for name in os.listdir(OPEN_FILES):  # noqa: PTH208 - names alone are wanted
        with suppress(OSError):  # what is no socket, has no other end, or is closed by now
            line = socket.socket(fileno=int(name))
            try:
                if line.getsockname()[1:2] != (port,) or line.getpeername()[0].partition("%")[0] != client:
                    continue
                if idle or _waits_for_us(line):
                    line.shutdown(socket.SHUT_RD)
            finally:
                line.detach()


def _waits_for_us(line: socket.socket) -> bool:
    """Tell whether the last that went over a connection was the client's: a request that has no answer."""
    told = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    if len(told) < _TCP_INFO.size:  # Linux before 4.19
        return True
    since_sent, since_heard, heard, sent = _TCP_INFO.unpack(told)
    return bool(heard and (not sent or since_heard < since_sent))
