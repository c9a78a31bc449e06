"""The phases of a call and how long each took, told by the HTTP client's own ``trace`` extension."""

from __future__ import annotations

import time
from typing import Any

_BEGINNINGS = {
    "connection.connect_tcp.started": "connect",
    "connection.start_tls.started": "secure",
    "http11.send_request_headers.started": "send",
    "http11.receive_response_headers.started": "wait",
    "http11.receive_response_body.started": "receive",
}
_ENDINGS = {event.replace(".started", ".complete"): phase for event, phase in _BEGINNINGS.items()}

PHASES = tuple(_BEGINNINGS.values())
"""In their order: name lookup and connection, TLS, the request, the server's thinking, the answer."""


class Phases:
    """Keeps the seconds of each phase of one call; a phase that did not end is not told."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._began: dict[str, float] = {}

    async def trace(self, event: str, _information: dict[str, Any]) -> None:
        """Take an event of the client."""
        if event in _BEGINNINGS:
            self._began[_BEGINNINGS[event]] = time.perf_counter()
        elif (phase := _ENDINGS.get(event)) in self._began:
            assert phase is not None  # noqa: S101 - it is a key
            self.seconds[phase] = time.perf_counter() - self._began[phase]
