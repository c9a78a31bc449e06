"""One question and one answer over HTTP, on connections that are kept for the next."""

from __future__ import annotations

import functools
import inspect
import logging
import math
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from threading import Lock
from weakref import WeakSet

import httpcore
import httpx

from adapters.errors import SourceUnavailable
from adapters.time_limit import seconds_left
from adapters.web.body import Body
from adapters.web.network import Permission, TimelyBackend

CONNECTIONS = 8
"""Connections that one source may hold: as many as lookups it may have under way."""

KEPT_SECONDS = 60.0
"""How long a connection is kept that nothing is asked on."""

_PLAIN = {"Accept": "application/json", "Accept-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered, the body decompressed."""

    status: int
    headers: httpx.Headers
    body: bytes


class _Transport(httpx.HTTPTransport):
    """httpx's own, on connections that keep the caller's time, and unknown to tracing.

    OpenTelemetry's instrumentation of httpx puts itself in the place of this method, and writes the whole
    URL down: an address stands in it, and often a key.
    """

    handle_request = inspect.unwrap(httpx.HTTPTransport.handle_request)

    def __init__(self, permission: Permission, ca_file: str) -> None:
        context = trusted_authorities(ca_file)
        super().__init__(verify=context)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=TimelyBackend(permission),
        )


class WebClient:
    """Asks services within the caller's time (``adapters.time_limit``), from any thread and any process.

    Follows no redirect, keeps no cookie, uses no proxy, logs nothing. ``max_bytes`` limits a body after
    decompression; ``ca_file`` holds certificate authorities instead of the usual ones.
    """

    def __init__(self, permission: Permission, *, max_bytes: int, ca_file: str = "") -> None:
        self._permission = permission
        self._max_bytes = max_bytes
        self._ca_file = ca_file
        self._lock = Lock()
        self._made: _Transport | None = None
        _clients.add(self)
        hush("httpcore")

    def ask(self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes = b"") -> Answer:
        """Answer what the service does, whatever its status.

        Raises httpx.HTTPError, ForbiddenAddressError, BodyError, and SourceUnavailable for a ``ca_file``
        that cannot be read.
        """
        left = seconds_left()
        limit = None if left == math.inf else max(0.001, left)
        request = httpx.Request(
            method,
            url,
            headers={**_PLAIN, "User-Agent": _user_agent(), **headers},
            content=content or None,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), limit)},
        )
        # Not through httpx.Client: it would log the URL, follow the environment's proxies and keep cookies.
        response = self._transport().handle_request(request)
        try:
            body = Body(response.headers.get("content-encoding", ""), self._max_bytes)
            for piece in response.iter_raw():
                body.feed(piece)
            return Answer(response.status_code, response.headers, body.finish())
        finally:
            response.close()

    def close(self) -> None:
        """Close the connections; the next question opens new ones."""
        made, self._made = self._made, None
        if made is not None:
            made.close()

    def leave_behind(self) -> None:
        """Open new connections with the next question; the old ones are another process's and stay open."""
        self._lock, self._made = Lock(), None

    def _transport(self) -> _Transport:
        if (made := self._made) is not None:
            return made
        with self._lock:
            if self._made is None:
                self._made = _Transport(self._permission, self._ca_file)
            return self._made


_clients: WeakSet[WebClient] = WeakSet()


def _leave_parents_connections() -> None:
    for client in _clients:
        client.leave_behind()


os.register_at_fork(after_in_child=_leave_parents_connections)


@functools.cache
def trusted_authorities(ca_file: str) -> ssl.SSLContext:
    """Load certificate authorities once: it takes longer than a lookup. Raises SourceUnavailable."""
    try:
        return ssl.create_default_context(cafile=ca_file) if ca_file else httpx.create_ssl_context()
    except OSError as error:
        named = f"ca_file {ca_file}" if ca_file else "the file that SSL_CERT_FILE names"
        fix = "Name a PEM file of certificate authorities."
        raise SourceUnavailable(f"{named} {_why_unread(error)}", fix=fix) from None


def _why_unread(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "holds no certificate in PEM form"
    if isinstance(error, FileNotFoundError):
        return "is not there"
    return f"cannot be read ({type(error).__name__})"


@functools.cache
def _user_agent() -> str:
    return f"custom-profile-kit/{version('custom-profile-kit')}"


def hush(name: str, level: int = logging.INFO) -> None:
    """Keep a library from logging what it sends and receives, unless somebody asked for just that."""
    logger = logging.getLogger(name)
    if logger.level == logging.NOTSET:
        logger.setLevel(level)
