"""Calls into a WSGI or ASGI app of this process: no port, no server, the same requests."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import httpx

DEFAULT_URL = "http://localhost/profile"
"""Where an app of this process is asked, unless told otherwise."""

_log = logging.getLogger(__name__)


class AppError(Exception):
    """Raise when there is no app under a name; the message says what is wrong with it."""


class WsgiTransport(httpx.AsyncBaseTransport):
    """Runs each request to a WSGI app in a thread of its own, as a server would."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._transport = httpx.WSGITransport(app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Give the app's answer; what it raises is logged and answered with 500."""
        content = await request.aread()
        asked = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        outcome: Future[httpx.Response] = Future()
        # A daemon: an app that hangs must not keep the process from ending, as an executor's thread would.
        threading.Thread(target=self._answer, args=(asked, outcome), daemon=True).start()
        return await asyncio.wrap_future(outcome)

    def _answer(self, request: httpx.Request, outcome: Future[httpx.Response]) -> None:
        try:
            response = self._transport.handle_request(request)
            body = b"".join(response.iter_raw())
            answer = httpx.Response(response.status_code, headers=response.headers.raw, stream=_Body(body))
        except Exception:  # noqa: BLE001 - whatever an app raises: a server answers 500
            _log.exception("The app raised an exception, which a server answers with status 500.")
            answer = httpx.Response(500, stream=_Body(b""))
        if outcome.set_running_or_notify_cancel():
            outcome.set_result(answer)


class AsgiTransport(httpx.AsyncBaseTransport):
    """Gives each request to an ASGI app, in the event loop that calls."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Give the app's answer; what it raises is answered with 500."""
        return await self._transport.handle_async_request(request)


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> Any:
        yield self._body


def transport_for(app: Callable[..., Any]) -> httpx.AsyncBaseTransport:
    """Choose how to call an app; raises AppError for what is neither WSGI nor ASGI."""
    needed = _needed_arguments(app)
    if needed == 3:
        return AsgiTransport(app)
    if needed == 2:
        return WsgiTransport(app)
    raise AppError(
        "It is neither a WSGI app (environ, start_response) nor an ASGI app (scope, receive, send)."
    )


def load_app(name: str) -> Callable[..., Any]:
    """Import ``module:create_app`` or ``module:app``, and call what takes no argument; raises AppError."""
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise AppError(f"{name!r} is no app: write it as module:create_app, or module:app.")
    try:
        found: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            found = getattr(found, part)
    except ModuleNotFoundError as error:
        raise AppError(f"{name}: there is no module {error.name!r}. Is its folder on the path?") from None
    except AttributeError:
        raise AppError(f"{name}: the module has no {attribute!r}.") from None
    if not callable(found):
        raise AppError(f"{name} can not be called: it is no app, nor does it make one.")
    app: Callable[..., Any] = found() if _needed_arguments(found) == 0 else found
    transport_for(app)
    return app


def _needed_arguments(app: Callable[..., Any]) -> int:
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return -1
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in plain and each.default is inspect.Parameter.empty for each in parameters)
