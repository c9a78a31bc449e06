"""Faults on demand, each met by the helpdesk's own call over a real connection."""

import json
import socket
import threading
import time
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from harness.answers import read_answer
from harness.caller import call
from harness.faults.catalogue import FAULTS
from harness.faults.pending import Faults

FIELDS = {"last_charge_amount": "$150.00", "plan": "Pro"}


class _Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


class OwnWebhook:
    """The webhook behind the faults; it keeps the queries that reached it."""

    def __init__(self):
        self.queries, self.status = [], "200 OK"

    def __call__(self, environ, start_response):
        self.queries.append(environ["QUERY_STRING"])
        start_response(self.status, [("Content-Type", "application/json")])
        return [json.dumps(FIELDS).encode()]


@pytest.fixture
def own_webhook():
    webhook = OwnWebhook()
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
def faults():
    pool = Faults()
    yield pool
    pool.close()


def _meet(faults, name, url, deadline=2.0):
    return call(faults.address(FAULTS[name], url), "casey@example.com", "token-12345", deadline=deadline)


@pytest.mark.parametrize(
    ("name", "status", "content_type", "said"),
    [
        ("status-500", 500, "text/html; charset=utf-8", "status 500"),
        ("html", 200, "text/html; charset=utf-8", "no valid JSON"),
        ("empty", 200, "application/json", "It is empty"),
        ("redirect", 302, "text/html; charset=utf-8", "redirect"),
    ],
)
def test_fault_without_fields_is_met_as_such(faults, own_webhook, name, status, content_type, said):
    met = _meet(faults, name, own_webhook.url)
    answer = read_answer(met)
    assert (met.status, met.header("content-type"), answer.fields) == (status, content_type, None)
    assert said in answer.error.lower() or said in answer.error
    assert own_webhook.queries == []


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("nested", {"profile": FIELDS}),
        ("spaces", {"last charge amount": "$150.00", "customer plan": "Pro"}),
        ("content-type", FIELDS),
    ],
)
def test_fault_changes_the_webhooks_own_answer(faults, own_webhook, name, fields):
    met = _meet(faults, name, own_webhook.url)
    assert read_answer(met).fields == fields
    assert own_webhook.queries == ["email=casey%40example.com&api_token=token-12345"]
    assert (met.header("content-type") == "application/json") == (name != "content-type")


def test_webhook_without_fields_lends_the_pages_own_example(faults, own_webhook):
    own_webhook.status = "503 Service Unavailable"
    assert read_answer(_meet(faults, "spaces", own_webhook.url)).fields["last charge amount"] == "$150.00"


def test_slow_answer_is_the_webhooks_own_and_late(faults, own_webhook, monkeypatch):
    monkeypatch.setattr("harness.faults.server.SLOW_SECONDS", 0.3)
    met = _meet(faults, "slow", own_webhook.url)
    assert read_answer(met).fields == FIELDS
    assert met.elapsed > 0.3
    own_webhook.status = "401 Unauthorized"
    assert _meet(faults, "slow", own_webhook.url).status == 401
    assert _meet(faults, "slow", "http://127.0.0.1:1/").status == 502


def test_hang_ends_with_the_deadline_and_with_the_helpdesk(faults, own_webhook):
    met = _meet(faults, "hang", own_webhook.url, deadline=0.3)
    assert (met.status, met.problem.kind) == (None, "timeout")
    started = time.monotonic()
    threading.Timer(0.3, faults.close).start()
    assert _meet(faults, "hang", own_webhook.url, deadline=20).problem is not None
    assert time.monotonic() - started < 10


def test_fault_is_met_once(faults):
    assert (faults.next, faults.take()) == (None, None)
    faults.choose("hang")
    assert faults.next is FAULTS["hang"]
    assert (faults.take(), faults.take(), faults.next) == (FAULTS["hang"], None, None)
    faults.choose("hang")
    faults.choose("none")
    assert faults.take() is None


def test_only_addresses_that_were_given_out_are_answered(faults, own_webhook):
    address = urlsplit(faults.address(FAULTS["nested"], own_webhook.url))
    for path in ("/", "/nested", f"{address.path}x", f"/{address.path.split('/')[1]}/slow"):
        with pytest.raises(OSError, match="404"):
            urlopen(f"http://{address.netloc}{path}?email=a@b.c&api_token=x")
    assert own_webhook.queries == []


def test_nothing_is_printed_of_a_call(faults, own_webhook, capfd):
    for name in FAULTS:
        _meet(faults, name, own_webhook.url, deadline=0.2)
    assert capfd.readouterr() == ("", "")
