"""The helpdesk's page through Flask's test client: states of the sidebar, and who may ask for what."""

import gc
import json
import re
import socket
import struct
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from helpdesk_parts import BASE, TOKEN, get, post, raw_mail, signature

from harness.helpdesk.app import initials, quotes
from harness.helpdesk.fetching import ON_REFRESH

RAW_MAIL = raw_mail(subject="Charged twice <b>?", text="Hello <i>there</i>")


def _refresh(client, word=None, **headers):
    word = signature(client, "/conversations/1") if word is None else word
    return client.post("/conversations/1/refresh", base_url=BASE, data={"signature": word}, headers=headers)


def test_inbox_opens_the_newest_conversation(open_page):
    older = RAW_MAIL.replace(b"<a@", b"<b@").replace(b"16 Nov", b"15 Nov").replace(b"twice", b"once")
    client = open_page(mails=[RAW_MAIL, older])
    location = get(client, "/").headers["Location"]
    assert "Charged twice &lt;b&gt;?</h1>" in get(client, location).text


def test_conversation_shows_messages_and_profile_escaped(open_page):
    client = open_page(headline="<b>Glance", mails=[RAW_MAIL])
    page = get(client).text
    assert "Hello &lt;i&gt;there&lt;/i&gt;" in page
    assert "&lt;b&gt;Glance</h2>" in page
    assert "<title>Conversation 1 · Helpdesk</title>" in page
    assert TOKEN not in page
    assert "<p>Plan: Pro</p>" in get(client, "/conversations/1/profile").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


def test_profile_is_fetched_on_the_message_and_on_refresh_only(open_page, page_webhook):
    client = open_page()
    for _ in range(3):
        get(client)
        get(client, "/conversations/1/profile")
    assert page_webhook.calls == 1
    page_webhook.body = b'{"plan": "Free"}'
    get(client)
    assert "Plan: Pro" in get(client, "/conversations/1/profile").text
    answer = _refresh(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/conversations/1#refresh")
    assert page_webhook.calls == 2
    assert "Plan: Free" in get(client, "/conversations/1/profile").text


@pytest.fixture
def joined(monkeypatch):
    """What is released whenever somebody waits for a fetch that another asked for."""
    waits = threading.Semaphore(0)

    class ToldFuture(Future):
        def result(self, timeout=None):
            waits.release()
            return super().result(timeout)

    monkeypatch.setattr("harness.helpdesk.desk.Future", ToldFuture)
    return waits


@pytest.fixture
def refreshing(open_page, page_webhook):
    """A client whose customer is being refreshed; the webhook answers when it is released."""
    client = open_page()
    page_webhook.released.clear()
    with ThreadPoolExecutor(5) as pool:
        client.press = lambda: pool.submit(client.desk.fetch, 1, ON_REFRESH)
        first, end = client.press(), time.monotonic() + 60
        while page_webhook.calls < 2 and time.monotonic() < end:
            time.sleep(0.01)
        yield client
        page_webhook.released.set()
        first.result(30)


def test_presses_of_refresh_during_a_fetch_are_one_call(joined, refreshing, page_webhook):
    pressed = [refreshing.press() for _ in range(3)]
    assert all(joined.acquire(timeout=30) for _ in pressed)
    page_webhook.released.set()
    for one in pressed:
        one.result(30)
    assert page_webhook.calls == 2, "the message's and one of Refresh"
    refreshing.press().result(30)
    assert page_webhook.calls == 3, "a fetch that is over is joined by nobody"


def test_refresh_with_other_settings_waits_for_no_older_fetch(refreshing, page_webhook):
    post(refreshing, "/conversations/1/fault", "/conversations/1", fault="status-500")
    refreshing.press().result(30)
    assert "fault on demand" in get(refreshing, "/fetches/2").text
    assert page_webhook.calls == 2


def test_conversation_without_incoming_message_fetches_nothing(open_page, page_webhook):
    agent_mail = RAW_MAIL.replace(b"\nDate", b"\nX-Helpdesk-Agent: yes\nDate", 1)
    page = get(open_page(mails=[agent_mail])).text
    assert "No profile yet" in page
    assert page_webhook.calls == 0


def test_failed_refresh_keeps_the_last_good_profile_with_a_note(open_page, page_webhook):
    client = open_page()
    get(client)
    page_webhook.status, page_webhook.body = "503 Service Unavailable", b"{}"
    _refresh(client)
    page = get(client).text
    assert "The last fetch failed" in page
    assert "status 503" in page
    assert "Plan: Pro" in get(client, "/conversations/1/profile").text


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
    page = get(client).text
    assert "No profile to show" in page
    assert said in page
    assert "<iframe" not in page
    assert get(client, "/conversations/1/profile").status_code == 404


def test_template_that_does_not_parse_is_shown_with_its_line(open_page):
    page = get(open_page(template="a\n{% plan %}")).text
    assert "line 2: Unknown tag &#39;plan&#39;" in page
    assert "No profile to show" in page


def test_without_a_template_every_field_is_listed(open_page, page_webhook):
    page_webhook.body = json.dumps({"plan_name": "<b>Pro", "name": "x", "a b": 1}).encode()
    client = open_page(template="")
    page = get(client).text
    assert "No template yet" in page
    assert "<code>name</code>" in page
    frame = get(client, "/conversations/1/profile").text
    assert "<dl><dt>plan name</dt><dd>&lt;b&gt;Pro</dd><dt>name</dt><dd>At a glance</dd></dl>" in frame


def test_unknown_customer_gets_a_quiet_hint(open_page, page_webhook):
    page_webhook.body = b"{}"
    assert "has no fields for this address" in get(open_page()).text


def test_empty_inbox_says_how_to_fill_it(open_page):
    page = get(open_page(mails=[]), "/").text
    assert "--mailbox" in page
    assert "<title>Inbox · Helpdesk</title>" in page


@pytest.mark.parametrize(
    "path", ["/conversations/99", f"/conversations/{2**70}", "/nowhere", "/conversations/x"]
)
def test_unknown_page_is_a_page_with_a_way_back(open_page, path):
    answer = get(open_page(), path)
    assert answer.status_code == 404
    assert "Go to the inbox" in re.sub(r"<a .*?</a>", "", answer.text), "the text itself says what next"
    assert "<title>Not Found · Helpdesk</title>" in answer.text


def test_address_of_a_form_opened_as_a_page_says_what_next(open_page):
    answer = get(open_page(), "/conversations/1/refresh")
    assert (answer.status_code, "press Refresh there" in answer.text) == (405, True)


def test_title_of_no_page_holds_what_customers_wrote(open_page):
    client = open_page(mails=[RAW_MAIL])
    titles = [
        re.search("<title>(.*)</title>", get(client, path).text)[1]
        for path in ("/conversations/1", "/conversations/1/profile", "/nowhere")
    ]
    assert titles == ["Conversation 1 · Helpdesk", "Profile", "Not Found · Helpdesk"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1:5051", "127.0.0.1", "localhost.evil.example:5050", ""]
)
def test_foreign_host_is_refused(open_page, host):
    assert get(open_page(), headers={"Host": host}).status_code == 400


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
    word = signature(client, "/conversations/1")
    calls = page_webhook.calls
    assert _refresh(client, word, **headers).status_code == 403
    assert page_webhook.calls == calls
    own = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
    assert _refresh(client, word, **own).status_code == 303


def test_form_without_this_process_signature_is_refused(open_page):
    client, other = open_page(), open_page(mails=[])
    assert _refresh(client, "").status_code == 403
    assert _refresh(client, "forged").status_code == 403
    answer = _refresh(client, signature(other, "/conversations/1"))
    assert answer.status_code == 403
    assert "before the helpdesk was restarted" in answer.text


def test_every_answer_has_the_security_headers(open_page):
    client = open_page()
    for path in ("/", "/conversations/1", "/healthz", "/nowhere", "/static/helpdesk.css"):
        with get(client, path) as answer:
            headers = answer.headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'"), path
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == ("no-cache" if "static" in path else "no-store")
    frame = get(client, "/conversations/1/profile").headers
    assert frame["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    )
    assert frame["Content-Security-Policy"].endswith("sandbox allow-popups allow-popups-to-escape-sandbox")
    assert frame["Referrer-Policy"] == "no-referrer"


def test_initials_and_quotes_read_well():
    assert [initials(name) for name in ("Casey van Morgan", "jo.doe@example.org", "n@x.com", "?", "")] == [
        "CM",
        "JD",
        "N",
        "?",
        "?",
    ]
    assert quotes("a\n\n> b\n> c\nd") == [(False, "a"), (True, "b\nc"), (False, "d")]


@pytest.mark.timing
def test_page_goes_on_answering_while_a_template_is_slow(open_page):
    text = "{% assign text = (1..300000) | join %}"
    client = open_page(text + "{% for i in (1..90000) %}{{ text | replace: '1', '2' | size }}{% endfor %}")
    shown = []
    slow = threading.Thread(
        target=lambda: shown.append(get(client.application.test_client(), "/conversations/1"))
    )
    other = client.application.test_client()
    slow.start()
    taken = []
    while slow.is_alive():
        start = time.monotonic()
        assert get(other, "/healthz").status_code == 200
        taken.append(time.monotonic() - start)
        time.sleep(0.01)
    assert len(taken) > 50
    assert sorted(taken)[len(taken) * 99 // 100] < 0.1
    assert "longer than 2 seconds" in shown[0].text


def test_answer_whose_connection_is_reset_is_closed(serve_page, monkeypatch):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    address, _ = serve_page()
    port = int(address.rstrip("/").rpartition(":")[2])
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(f"GET /static/icon.svg HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            connection.recv(10)
    time.sleep(0.2)
    gc.collect()
    assert unraisable == []
