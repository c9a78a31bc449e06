"""The helpdesk's page through Flask's test client: states of the sidebar, and who may ask for what."""

import json
import re
import socket
import threading
import time

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from harness.helpdesk.app import HelpdeskSettings, create_app, initials, quotes
from harness.helpdesk.fetching import Webhook
from harness.helpdesk.intake import take_in
from harness.helpdesk.mailbox import read_mail
from harness.store import make_sessions, open_store, save_settings

BASE = "http://127.0.0.1:5050"
TOKEN = "page-token-123"
RAW_MAIL = b"""From: Casey Morgan <casey@example.com>
To: support@example.com
Subject: Charged twice <b>?
Date: Mon, 16 Nov 2026 09:00:00 +0000
Message-ID: <a@example.com>

Hello <i>there</i>
"""


class _Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


class PageWebhook:
    """A webhook whose answer a test can change; it counts its calls."""

    def __init__(self):
        self.status, self.body, self.calls = "200 OK", b'{"plan": "Pro"}', 0

    def __call__(self, environ, start_response):
        self.calls += 1
        start_response(self.status, [("Content-Type", "application/json")])
        return [self.body]


@pytest.fixture
def page_webhook():
    webhook = PageWebhook()
    listener = socket.create_server(("127.0.0.1", 0))
    server = make_server("127.0.0.1", 0, webhook, request_handler=_Silent, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    webhook.url = f"http://127.0.0.1:{listener.getsockname()[1]}/profile"
    yield webhook
    server.shutdown()
    thread.join()
    server.server_close()
    listener.close()


@pytest.fixture
def open_page(tmp_path, page_webhook, sandbox):
    """A function that makes the page with a template and mails, and gives a client for it."""
    engine = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    sessions = make_sessions(engine)

    def make(template="<p>Plan: {{ plan }}</p>", mails=(RAW_MAIL,), headline="At a glance"):
        with sessions.begin() as session:
            save_settings(session, headline=headline, template=template, webhook_url=page_webhook.url)
            take_in(session, [read_mail(mail) for mail in mails])
        app = create_app(HelpdeskSettings(sessions, Webhook(TOKEN, deadline=2), ["127.0.0.1:5050"], sandbox))
        client = app.test_client()
        client.environ_base.update(HTTP_HOST="127.0.0.1:5050", SERVER_PORT="5050")
        return client

    yield make
    engine.dispose()


def _get(client, path="/conversations/1", **options):
    return client.get(path, base_url=BASE, **options)


def _signature(client, path="/conversations/1"):
    return re.search(r'name="signature" value="([^"]+)"', _get(client, path).text)[1]


def _refresh(client, signature=None, **headers):
    signature = _signature(client) if signature is None else signature
    return client.post(
        "/conversations/1/refresh", base_url=BASE, data={"signature": signature}, headers=headers
    )


def test_inbox_opens_the_newest_conversation(open_page):
    older = RAW_MAIL.replace(b"<a@", b"<b@").replace(b"16 Nov", b"15 Nov").replace(b"twice", b"once")
    client = open_page(mails=[RAW_MAIL, older])
    location = _get(client, "/").headers["Location"]
    assert "Charged twice &lt;b&gt;?</h1>" in _get(client, location).text


def test_conversation_shows_messages_and_profile_escaped(open_page):
    client = open_page(headline="<b>Glance")
    page = _get(client).text
    assert "Hello &lt;i&gt;there&lt;/i&gt;" in page
    assert "&lt;b&gt;Glance</h2>" in page
    assert "<title>Conversation 1 · Helpdesk</title>" in page
    assert TOKEN not in page
    assert "<p>Plan: Pro</p>" in _get(client, "/conversations/1/profile").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


def test_profile_is_fetched_once_and_again_on_refresh_only(open_page, page_webhook):
    client = open_page()
    for _ in range(3):
        _get(client)
        _get(client, "/conversations/1/profile")
    assert page_webhook.calls == 1
    page_webhook.body = b'{"plan": "Free"}'
    answer = _refresh(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/conversations/1#refresh")
    assert page_webhook.calls == 2
    assert "Plan: Free" in _get(client, "/conversations/1/profile").text


def test_conversation_without_incoming_message_fetches_nothing(open_page, page_webhook):
    agent_mail = RAW_MAIL.replace(b"\nDate", b"\nX-Helpdesk-Agent: yes\nDate", 1)
    page = _get(open_page(mails=[agent_mail])).text
    assert "No profile yet" in page
    assert page_webhook.calls == 0


def test_failed_refresh_keeps_the_last_good_profile_with_a_note(open_page, page_webhook):
    client = open_page()
    _get(client)
    page_webhook.status, page_webhook.body = "503 Service Unavailable", b"{}"
    _refresh(client)
    page = _get(client).text
    assert "The last fetch failed" in page
    assert "status 503" in page
    assert "Plan: Pro" in _get(client, "/conversations/1/profile").text


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        ("401 Unauthorized", b"{}", "refused the token"),
        ("500 Oops", b"", "status 500"),
        ("200 OK", b"<html>", "no valid JSON"),
        ("200 OK", b"[]", "no object"),
    ],
)
def test_first_fetch_that_fails_says_what_to_do(open_page, page_webhook, status, body, said):
    page_webhook.status, page_webhook.body = status, body
    client = open_page()
    page = _get(client).text
    assert "No profile to show" in page
    assert said in page
    assert "<iframe" not in page
    assert _get(client, "/conversations/1/profile").status_code == 404


def test_template_that_does_not_parse_is_shown_with_its_line(open_page):
    page = _get(open_page(template="a\n{% plan %}")).text
    assert "line 2: Unknown tag &#39;plan&#39;" in page
    assert "No profile to show" in page


def test_without_a_template_every_field_is_listed(open_page, page_webhook):
    page_webhook.body = json.dumps({"plan_name": "<b>Pro", "name": "x", "a b": 1}).encode()
    client = open_page(template="")
    page = _get(client).text
    assert "No template yet" in page
    assert "<code>name</code>" in page
    frame = _get(client, "/conversations/1/profile").text
    assert "<dl><dt>plan name</dt><dd>&lt;b&gt;Pro</dd><dt>name</dt><dd>At a glance</dd></dl>" in frame


def test_unknown_customer_gets_a_quiet_hint(open_page, page_webhook):
    page_webhook.body = b"{}"
    assert "has no fields for this address" in _get(open_page()).text


def test_empty_inbox_says_how_to_fill_it(open_page):
    page = _get(open_page(mails=[]), "/").text
    assert "--mailbox" in page
    assert "<title>Inbox · Helpdesk</title>" in page


@pytest.mark.parametrize(
    "path", ["/conversations/99", f"/conversations/{2**70}", "/nowhere", "/conversations/x"]
)
def test_unknown_page_is_a_page_with_a_way_back(open_page, path):
    answer = _get(open_page(), path)
    assert answer.status_code == 404
    assert "Go to the inbox" in re.sub(r"<a .*?</a>", "", answer.text), "the text itself says what next"
    assert "<title>Not Found · Helpdesk</title>" in answer.text


def test_address_of_a_form_opened_as_a_page_says_what_next(open_page):
    answer = _get(open_page(), "/conversations/1/refresh")
    assert (answer.status_code, "press Refresh there" in answer.text) == (405, True)


def test_title_of_no_page_holds_what_customers_wrote(open_page):
    client = open_page()
    titles = [
        re.search("<title>(.*)</title>", _get(client, path).text)[1]
        for path in ("/conversations/1", "/conversations/1/profile", "/nowhere")
    ]
    assert titles == ["Conversation 1 · Helpdesk", "Profile", "Not Found · Helpdesk"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1:5051", "127.0.0.1", "localhost.evil.example:5050", ""]
)
def test_foreign_host_is_refused(open_page, host):
    assert _get(open_page(), headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:5050"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_form_of_another_page_is_refused(open_page, page_webhook, headers):
    client = open_page()
    signature = _signature(client)
    calls = page_webhook.calls
    assert _refresh(client, signature, **headers).status_code == 403
    assert page_webhook.calls == calls
    own = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
    assert _refresh(client, signature, **own).status_code == 303


def test_form_without_this_process_signature_is_refused(open_page):
    client, other = open_page(), open_page()
    assert _refresh(client, "").status_code == 403
    assert _refresh(client, "forged").status_code == 403
    answer = _refresh(client, _signature(other))
    assert answer.status_code == 403
    assert "before the helpdesk was restarted" in answer.text


def test_every_answer_has_the_security_headers(open_page):
    client = open_page()
    for path in ("/", "/conversations/1", "/healthz", "/nowhere", "/static/helpdesk.css"):
        with _get(client, path) as answer:
            headers = answer.headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'"), path
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == ("no-cache" if "static" in path else "no-store")
    frame = _get(client, "/conversations/1/profile").headers
    assert frame["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    )
    assert frame["Content-Security-Policy"].endswith("sandbox allow-popups allow-popups-to-escape-sandbox")
    assert frame["Referrer-Policy"] == "no-referrer"


def test_initials_and_quotes_read_well():
    assert [initials(name) for name in ("Casey van Morgan", "jo@example.org", "?", "")] == [
        "CM",
        "JO",
        "?",
        "?",
    ]
    assert quotes("a\n\n> b\n> c\nd") == [(False, "a"), (True, "b\nc"), (False, "d")]


@pytest.mark.timing
def test_page_goes_on_answering_while_a_template_is_slow(open_page):
    numbers = "{% assign numbers = (1..900) | reverse %}"
    client = open_page(
        numbers + "{% for i in (1..90000) %}{{ numbers | sort_natural | join | size }}{% endfor %}"
    )
    _refresh(client)
    shown = []
    slow = threading.Thread(
        target=lambda: shown.append(_get(client.application.test_client(), "/conversations/1"))
    )
    other = client.application.test_client()
    slow.start()
    taken = []
    while slow.is_alive():
        start = time.monotonic()
        assert _get(other, "/healthz").status_code == 200
        taken.append(time.monotonic() - start)
        time.sleep(0.01)
    assert len(taken) > 50
    assert sorted(taken)[len(taken) * 99 // 100] < 0.1
    assert "longer than 2 seconds" in shown[0].text
