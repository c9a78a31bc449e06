"""How requests get into a WSGI or ASGI app of this process: no port, no server, the same requests."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from typing import Any

import httpx

from harness.lifespan import AppStartError, Lifespan

_log = logging.getLogger(__name__)


class WsgiTransport(httpx.AsyncBaseTransport):
    """Runs each request to a WSGI app in a thread of its own, as a server would."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._transport = httpx.WSGITransport(app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Give the app's answer; what it raises is logged and answered with 500."""
        asked = await _copied(request)
        outcome: Future[httpx.Response] = Future()
        # A daemon: an app that hangs must not keep the process from ending, as an executor's thread would.
        threading.Thread(target=self._answer, args=(asked, outcome), daemon=True).start()
        return await asyncio.wrap_future(outcome)

    def _answer(self, request: httpx.Request, outcome: Future[httpx.Response]) -> None:
        if not outcome.set_running_or_notify_cancel():
            return
        try:
            response = self._transport.handle_request(request)
            answer = _answered(response, b"".join(response.iter_raw()))
        except Exception:  # noqa: BLE001 - whatever an app raises: a server answers 500
            answer = _failed()
        outcome.set_result(answer)


class AsgiTransport(httpx.AsyncBaseTransport):
    """Gives requests to an ASGI app in one event loop that lasts, started up as a server would start it."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._transport = httpx.ASGITransport(app)
        self._lifespan = Lifespan(app)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = threading.Lock()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Give the app's answer; what it raises is logged and answered with 500.

        Raises AppStartError where the app says that it cannot start.
        """
        asked = await _copied(request)
        loop = self._started()
        work = asyncio.run_coroutine_threadsafe(self._answer(asked), loop)
        return await asyncio.wrap_future(work)

    def close(self) -> None:
        """Shut the app down, and end its event loop."""
        with self._starting:
            loop, self._loop = self._loop, None
        if loop:
            asyncio.run_coroutine_threadsafe(self._lifespan.shut_down(), loop).result()
            loop.call_soon_threadsafe(loop.stop)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(loop,), name="webhook-app", daemon=True).start()
                try:
                    asyncio.run_coroutine_threadsafe(self._lifespan.start_up(), loop).result()
                except AppStartError:
                    loop.call_soon_threadsafe(loop.stop)
                    raise
                self._loop = loop
            return self._loop

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._transport.handle_async_request(request)
            return _answered(response, b"".join([piece async for piece in response.aiter_raw()]))
        except Exception:  # noqa: BLE001 - whatever an app raises: a server answers 500
            return _failed()


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


async def _copied(request: httpx.Request) -> httpx.Request:
    content = await request.aread()
    return httpx.Request(request.method, request.url, headers=request.headers, content=content)


def _answered(response: httpx.Response, body: bytes) -> httpx.Response:
    return httpx.Response(response.status_code, headers=response.headers.raw, stream=_Body(body))


def _failed() -> httpx.Response:
    _log.exception("The app raised an exception, which a server answers with status 500.")
    return httpx.Response(500, stream=_Body(b""))
