"""``custom-profile serve``: the webhook on a production server."""

from __future__ import annotations

import os
import signal
import socket

import click
from granian import Granian
from granian.constants import Interfaces
from granian.errors import ConfigurationError

from webhook_server.command_options import UsageProblem, checked_settings, config_option

STOPPING_SECONDS = 20
"""How long a worker may take to finish its requests; platforms such as Heroku kill after 30."""

THREADS = 64
"""Requests that one worker answers at once, started as they are needed: far more than wait for a hung
source, of which there are THREADS_PER_SOURCE for long and any number for PATIENCE."""


@click.command()
@config_option
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 for all."
)
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (default: PORT, or 8000).")
def serve(config: str | None, host: str, port: int | None) -> None:
    """Answer the helpdesk's calls, on a production server."""
    settings = checked_settings(config)
    port = settings.server.port if port is None else port
    address = _resolve(host)
    _refuse_busy_port(address, port)
    click.echo(f"Webhook on http://{host}:{port}{settings.server.path}", err=True)
    # A forked worker inherits the main process's handlers, which only note a signal, until it has loaded
    # the app: a server stopped while it starts would go on serving.
    os.register_at_fork(after_in_child=_let_signals_end)
    try:
        Granian(
            "webhook_server.production:create_app",
            factory=True,
            address=address,
            port=port,
            interface=Interfaces.WSGI,
            workers=settings.server.workers,
            blocking_threads=THREADS,
            respawn_failed_workers=True,
            workers_kill_timeout=STOPPING_SECONDS,
            log_level="warning",  # type: ignore[arg-type]
        ).serve()
    except ConfigurationError as error:
        raise UsageProblem(str(error)) from None


def _let_signals_end() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _resolve(host: str) -> str:
    """Answer the address behind a name such as localhost: the server listens on addresses alone."""
    try:
        return str(socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)[0][4][0])
    except OSError as error:
        raise UsageProblem(f"--host {host} is no address of this machine: {error.strerror}.") from None


def _refuse_busy_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            problem = (
                f"{host}:{port} cannot be listened on: {error.strerror}. Set PORT or --port to another one."
            )
            raise UsageProblem(problem) from None
