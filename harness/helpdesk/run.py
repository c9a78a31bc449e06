"""The helpdesk as a process: its database, its mailbox, its server, and a clean end."""

from __future__ import annotations

import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from harness.helpdesk.app import HelpdeskSettings, create_app
from harness.helpdesk.changes import SETTINGS, Changes
from harness.helpdesk.database import MEMORY, opened_database, shown_place
from harness.helpdesk.desk import Desk
from harness.helpdesk.fetching import Webhook
from harness.helpdesk.mail_port import mail_port
from harness.helpdesk.mailbox import Mail, read_mailbox
from harness.sandbox import Sandbox
from harness.store import make_sessions, save_settings

_MANY_MAILS = 500
"""So many take seconds, during which the page does not answer."""


@dataclass(frozen=True, slots=True)
class Start:
    """Everything that ``custom-profile helpdesk`` was told; what is None leaves what the database holds.

    ``template`` is its text, ``database`` a file, a database's address or ``:memory:``.
    """

    webhook_url: str | None
    api_token: str = field(repr=False)
    headline: str | None
    template: str | None
    mailbox: Path | None
    database: str
    deadline: float | None
    host: str
    port: int
    smtp_port: int | None = None
    authorities: ssl.SSLContext | None = None


class QuietHandler(WSGIRequestHandler):
    """Serves without a log, and without naming the software: addresses of pages are nobody's business."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name is Werkzeug's
        """Log nothing."""

    def version_string(self) -> str:
        """Name no version."""
        return "helpdesk"


def run_helpdesk(start: Start) -> None:
    """Serve the page until SIGINT or SIGTERM; raises click's errors for what cannot work."""
    with ExitStack() as stack:
        stop = stack.enter_context(_signals_to_stop())
        listener = stack.enter_context(_listen(start.host, start.port))
        port = listener.getsockname()[1]
        sessions = make_sessions(stack.enter_context(opened_database(start.database)))
        with sessions.begin() as session:
            settings_now = save_settings(
                session, headline=start.headline, template=start.template, webhook_url=start.webhook_url
            )
            is_changed = session.is_modified(settings_now)
        if is_changed:
            Changes(sessions).note(SETTINGS)  # pages of another helpdesk on this database follow
        settings = HelpdeskSettings(
            sessions,
            Webhook(start.api_token, start.deadline, start.authorities),
            _own_hosts(start.host, port),
            stack.enter_context(Sandbox()),
            is_kept=start.database != MEMORY,
        )
        app = create_app(settings)
        desk: Desk = app.extensions["helpdesk"]
        stack.callback(desk.close)
        mail_address = ""
        if start.smtp_port is not None:
            mail_listener = stack.enter_context(_listen(start.host, start.smtp_port, "--smtp-port"))
            stack.enter_context(mail_port(mail_listener, desk))
            mail_address = _shown("smtp", mail_listener)
        if start.mailbox:
            _receive_mailbox(desk, start.mailbox)
        place = "nothing is kept" if start.database == MEMORY else f"kept in {shown_place(start.database)}"
        _serve(app, listener, stop, mail_address, place)


@contextmanager
def _signals_to_stop() -> Iterator[socket.socket]:
    """Give what can be read from once SIGINT or SIGTERM has come.

    Not an event that a handler sets: Python runs handlers in the main thread alone, which may be about to
    wait for the event, or be left waiting where the system gave the signal to another thread.
    """
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: None)
    before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(before)
        reading.close()
        writing.close()


def _listen(host: str, port: int, option: str = "--port or HELPDESK_PORT") -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        message = f"Cannot listen on {host}, port {port}: {error.strerror}."
        option = "--host" if isinstance(error, socket.gaierror) else option
        raise click.UsageError(f"{message} Choose another with {option}.") from None
    return listener


def _own_hosts(host: str, port: int) -> list[str]:
    names = ["127.0.0.1", "localhost", f"[{host}]" if ":" in host else host]
    return [name if port == 80 else f"{name}:{port}" for name in names]


def _receive_mailbox(desk: Desk, path: Path) -> None:
    """Let a mailbox's messages arrive: those that are new are fetched for, as any message is."""
    mails: list[Mail] = []
    for read in read_mailbox(path):
        if isinstance(read, Mail):
            mails.append(read)
        else:
            click.echo(f"{path}: {read}", err=True)
    if len(mails) >= _MANY_MAILS:
        click.echo(f"{path}: taking in {len(mails):,} messages …", err=True)
    desk.receive(mails)
    if not mails:
        click.echo(f"{path} holds no message: is it an mbox file?", err=True)


def _shown(scheme: str, listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


def _serve(app: Flask, listener: socket.socket, stop: socket.socket, mail_address: str, place: str) -> None:
    host, port = listener.getsockname()[:2]
    server = make_server(host, port, app, threaded=True, request_handler=QuietHandler, fd=listener.fileno())
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="helpdesk")
    serving.start()
    try:
        click.echo(f"Helpdesk on {_shown('http', listener)} ({place})")
        if mail_address:
            click.echo(f"Mail to {mail_address}")
        stop.recv(1)
    finally:
        _stop(server, serving)


def _stop(server: BaseWSGIServer, serving: threading.Thread) -> None:
    server.shutdown()
    serving.join()
    server.server_close()
