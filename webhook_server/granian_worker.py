"""What runs in a worker process of ``custom-profile serve``: the app, and an ear for the main process."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import TYPE_CHECKING

from webhook_server.config import Settings, forget_secrets
from webhook_server.granian_dispatch import AtOnceApplication, Dispatcher
from webhook_server.production import create_app
from webhook_server.profile.at_once import WouldWaitError
from webhook_server.worker_memory import set_aside_what_stays

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STOPPING_SECONDS = 20
"""How long a worker may take to finish its requests; platforms such as Heroku kill after 30."""

SETTLING_SECONDS = 1.0
"""How long granian may take, once a worker is ready, to look at the socket that it accepts from."""

READY = b"ready"
FAREWELL = b"farewell"
ALIVE = b"alive"


class Farewell:
    """WSGI middleware that, once told, asks every caller to come back on a new connection.

    A connection that is simply closed may be closed while a request is on its way; one that is closed
    with an answer is not, and its caller's next request reaches the worker that takes over.
    """

    def __init__(self, app: AtOnceApplication) -> None:
        self._app = app
        self.said = False

    def answer_at_once(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the app answer at once, or raise WouldWaitError; the last answers take their time."""
        if self.said:
            raise WouldWaitError(for_sources=False)
        return self._app.answer_at_once(environ, start_response)

    def takes_body(self, environ: WSGIEnvironment) -> int:
        """Answer how many bytes of a request's body the app wants."""
        return self._app.takes_body(environ)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, and close the connection with the answer where this worker is about to go."""
        if not self.said:
            return self._app(environ, start_response)

        def closing(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: tuple[type[BaseException], BaseException, TracebackType]
            | tuple[None, None, None]
            | None = None,
        ) -> object:
            return start_response(status, [*headers, ("Connection", "close")], exc_info)

        return self._app(environ, closing)  # type: ignore[arg-type]


def load_app(settings: Settings, listener: int, lifeline: Connection) -> Dispatcher:
    """Make a worker's app and what calls it, say that it can answer, and listen to the main process.

    ``listener`` is the inode of the socket that the worker and its successor accept connections from.
    """
    app = Farewell(create_app(settings))
    # The server copies the environment into that of every request, where a traceback could show it.
    forget_secrets(settings)
    set_aside_what_stays()
    lifeline.send_bytes(READY)
    Thread(target=_obey, args=(lifeline, app, listener), name="lifeline", daemon=True).start()
    return Dispatcher(app, settings.server.threads)


def _obey(lifeline: Connection, app: Farewell, listener: int) -> None:
    """Say farewell when told, and end with the main process: a worker alone would hold the port.

    Once a second the main process hears that this thread gets to run, as all others then do.
    """
    settled = time.monotonic() + SETTLING_SECONDS
    main = multiprocessing.parent_process()
    if main is None:
        return
    # A worker that was started earlier is not told by its sentinel, of which later ones hold copies.
    while os.getppid() == main.pid:
        told = wait([lifeline, main.sentinel], timeout=1)
        if lifeline in told and lifeline.recv_bytes() == FAREWELL:
            app.said = True
            # Told in its first moment, granian would find another kind of socket than it can be asked about.
            time.sleep(max(0.0, settled - time.monotonic()))
            stop_accepting(listener)
        # Where the main process is gone or stands still nobody reads, and to wait for that would be for ever.
        if not told and select.select([], [lifeline], [], 0)[1]:
            lifeline.send_bytes(ALIVE)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOPPING_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def stop_accepting(listener: int) -> None:
    """Leave new connections to the successor, and go on with those that were accepted.

    A server that is told to stop closes what it has accepted and not yet heard of, with a request perhaps
    on its way. So something else, to which nobody connects, is put in the place of the shared socket.
    """
    if sys.platform != "linux":
        return
    with socket.socket(socket.AF_UNIX) as nobody:
        nobody.setblocking(False)
        nobody.bind("")  # Linux finds a name that no file has
        nobody.listen()
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names alone are wanted
            with suppress(OSError):  # the folder's own descriptor is closed by now
                if os.fstat(int(name)).st_ino == listener:
                    os.dup2(nobody.fileno(), int(name))
