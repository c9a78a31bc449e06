"""Every rule of the contract fires exactly where it should, and nowhere on a right webhook."""

import json
import socket
import threading
from contextlib import contextmanager
from urllib.parse import parse_qs

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from harness.answers import read_answer
from harness.checks import TemplateSource, check_webhook
from harness.contract import RESERVED_FIELDS, RULES
from harness.report import report_document

TOKEN = "right-token-1"
GOOD = {"id": 3, "last_charge_amount": "$150.00", "paid": True, "note": None}
TEMPLATE = TemplateSource("profile.liquid", "<p>{{ last_charge_amount }}</p>")
JSON_TYPE = "application/json"


class _Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


@contextmanager
def _webhook(
    body=GOOD, *, status="200 OK", content_type=JSON_TYPE, checks_token=True, headers=(), refusal=None
):
    """A webhook that answers so; ``refusal`` is its (status, body) for a wrong token."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def application(environ, start_response):
        given = parse_qs(environ["QUERY_STRING"]).get("api_token")
        if checks_token and given != [TOKEN]:
            refused_status, refused_body = refusal or ("401 Unauthorized", b'{"error": "unauthorized"}')
            start_response(refused_status, [("Content-Type", JSON_TYPE)])
            return [refused_body]
        kinds = [("Content-Type", content_type)] if content_type else []
        start_response(status, [*kinds, ("Content-Length", str(len(raw))), *headers])
        return [raw]

    with _served(application) as url:
        yield url


@contextmanager
def _served(application):
    # With a socket of its own, the server does not look its host name up, which can take a second.
    listener = socket.create_server(("127.0.0.1", 0))
    server = make_server("127.0.0.1", 0, application, request_handler=_Silent, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/profile"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        listener.close()


@contextmanager
def _echoing_webhook():
    """A webhook that refuses a wrong token and says which one it was."""

    def application(environ, start_response):
        given = parse_qs(environ["QUERY_STRING"])["api_token"][0]
        start_response("200 OK" if given == TOKEN else "401 Unauthorized", [("Content-Type", JSON_TYPE)])
        return [b"{}" if given == TOKEN else json.dumps({"error": f"not {given}"}).encode()]

    with _served(application) as url:
        yield url


def _failed(report):
    return [result.rule.id for result in report.results if result.outcome == "failed"]


@pytest.mark.parametrize("body", [GOOD, {}])
def test_right_webhook_passes_every_rule(body):
    template = TemplateSource("t", "<p>{{ id }}</p>")
    with _webhook(body, content_type="application/json; charset=utf-8") as url:
        report = check_webhook(url, "casey@example.com", TOKEN, template)
    assert [result.outcome for result in report.results] == ["passed"] * len(RULES)
    assert report.exit_code == 0


@pytest.mark.parametrize(
    ("webhook", "rule", "exit_code", "detail"),
    [
        ({"status": "404 Not Found"}, "CP102", 1, "Status 404"),
        ({"status": "401 Unauthorized"}, "CP102", 1, "refused the token"),
        ({"status": "302 Found", "headers": [("Location", "/login")]}, "CP102", 1, "redirects to /login"),
        ({"content_type": "text/html"}, "CP103", 0, "text/html"),
        ({"content_type": "application/json; charset=latin-1"}, "CP103", 0, "latin-1"),
        ({"body": b" \n"}, "CP201", 1, "empty"),
        ({"body": b"{"}, "CP202", 1, "line 1, column 2"),
        ({"body": b'{"a": NaN}'}, "CP202", 1, "NaN"),
        ({"body": b'{"a": -Infinity}'}, "CP202", 1, "Infinity"),
        ({"body": b'{"a": 1e999}'}, "CP202", 1, "too large"),
        ({"body": b'{"a": 1, "a": 2}'}, "CP202", 1, "'a' is given twice"),
        ({"body": b'{"a": "\xe9"}'}, "CP202", 1, "not UTF-8"),
        ({"body": rb'{"a": "\ud83d"}'}, "CP202", 1, "surrogate"),
        ({"body": b'\xef\xbb\xbf{"a": 1}'}, "CP202", 1, "byte order mark"),
        ({"body": b"<html>"}, "CP202", 1, "HTML"),
        ({"body": b'{"a":' * 100_000}, "CP202", 1, "deeply"),
        ({"body": b'{"a": ' + b"9" * 5000 + b"}"}, "CP202", 1, "number"),
        ({"body": []}, "CP203", 1, "a list"),
        ({"body": "sorry"}, "CP203", 1, "a text"),
        ({"body": {"stripe": {"customer_token": "cus"}}}, "CP204", 1, "stripe"),
        ({"body": {"orders": [{"id": 1}]}}, "CP204", 1, "orders"),
        ({"body": {"tags": ["a", "b"]}}, "CP205", 0, "tags"),
        ({"body": {"plan name": "Pro"}}, "CP301", 1, "plan name"),
        ({"body": {"plan\tname": "Pro"}}, "CP301", 1, "plan\tname"),
        ({"body": {"2fa": True}}, "CP302", 0, "2fa"),
        ({"body": {"": 1}}, "CP302", 0, "(empty key)"),
        ({"body": {"blank": 1}}, "CP302", 0, "blank"),
        ({"body": {"größe": 1}}, "CP302", 0, "größe"),
        *[({"body": {key: "x"}}, "CP303", 0, f"{key}: the helpdesk puts") for key in RESERVED_FIELDS],
        ({"checks_token": False}, "CP401", 1, "with fields"),
        ({"refusal": ("200 OK", b'{"id": 3}')}, "CP401", 1, "with fields"),
    ],
)
def test_wrong_webhook_fails_exactly_its_rule(webhook, rule, exit_code, detail):
    with _webhook(**webhook) as url:
        report = check_webhook(url, "casey@example.com", TOKEN)
    assert _failed(report) == [rule]
    found = next(result for result in report.results if result.rule.id == rule)
    assert detail in " ".join(found.details)
    assert report.exit_code == exit_code


@pytest.mark.parametrize(
    ("webhook", "words"),
    [
        ({"body": {"error": "unavailable", "message": "Try\n again"}}, "The webhook says: “Try again”"),
        ({"body": {"error": "unavailable", "message": ""}}, "The webhook says: “unavailable”"),
        ({"body": {"error": f"for {TOKEN}"}}, "The webhook says: “for [api_token]”"),
        ({"body": {"error": "\x1b[31m\u202e"}}, "The webhook says: “\\x1b[31m\\u202e”"),
        ({"body": {"error": "x" * 5000}}, f"The webhook says: “{'x' * 300}…”"),
        ({"body": b"down\n", "content_type": "text/plain"}, "The webhook says: “down”"),
        ({"body": b"down", "content_type": None}, "The webhook says: “down”"),
        ({"body": b"trace " * 99, "content_type": "text/plain"}, None),
        ({"body": b"<p>down", "content_type": None}, None),
        ({"body": b"down", "content_type": "text/html"}, None),
        ({"body": {"plan": "Pro"}}, None),
        ({"body": {"error": {"code": 1}}}, None),
        ({"body": b""}, None),
    ],
)
def test_own_words_of_a_webhook_stand_beside_its_status(webhook, words):
    with _webhook(status="503 Service Unavailable", **webhook) as url:
        report = check_webhook(url, "casey@example.com", TOKEN)
        answer = read_answer(report.call)
    details = report.failed("error")[0].details
    assert details == ("Status 503: it failed.", *([words] if words else []))
    assert answer.error == " ".join(["The webhook answered with status 503: it failed.", *details[1:]])


def test_fix_depends_on_the_status():
    fixes = []
    for status in (
        "302 Found",
        "400 Bad Request",
        "401 Unauthorized",
        "404 Not Found",
        "405 No",
        "429 Slow",
        "500 Oops",
    ):
        with _webhook(status=status) as url:
            report = check_webhook(url, "casey@example.com", TOKEN)
        fixes.append(report.failed("error")[0].fix)
    assert len(set(fixes)) == len(fixes)
    assert [("redirects" in fix) for fix in fixes] == [True] + [False] * 6


@pytest.mark.parametrize(
    ("webhook", "place"),
    [
        ({"body": {"echo": TOKEN}}, "The answer holds it in the body."),
        ({"headers": [("X-Query", f"api_token={TOKEN}")]}, "The answer holds it in the header x-query."),
    ],
)
def test_echoed_token_is_a_warning_that_says_where(webhook, place):
    with _webhook(**webhook) as url:
        report = check_webhook(url, "casey@example.com", TOKEN)
    assert (_failed(report), report.exit_code) == (["CP402"], 0)
    assert report.failed("warning")[0].details == (place,)


def test_echo_of_a_wrong_token_is_found_too():
    with _echoing_webhook() as url:
        report = check_webhook(url, "casey@example.com", TOKEN)
    assert _failed(report) == ["CP402"]
    assert report.failed("warning")[0].details == ("The answer to a wrong token holds it in the body.",)


def test_number_of_too_many_digits_is_told_in_our_words():
    with _webhook(b'{"a": -' + b"9" * 5000 + b"}") as url:
        report = check_webhook(url, "casey@example.com", TOKEN)
    [detail] = report.failed("error")[0].details
    assert detail == (
        "It holds a number of 5,000 digits (-9999999999999999999…), more than programs read:"
        " write it as text, in quotes."
    )


@pytest.mark.parametrize("refusal", [("200 OK", b"{}"), ("200 OK", b""), ("403 Forbidden", b'{"id": 3}')])
def test_wrong_token_without_fields_is_refused_well_enough(refusal):
    with _webhook(refusal=refusal) as url:
        assert _failed(check_webhook(url, "casey@example.com", TOKEN)) == []


def test_same_unreadable_answer_to_a_wrong_token_fails_the_token_rule_too():
    with _webhook(b"<html>", checks_token=False) as url:
        assert _failed(check_webhook(url, "casey@example.com", TOKEN)) == ["CP202", "CP401"]


@pytest.mark.parametrize(
    ("source", "rule", "detail"),
    [
        ("{% if a %}\n\nx", "CP501", "bad.liquid, line 3: 'if' tag was never closed"),
        ("a\n{% plan %}", "CP501", "bad.liquid, line 2: Unknown tag 'plan'"),
        ("{% if id == 4 %}x{% endif %} \n", "CP502", "renders nothing"),
        ("{% for i in (1..9999999) %}x{% endfor %}", "CP502", "asks for too much"),
    ],
)
def test_wrong_template_fails_exactly_its_rule(source, rule, detail):
    with _webhook() as url:
        report = check_webhook(url, "casey@example.com", TOKEN, TemplateSource("bad.liquid", source))
    assert _failed(report) == [rule]
    assert detail in " ".join(text for result in report.results for text in result.details)


def test_errors_in_the_page_are_a_warning_with_their_lines():
    text = (
        "{{ id | plus }}\n{% for i in (1..3) %}{{ id | plus }}{% endfor %}\n{% assign x = id | modulo: 0 %}"
    )
    with _webhook() as url:
        report = check_webhook(url, "casey@example.com", TOKEN, TemplateSource("bad.liquid", text))
    [result] = [each for each in report.results if each.rule.id == "CP503"]
    assert (result.outcome, report.exit_code) == ("failed", 0)
    assert result.details == (
        "bad.liquid, line 1: wrong number of arguments (given 1, expected 2)",
        "bad.liquid, line 2: wrong number of arguments (given 1, expected 2)",
        "bad.liquid, line 3: divided by 0",
    )


def test_unreachable_webhook_still_has_its_template_checked(free_port):
    report = check_webhook(f"http://127.0.0.1:{free_port}/", "a@b.c", TOKEN, TemplateSource("t", "{% x %}"))
    assert _failed(report) == ["CP101", "CP501"]
    assert report.exit_code == 3


def test_overridden_fields_are_reported_and_the_helpdesk_wins():
    template = TemplateSource("t", "{{ name }}/{{ email }}/{{ plan }}")
    with _webhook({"name": "Casey", "email": "old@example.com", "plan": "Pro"}) as url:
        report = check_webhook(url, "casey@example.com", TOKEN, template, headline="Customer")
    assert report.rendered == "Customer/casey@example.com/Pro"
    assert report_document(report)["overridden"] == ["name", "email"]


def test_every_rule_is_judged_once_and_in_order():
    with _webhook() as url:
        report = check_webhook(url, "casey@example.com", TOKEN, TEMPLATE)
    assert [result.rule for result in report.results] == list(RULES)
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_token_is_in_no_part_of_the_report():
    with _webhook({"echo": TOKEN}) as url:
        report = check_webhook(url, "casey@example.com", TOKEN, TemplateSource("t", "{{ echo }}"))
    assert report.rendered == "[api_token]"
    assert TOKEN not in f"{report!r} {json.dumps(report_document(report))}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_curl_line_takes_brackets_literally(rule):
    assert " -g -G 'http://127.0.0.1/p?filter[tenant]=7' " in rule.curl(
        "http://127.0.0.1/p?filter[tenant]=7", "a@b.c"
    )
    assert " -g " not in rule.curl("http://127.0.0.1/p", "a@b.c")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_curl_line_of_a_rule_is_quoted_for_the_shell(rule):
    line = rule.curl("http://127.0.0.1/p?a=1&b=2", "o'brien@example.com")
    assert line.startswith("curl -sS ")
    assert "'http://127.0.0.1/p?a=1&b=2'" in line
    assert "'email=o'\"'\"'brien@example.com'" in line
    assert ('"api_token=$GROOVE_API_TOKEN"' in line) != (rule.id == "CP401")
