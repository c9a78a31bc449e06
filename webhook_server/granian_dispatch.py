"""How a worker of ``custom-profile serve`` shares out its requests among threads.

Python runs one thread at a time, and to hand the interpreter from one to another costs more than a lookup
in a local file. So the one thread that takes requests from granian answers by itself what it can answer at
once, and gives the rest to threads that may wait: a hung source holds up one of those, and nobody else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Event
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from granian._futures import _new_cbscheduler
from granian._granian import WSGIWorker
from granian._signals import set_sync_signals
from granian.constants import RuntimeModes
from granian.server.common import WORKERS_METHODS
from granian.server.mp import WorkerProcess

from webhook_server.granian_bodies import read_body
from webhook_server.profile.at_once import WouldWaitError
from webhook_server.web.errors import INTERNAL_ERROR, respond
from webhook_server.web.telemetry import ARRIVED
from webhook_server.web.views import SECURITY_HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger("custom_profile")

_BASE: dict[str, Any] = {
    "GATEWAY_INTERFACE": "CGI/1.1",
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "granian",
    "wsgi.errors": sys.stderr,
    "wsgi.multiprocess": False,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
    "wsgi.input_terminated": True,
}
"""What every request's environment has (PEP 3333); the process's own variables are nobody's business."""

OTHERS = 16
"""Threads for everything that waits for no source: a platform's questions, refusals, other people's code."""

Headers = list[tuple[str, str]]


class AtOnceApplication(Protocol):
    """A WSGI application that can also be asked by a thread that must not wait."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse, /) -> Iterable[bytes]:
        """Answer, however long it takes."""

    def answer_at_once(self, environ: WSGIEnvironment, start_response: StartResponse, /) -> Iterable[bytes]:
        """Answer, or raise WouldWaitError."""

    def takes_body(self, environ: WSGIEnvironment, /) -> int:
        """Answer how many bytes of the request's body are of use."""


class Exchange(Protocol):
    """granian's side of one request: whoever holds it answers, once, from whatever thread."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send the whole answer."""


@WorkerProcess.wrap_target  # type: ignore[untyped-decorator]
def serve_worker(
    worker_id: int,
    dispatcher: Dispatcher,
    sock: Any,
    ipc: Any,
    loop: Any,
    mode: RuntimeModes,
    threads: int,
    blocking_threads: int,
    py_threads: int,
    _py_threads_idle_timeout: int,
    backpressure: int,
    *_others: Any,
) -> None:
    """Run granian's worker for WSGI until it is told to stop, with a dispatcher in the place of its caller.

    Granian starts it in the worker's process, with what it passes to the workers of every interface.
    """
    stopped = Event()
    told: Any = set_sync_signals()
    told.add_cb(stopped.set)
    make: Any = WSGIWorker  # whose stub is behind
    worker = make(
        worker_id,
        sock,
        ipc,
        threads=threads,
        blocking_threads=blocking_threads,
        py_threads=py_threads,
        backpressure=backpressure,
    )
    scheduler = _new_cbscheduler(loop, dispatcher, impl_asyncio=True)
    getattr(worker, WORKERS_METHODS[mode][False])(scheduler, loop, told)
    stopped.wait()


class Dispatcher:
    """Calls an app for each request that granian hands over; ``threads`` may wait at the same time."""

    def __init__(self, app: AtOnceApplication, threads: int) -> None:
        self._app = app
        self._waiting = ThreadPoolExecutor(threads, thread_name_prefix="request")
        # Whatever waits for sources must not hold up a platform's questions, nor refusals.
        self._others = ThreadPoolExecutor(OTHERS, thread_name_prefix="request-other")

    def __call__(self, exchange: Exchange, scope: WSGIEnvironment) -> None:
        """Answer a request now, or let it be answered by a thread that may wait."""
        scope[ARRIVED] = perf_counter()
        try:
            self._answer(self._app.answer_at_once, exchange, {**_BASE, **scope})
        except WouldWaitError as would:
            self._take_body(scope)
            threads = self._waiting if would.for_sources else self._others
            threads.submit(self._answer_safely, exchange, {**_BASE, **scope})

    def _take_body(self, scope: WSGIEnvironment) -> None:
        """Read the body here: granian lets go of it when this call ends.

        Only that of a caller whose token was found to be right, since others wait meanwhile.
        """
        size = self._app.takes_body(scope)
        scope["wsgi.input"] = BytesIO(read_body(scope, size) if size else b"")

    def _answer(self, app: WSGIApplication, exchange: Exchange, environ: WSGIEnvironment) -> None:
        status, headers = 500, Headers()

        def start_response(
            told: str, its_headers: Headers, _error: object = None
        ) -> Callable[[bytes], object]:
            nonlocal status, headers
            status, headers = int(told[:3]), its_headers
            return _write

        answer: Iterable[bytes] = app(environ, start_response)
        try:
            exchange.response_bytes(status, headers, b"".join(answer))
        finally:
            if close := getattr(answer, "close", None):
                close()

    def _answer_safely(self, exchange: Exchange, environ: WSGIEnvironment) -> None:
        try:
            self._answer(self._app, exchange, environ)
        except Exception as error:  # noqa: BLE001 - nobody else would hear of it, and the caller would wait
            log.error("internal_error", kind=type(error).__name__)
            response = respond(INTERNAL_ERROR)
            headers = [*response.headers.items(), *SECURITY_HEADERS]
            exchange.response_bytes(500, headers, response.get_data())


def _write(_data: bytes) -> None:
    raise NotImplementedError("write() of PEP 3333 is for old applications, and the kit has none")
