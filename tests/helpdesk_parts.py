"""The helpdesk's page for tests: a webhook whose answer they set, a desk, a client, a page in Chromium."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from urllib.parse import parse_qs

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from harness.helpdesk.app import HelpdeskSettings, create_app
from harness.helpdesk.fetching import Webhook
from harness.helpdesk.mailbox import read_mail
from harness.store import make_sessions, open_store, save_settings

BASE = "http://127.0.0.1:5050"
TOKEN = "page-token-123"


def raw_mail(
    name="a", *, sender="Casey Morgan <casey@example.com>", subject="Charged twice", text="Hello", **more
):
    """Write a mail; further arguments are headers, with _ for a hyphen."""
    headers = {
        "From": sender,
        "To": "support@example.com",
        "Subject": subject,
        "Date": "Mon, 16 Nov 2026 09:00:00 +0000",
        "Message-ID": f"<{name}@example.com>",
        "Content-Type": "text/plain; charset=utf-8",
    } | {key.replace("_", "-"): value for key, value in more.items()}
    return "\n".join([*(f"{key}: {value}" for key, value in headers.items()), "", text]).encode()


FIRST_MAIL = raw_mail()


class SilentHandler(WSGIRequestHandler):
    """Serves without a log."""

    def log(self, *_):
        """Log nothing."""


@contextmanager
def served(application, listener=None):
    """Serve a WSGI application on a port of its own, or on a listener's; give its address."""
    listener = listener or socket.create_server(("127.0.0.1", 0))
    server = make_server(
        "127.0.0.1", 0, application, threaded=True, request_handler=SilentHandler, fd=listener.fileno()
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        listener.close()


class PageWebhook:
    """A webhook whose answer a test can change.

    It keeps the tokens of its calls, and whatever else is asked of it: what a hostile profile loads.
    """

    def __init__(self):
        self.status, self.body, self.headers, self.delay = "200 OK", b'{"plan": "Pro"}', [], 0.0
        self.tokens, self.beacons, self.accepts = [], [], None
        self.sent = {}
        self.released = threading.Event()
        self.released.set()

    @property
    def calls(self):
        """How often it was asked for a profile."""
        return len(self.tokens)

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] != "/profile":
            self.beacons.append(environ["PATH_INFO"])
            start_response("200 OK", [("Content-Type", "text/html")])
            return [b""]
        token = parse_qs(environ["QUERY_STRING"]).get("api_token", [""])[0]
        self.tokens.append(token)
        self.sent = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        time.sleep(self.delay)
        self.released.wait(10)
        refused = self.accepts is not None and token not in self.accepts
        start_response(
            "401 Unauthorized" if refused else self.status,
            [("Content-Type", "application/json"), *self.headers],
        )
        return [b"{}" if refused else self.body]


@pytest.fixture
def page_webhook():
    """The webhook that the page calls."""
    webhook = PageWebhook()
    with served(webhook) as address:
        webhook.address, webhook.url = address, f"{address}/profile"
        yield webhook


@pytest.fixture
def page_sessions(tmp_path):
    """The sessions of an empty store."""
    engine = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture
def open_page(page_sessions, page_webhook, sandbox):
    """A function that makes the page with its settings, lets mails arrive, and gives a client for it."""
    desks = []

    def make(
        template="<p>Plan: {{ plan }}</p>",
        mails=(FIRST_MAIL,),
        headline="At a glance",
        enabled=True,
        token=TOKEN,
        deadline=2,
        **webhook,
    ):
        with page_sessions.begin() as session:
            save_settings(
                session, headline=headline, template=template, webhook_url=page_webhook.url, enabled=enabled
            )
        webhook = Webhook(token, deadline=deadline, **webhook)
        app = create_app(HelpdeskSettings(page_sessions, webhook, ["127.0.0.1:5050"], sandbox))
        client = app.test_client()
        client.environ_base.update(HTTP_HOST="127.0.0.1:5050", SERVER_PORT="5050")
        client.desk = app.extensions["helpdesk"]
        desks.append(client.desk)
        arrive(client.desk, *mails)
        return client

    yield make
    for desk in desks:
        desk.close()


def arrive(desk, *mails):
    """Let mails arrive, and wait until the profiles are fetched."""
    taken = desk.receive([read_mail(mail) for mail in mails])
    desk.wait()
    return taken


def get(client, path="/conversations/1", **options):
    """Open a page."""
    return client.get(path, base_url=BASE, **options)


def signature(client, path="/conversations/1", action=None):
    """Give the word that a page's form is signed with: that of an action, or of the page's own."""
    page = get(client, path).text
    action = action or (f"{path}/refresh" if path.startswith("/conversations/") else path)
    form = page.partition(f'action="{action}')[2] or page
    return re.search(r'name="signature" value="([^"]+)"', form)[1]


def post(client, path, page=None, **data):
    """Send a form of a page, with its signature."""
    data.setdefault("signature", signature(client, page or path, path))
    return client.post(path, base_url=BASE, data=data)


@pytest.fixture
def serve_page(page_sessions, page_webhook, sandbox):
    """A function that serves the page for a browser, and gives its address and desk."""
    with ExitStack() as stack:

        def make(
            template="<p>Plan: {{ plan }}</p>",
            mails=(FIRST_MAIL,),
            headline="At a glance",
            enabled=True,
            **webhook,
        ):
            with page_sessions.begin() as session:
                save_settings(
                    session,
                    headline=headline,
                    template=template,
                    webhook_url=page_webhook.url,
                    enabled=enabled,
                )
            listener = socket.create_server(("127.0.0.1", 0))
            host = f"127.0.0.1:{listener.getsockname()[1]}"
            app = create_app(HelpdeskSettings(page_sessions, Webhook(TOKEN, **webhook), [host], sandbox))
            desk = app.extensions["helpdesk"]
            address = stack.enter_context(served(app, listener))
            stack.callback(desk.close)
            arrive(desk, *mails)
            return address, desk

        yield make
