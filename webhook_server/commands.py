"""What ``custom-profile serve`` does: the webhook on a production server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from granian.errors import ConfigurationError

from webhook_server.command_options import UsageProblem, checked_settings
from webhook_server.config import Settings, choose_metrics_folder
from webhook_server.granian_server import WebhookServer
from webhook_server.listening import ListeningError, listen
from webhook_server.reload import RunningSettings
from webhook_server.web.logs import EnduringStream, configure_logging
from webhook_server.web.metrics_files import make_folder


def run_server(config: str | None, host: str, port: int | None) -> None:
    """Serve on a host and port, by default the settings', until SIGTERM or SIGINT; raises UsageProblem."""
    _open_closed_streams()
    settings = checked_settings(config)
    configure_logging()
    port = settings.server.port if port is None else port
    try:
        listeners = listen(_resolve(host), port, settings.server.workers)
    except ListeningError as error:
        raise UsageProblem(str(error)) from None
    port = listeners[0].getsockname()[1]
    greeting = f"Webhook on {url_of(host, port, settings.server.path)}\n"
    EnduringStream(sys.stderr).write(greeting)  # a full disk under the log costs a line, no start
    # A forked worker inherits the main process's handlers, which only note a signal, until it has loaded
    # the app: a server stopped while it starts would go on serving.
    os.register_at_fork(after_in_child=_let_signals_end)
    try:
        with _counting_together(settings) as counted:
            WebhookServer(RunningSettings(counted), listeners).run()
    except ConfigurationError as error:
        raise UsageProblem(str(error)) from None


def url_of(host: str, port: int, path: str) -> str:
    """Write where the server listens; an IPv6 address stands in brackets (RFC 3986)."""
    return f"http://[{host}]:{port}{path}" if ":" in host else f"http://{host}:{port}{path}"


def _open_closed_streams() -> None:
    """Put the null device in the place of closed standard streams, lest a socket takes their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115


@contextmanager
def _counting_together(settings: Settings) -> Iterator[Settings]:
    """Give the workers a folder in which they count together, where there are metrics and none is named."""
    if settings.metrics_digest is None or settings.metrics_folder is not None:
        yield settings
        return
    folder = make_folder()
    try:
        choose_metrics_folder(folder)
        yield replace(settings, metrics_folder=Path(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _let_signals_end() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _resolve(host: str) -> str:
    """Answer the address behind a name such as localhost: the server listens on addresses alone."""
    try:
        return str(socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)[0][4][0])
    except OSError as error:
        raise UsageProblem(f"--host {host} is no address of this machine: {error.strerror}.") from None
