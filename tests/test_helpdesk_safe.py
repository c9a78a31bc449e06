"""The helpdesk's page against other pages: every route that changes something, every answer, the stream."""

import threading

import pytest
from helpdesk_parts import BASE, TOKEN, arrive, get, raw_mail, signature
from sqlalchemy import func, select

from harness.helpdesk.changes import Changes, TooManyListenersError
from harness.store import ApiToken, Change, Fetch, Message, Settings

FOREIGN = {
    "host": {"Host": "evil.example"},
    "host that looks alike": {"Host": "127.0.0.1:5050.evil.example"},
    "origin": {"Origin": "http://evil.example"},
    "origin null": {"Origin": "null"},
    "origin of another port": {"Origin": "http://127.0.0.1:5051"},
    "site": {"Sec-Fetch-Site": "cross-site"},
    "same site": {"Sec-Fetch-Site": "same-site"},
    "typed by hand": {"Sec-Fetch-Site": "none"},
}


def changing_routes(app):
    """List every route that may change something, its variables filled in."""
    found = []
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
            values = dict.fromkeys(rule.arguments, "1")
            with app.test_request_context(base_url=BASE):
                found.append((method, rule.endpoint, app.url_for(rule.endpoint, **values)))
    return found


def state(page_sessions):
    """Give what a change would change."""
    with page_sessions() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table)) for table in (ApiToken, Fetch, Message)
        ]
        settings = session.get_one(Settings, 1)
        return counts, settings.enabled, settings.headline, settings.template, settings.webhook_url


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_every_change_of_another_page_is_refused(open_page, page_sessions, foreign):
    client = open_page()
    before = state(page_sessions)
    routes = changing_routes(client.application)
    assert {endpoint for _, endpoint, _ in routes} >= {
        "helpdesk.refresh", "settings.change", "tokens.make",
    }  # fmt: skip
    sign = client.application.jinja_env.globals["sign"]
    for method, endpoint, path in routes:
        data = {"signature": sign(path), "do": "save", "webhook_url": "http://evil.example/", "enabled": "on"}
        answer = client.open(path, method=method, base_url=BASE, data=data, headers=foreign)
        assert answer.status_code in {400, 403}, endpoint
    assert state(page_sessions) == before


def test_every_change_without_a_signature_or_with_anothers_is_refused(open_page, page_sessions):
    client = open_page()
    before = state(page_sessions)
    other = signature(client, "/settings/api")
    for method, endpoint, path in changing_routes(client.application):
        for word in ("", "forged", other if path != "/settings/api" else signature(client)):
            answer = client.open(path, method=method, base_url=BASE, data={"signature": word})
            assert answer.status_code == 403, endpoint
        for kind in ("text/plain", "application/json"):
            answer = client.open(path, method=method, base_url=BASE, data="{}", content_type=kind)
            assert answer.status_code == 403, endpoint
    assert state(page_sessions) == before


def test_no_page_can_be_read_under_another_host(open_page):
    client = open_page()
    for rule in client.application.url_map.iter_rules():
        if "GET" in rule.methods and not rule.arguments:
            assert get(client, rule.rule, headers={"Host": "evil.example"}).status_code == 400, rule.rule


def test_token_is_on_no_page(open_page):
    client = open_page()
    for path in ("/conversations/1", "/settings/custom-profile", "/settings/api", "/customers/1/history"):
        assert TOKEN not in get(client, path).text, path


def test_stream_tells_changes_since_the_one_that_is_shown(open_page):
    client = open_page()
    changes = client.desk.changes
    shown = changes.newest()
    changes.note("fetch", 7)
    answer = get(client, f"/events?after={shown}")
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    stream = iter(answer.response)
    assert next(stream) == b"retry: 1000\n\n"
    told = next(stream)
    assert b'data: {"kind": "fetch", "customer": 7}' in told
    assert f"id: {shown + 1}\n".encode() in told
    answer.close()
    assert changes._listeners == 0


def test_stream_goes_on_after_a_break_from_the_last_that_was_told(open_page):
    client = open_page()
    changes = client.desk.changes
    for customer in (1, 2, 3):
        changes.note("fetch", customer)
    last = changes.newest()
    answer = get(client, "/events?after=0", headers={"Last-Event-ID": str(last - 1)})
    stream = iter(answer.response)
    next(stream)
    assert b'"customer": 3' in next(stream)
    answer.close()


def test_helpdesks_that_share_a_database_tell_each_other(open_page):
    one, other = open_page(), open_page(mails=[])
    stream = other.desk.changes.listen(other.desk.changes.newest())
    next(stream)
    arrive(one.desk, raw_mail("b", subject="Second"))
    assert '"kind": "message"' in next(stream)
    stream.close()


def test_listeners_are_bounded_and_end_when_the_helpdesk_does(page_sessions):
    changes = Changes(page_sessions, most_listeners=1)
    listener = changes.listen(0)
    next(listener)
    with pytest.raises(TooManyListenersError):
        changes.listen(0)
    ended = threading.Thread(target=lambda: list(listener))
    ended.start()
    changes.close()
    ended.join(timeout=5)
    assert not ended.is_alive()
    with pytest.raises(TooManyListenersError):
        changes.listen(0)


def test_old_changes_are_let_go(page_sessions, monkeypatch):
    monkeypatch.setattr("harness.helpdesk.changes._KEPT", 10)
    changes = Changes(page_sessions)
    for _ in range(35):
        changes.note("fetch", 1)
    with page_sessions() as session:
        assert session.scalar(select(func.count()).select_from(Change)) <= 20
    assert changes.newest() == 35
