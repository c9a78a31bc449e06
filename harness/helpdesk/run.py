"""The helpdesk as a process: its database, its mailbox, its server, and a clean end."""

from __future__ import annotations

import signal
import socket
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from harness.helpdesk.app import HelpdeskSettings, create_app
from harness.helpdesk.fetching import Webhook
from harness.helpdesk.intake import take_in
from harness.helpdesk.mailbox import Mail, read_mailbox
from harness.sandbox import Sandbox
from harness.store import ForeignDatabaseError, make_sessions, open_store, save_settings


@dataclass(frozen=True, slots=True)
class Start:
    """Everything that ``custom-profile helpdesk`` was told; ``template`` is its text."""

    webhook_url: str
    api_token: str = field(repr=False)
    headline: str
    template: str
    mailbox: Path | None
    database: Path | None
    deadline: float
    host: str
    port: int


class QuietHandler(WSGIRequestHandler):
    """Serves without a log, and without naming the software: addresses of pages are nobody's business."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name is Werkzeug's
        """Log nothing."""

    def version_string(self) -> str:
        """Name no version."""
        return "helpdesk"


def run_helpdesk(start: Start) -> None:
    """Serve the page until SIGINT or SIGTERM; raises click's errors for what cannot work."""
    stop = _event_of_signals()
    with ExitStack() as stack:
        listener = stack.enter_context(_listen(start.host, start.port))
        port = listener.getsockname()[1]
        sessions = _open_database(start.database, stack)
        with sessions.begin() as session:
            save_settings(
                session, headline=start.headline, template=start.template, webhook_url=start.webhook_url
            )
            if start.mailbox:
                _load_mailbox(session, start.mailbox)
        settings = HelpdeskSettings(
            sessions,
            Webhook(start.api_token, start.deadline),
            _own_hosts(start.host, port),
            stack.enter_context(Sandbox()),
        )
        _serve(create_app(settings), listener, start.host, port, stop)


def _event_of_signals() -> threading.Event:
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    return stop


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        message = f"Cannot listen on {host}, port {port}: {error.strerror}."
        raise click.UsageError(f"{message} Choose another with --port or HELPDESK_PORT.") from None
    return listener


def _own_hosts(host: str, port: int) -> list[str]:
    names = ["127.0.0.1", "localhost", f"[{host}]" if ":" in host else host]
    return [name if port == 80 else f"{name}:{port}" for name in names]


def _open_database(database: Path | None, stack: ExitStack) -> sessionmaker[Session]:
    if database is None:
        database = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="helpdesk-"))) / "helpdesk.sqlite"
        )
    try:
        database.touch(mode=0o600)  # customers' mail is nobody else's; SQLite would leave it to the umask
        engine = open_store(URL.create("sqlite", database=str(database)).render_as_string())
    except ForeignDatabaseError as error:
        _refuse_database(f"{database} belongs to something else and was left as it is: it holds {error}.")
    except SQLAlchemyError as error:
        _refuse_database(
            f"{database} cannot be used: {getattr(error, 'orig', None) or type(error).__name__}."
        )
    except OSError as error:
        _refuse_database(f"{database} cannot be used: {error.strerror}.")
    stack.callback(engine.dispose)
    return make_sessions(engine)


def _refuse_database(message: str) -> NoReturn:
    advice = "Give a new file, or one that this command made."
    raise click.BadParameter(f"{message} {advice}", param_hint="--database") from None


def _load_mailbox(session: Session, path: Path) -> None:
    mails: list[Mail] = []
    for read in read_mailbox(path):
        if isinstance(read, Mail):
            mails.append(read)
        else:
            click.echo(f"{path}: {read}", err=True)
    take_in(session, mails)
    if not mails:
        click.echo(f"{path} holds no message: is it an mbox file?", err=True)


def _serve(app: Flask, listener: socket.socket, host: str, port: int, stop: threading.Event) -> None:
    server = make_server(host, port, app, threaded=True, request_handler=QuietHandler, fd=listener.fileno())
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="helpdesk")
    serving.start()
    shown = f"[{host}]" if ":" in host else host
    try:
        click.echo(f"Helpdesk on http://{shown}:{port}/")
        stop.wait()
    finally:
        _stop(server, serving)


def _stop(server: BaseWSGIServer, serving: threading.Thread) -> None:
    server.shutdown()
    serving.join()
    server.server_close()
