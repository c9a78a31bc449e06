"""A worker and a logger for gunicorn that repeat no URL, neither in a log nor in an answer."""

from __future__ import annotations

import json
from contextlib import suppress
from socket import socket
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from webhook_server.web import log_filter

STATUSES: tuple[tuple[type[Exception], str], ...] = (
    (errors.LimitRequestLine, "414 URI Too Long"),
    (errors.LimitRequestHeaders, "431 Request Header Fields Too Large"),
    (errors.UnsupportedTransferCoding, "501 Not Implemented"),
    (errors.ExpectationFailed, "417 Expectation Failed"),
    (errors.ForbiddenProxyRequest, "403 Forbidden"),
)
"""Answers to requests that are not understood, where they differ from 400."""

BODY = json.dumps({"error": "bad_request", "message": "This is no request that the server understands."})
URL_ATOMS = ("r", "f", "{raw_uri}e", "{request_uri}e", "{referer}i", "{http_referer}e")


class QuietThreadWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's gthread, but for the answer to what is no request: gunicorn's repeats it."""

    def handle_error(self, req: Any, client: socket, addr: Any, exc: Exception) -> None:
        """Answer and log what kind of mistake a request is, and nothing of what it says."""
        from_application = isinstance(exc, errors.InvalidResponseHeader | errors.InvalidResponseHeaderName)
        if not isinstance(exc, errors.ParseException) or from_application:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Invalid request: %s", type(exc).__name__)
        status = next((status for kind, status in STATUSES if isinstance(exc, kind)), "400 Bad Request")
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        with suppress(OSError):  # whoever sent it may have left
            client.sendall(f"{head}Content-Length: {len(BODY)}\r\n\r\n{BODY}".encode())


class QuietLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger without queries: a worker that hangs or a line in an access log tells no URL."""

    def setup(self, cfg: Any) -> None:
        """Set the logs up, and keep queries out of them."""
        super().setup(cfg)
        log_filter.install()

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """Answer the parts of an access log's line, whatever format somebody gives it."""
        parts: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        cut = {name: log_filter.without_queries(str(parts[name])) for name in URL_ATOMS if name in parts}
        return {**parts, **cut, "q": "", "{query_string}e": ""}
