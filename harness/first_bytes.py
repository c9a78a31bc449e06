"""Whether what answers speaks HTTP, seen by its first bytes: a banner never becomes a whole answer."""

from __future__ import annotations

from typing import Any

_BEGINNING = b"HTTP/"


class NotHttpError(Exception):
    """Raise when an answer does not begin as HTTP does."""


class FirstBytes:
    """Watches a connection of the HTTP client, through the client's own ``trace`` extension.

    The client itself waits for the end of the headers, which a mail or SSH server never sends: its greeting
    would be told as a timeout or as an answer that broke off.
    """

    def __init__(self) -> None:
        self._seen = b""

    async def trace(self, event: str, information: dict[str, Any]) -> None:
        """Take the connection when it is made, and look into what is read from it."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._watch(information["return_value"])

    def _watch(self, stream: Any) -> None:
        read = stream.read

        async def read_and_look(*arguments: Any, **options: Any) -> bytes:
            data: bytes = await read(*arguments, **options)
            self._look(data)
            return data

        stream.read = read_and_look

    def _look(self, data: bytes) -> None:
        if len(self._seen) < len(_BEGINNING):
            self._seen = (self._seen + data)[: len(_BEGINNING)]
            if not _BEGINNING.startswith(self._seen):
                raise NotHttpError
