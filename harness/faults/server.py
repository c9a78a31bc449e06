"""A webhook on this machine that fails as it is told: the helpdesk's own call meets a real answer."""

from __future__ import annotations

import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harness.caller import call
from harness.faults.answers import faulty_answer, needs_webhook
from harness.faults.catalogue import SLOW_SECONDS

_LONGEST_CALL = 60.0
_LONGEST_HANG = 700.0
_KEPT_ADDRESSES = 200


class FaultServer:
    """Answers with faults at addresses that it gives out; nothing listens before the first.

    The addresses cannot be guessed, and what they stand for is kept here: nobody else can make this server
    call anything.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: _Server | None = None

    def address(self, fault: str, url: str) -> str:
        """Give the address of a fault, in the place of the webhook at ``url``."""
        with self._lock:
            if self._server is None:
                self._server = _Server()
                threading.Thread(
                    target=self._server.serve_forever,
                    kwargs={"poll_interval": 0.1},
                    name="faults",
                    daemon=True,
                ).start()
            return self._server.give_out(fault, url)

    def close(self) -> None:
        """Stop listening, and let go whoever hangs."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.stopping.set()
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stopping = threading.Event()
        self._stands_for: dict[str, tuple[str, str]] = {}

    def give_out(self, fault: str, url: str) -> str:
        path = f"/{secrets.token_urlsafe(16)}/{fault}"
        self._stands_for[path] = (fault, url)
        while len(self._stands_for) > _KEPT_ADDRESSES:
            del self._stands_for[next(iter(self._stands_for))]
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def stands_for(self, path: str) -> tuple[str, str] | None:
        return self._stands_for.get(path)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a caller that gave up is what a fault is for."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "helpdesk", ""

    def do_GET(self) -> None:
        """Answer one call."""
        asked = urlsplit(self.path)
        found = self.server.stands_for(asked.path)
        if found is None:
            self.send_error(404)
            return
        fault, url = found
        if fault == "hang":
            self.server.stopping.wait(_LONGEST_HANG)
            return
        if fault == "slow" and self.server.stopping.wait(SLOW_SECONDS):
            return
        self._answer(fault, url, parse_qs(asked.query))

    def _answer(self, fault: str, url: str, query: dict[str, list[str]]) -> None:
        (email,), (token,) = query.get("email", [""]), query.get("api_token", [""])
        own = call(url, email, token, deadline=_LONGEST_CALL) if needs_webhook(fault) else None
        answer = faulty_answer(fault, own)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.location:
            self.send_header("Location", answer.location)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Log nothing: the address holds the token."""
