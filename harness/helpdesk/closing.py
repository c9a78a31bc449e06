"""Answers that are closed whatever becomes of their connection.

Werkzeug's server reads what a client may still be sending before it closes an answer; where the connection is
reset just then, the answer, and a file in it, stays open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class ClosingApp:
    """A WSGI app whose answers are closed at the latest when nobody holds them any more."""

    def __init__(self, app: WSGIApplication) -> None:
        """Wrap an app."""
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does."""
        return _Answer(self._app(environ, start_response))


class _Answer:
    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts
        self._is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            close = getattr(self._parts, "close", None)
            if close is not None:
                close()

    __del__ = close
