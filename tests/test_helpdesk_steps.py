"""One fetch opened step by step, and a customer's history of what came, went or changed."""

import json
import re
import time
from html import unescape

import pytest
from helpdesk_parts import TOKEN, arrive, get, post, raw_mail

from harness.caller import Call
from harness.helpdesk.history import difference
from harness.store import Fetch


def fetch_again(client, webhook, **fields):
    webhook.body = json.dumps(fields).encode()
    assert post(client, "/conversations/1/refresh", "/conversations/1").status_code == 303


def text_of(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_fields_say_what_became_of_each(open_page, page_webhook):
    client = open_page(template="{{ plan }}\n{% if status == 'x' %}{{ gone }}{% endif %}{{ stripe.id }}")
    fetch_again(client, page_webhook, plan="Pro", spare=1, status="vip", stripe={"id": 1})
    page = text_of(get(client, "/fetches/2?step=fields").text)
    for row in (
        'plan "Pro" text used line 1',
        "spare 1 number unused",
        'status "vip" text overridden line 2',
        'stripe {"id": 1} object left out line 2 Nested keys will not work',
        "gone missing line 2 The webhook sent no such field",
    ):
        assert row in page, row


ODD_KEYS = {"first name": "Jo", "ä": "u", "a.b": "dot", "7": "n", "nil": "z", "{{x}}": "x", "": "e"}


def test_fields_that_no_template_can_ask_for_are_told(open_page, page_webhook):
    client = open_page(template="")
    fetch_again(client, page_webhook, plan="Pro", **{"2fa": True}, **ODD_KEYS)
    beside = text_of(get(client).text).replace(" ,", ",")
    told = "since a template cannot ask for it: first name, ä, a.b, 7, nil, {{x}}, (empty key)"
    assert told in beside
    assert "every field that can be shown is listed" in beside
    assert text_of(get(client, "/fetches/2/profile").text).split()[-4:] == ["plan", "Pro", "2fa", "true"]
    page = text_of(get(client, "/fetches/2?step=fields").text)
    for row in (
        '"Pro" text used',
        "2fa true true or false used",
        'first name "Jo" text left out JSON keys must not include any spaces: a template cannot ask for it.',
        'nil "z" text left out Liquid takes this for a word or a number of its own',
        'a.b "dot" text left out Names in Liquid hold letters',
    ):
        assert row in page, row


def test_fields_count_as_used_however_the_template_asks_for_them(open_page, page_webhook):
    client = open_page(
        template="{{-2fa-}}\n{{ ['first name'] }}{{ \"['a.b']\" }}{% for i in (1..seats) %}{% endfor %}"
    )
    fetch_again(client, page_webhook, **{"2fa": True, "seats": 2}, **ODD_KEYS)
    page = text_of(get(client, "/fetches/2?step=fields").text)
    assert "2fa true true or false used line 1" in page
    assert "seats 2 number used line 2" in page
    assert 'first name "Jo" text used line 2' in page
    assert 'a.b "dot" text left out' in page
    assert "cannot ask for it: ä, a.b" in text_of(get(client).text).replace(" ,", ",")


def test_request_is_shown_as_it_was_sent(open_page, page_webhook):
    page_webhook.url += "?key=se cret&é=1"
    http = get(open_page(), "/fetches/1?step=http").text
    assert f"GET {page_webhook.address}/profile?key=se%20cret&amp;%C3%A9=1&amp;email=casey%40" in http


def test_helpdesks_own_fields_that_the_template_uses_are_listed(open_page, page_webhook):
    client = open_page(template="{{ full_name }}\n{{ email }}{{ status }}{{ plan }}")
    page_webhook.body = b'{"plan": "Pro", "email": "other@example.com"}'
    post(client, "/conversations/1/refresh", "/conversations/1")
    page = text_of(get(client, "/fetches/2?step=fields").text)
    assert 'full_name "Casey Morgan" text used line 1 Of the helpdesk itself: the user' in page
    assert page.count("email ") == 1, "one that came is overridden, and told as such"
    assert 'status "" text used line 2' in page
    assert "first_name" not in page


def test_preparing_a_call_is_not_counted_as_the_webhooks_time(open_page, monkeypatch):
    def slowly_prepared(url, *_, **__):
        time.sleep(0.05)
        return Call(url, 0.001, 200, (("content-type", "application/json"),), b'{"plan": "Pro"}')

    monkeypatch.setattr("harness.helpdesk.fetching.call", slowly_prepared)
    client = open_page()
    with client.desk.sessions() as session:
        assert session.get_one(Fetch, 1).elapsed == 0.001


def test_every_step_of_a_fetch_can_be_opened(open_page, page_webhook):
    page_webhook.headers = [("X-Echo", TOKEN)]
    client = open_page()
    http = get(client, "/fetches/1?step=http").text
    assert f"GET {page_webhook.url}?email=casey%40example.com&amp;api_token=[api_token]" in http
    assert "x-echo: [api_token]" in http.lower()
    assert "Waiting for the answer" in http
    assert "&#34;plan&#34;: &#34;Pro&#34;" in get(client, "/fetches/1?step=json").text
    assert "&lt;p&gt;Plan: {{ plan }}&lt;/p&gt;" in get(client, "/fetches/1?step=template").text
    rules = get(client, "/fetches/1?step=rules").text
    assert "CP402" in rules
    assert "passed" in rules
    assert 'src="/fetches/1/profile"' in get(client, "/fetches/1").text
    assert "Plan: Pro" in get(client, "/fetches/1/profile").text
    for step in ("rendered", "template", "fields", "json", "http", "rules"):
        assert TOKEN not in get(client, f"/fetches/1?step={step}").text


def test_rules_of_certificates_pass_over_no_plain_http(open_page):
    page = text_of(get(open_page(), "/fetches/1?step=rules").text)
    passed, _, untold = page.partition("Not told by one fetch")
    for rule in ("CP106", "CP107", "CP108"):
        assert rule not in passed
        assert rule in untold
    assert "It was called over plain HTTP" in untold


def listing(client, step, label):
    page = get(client, f"/fetches/2?step={step}").text
    return unescape(re.search(f'aria-label="{label}"><code>(.*?)</code>', page, re.DOTALL)[1])


@pytest.mark.parametrize(
    ("body", "as_json"),
    [
        (
            b'{"a":1, "a":2,"f":1.10,"u":"\\u00e9 \\"{[,:]}","l":[ ]}',
            '{\n  "a": 1,\n  "a": 2,\n  "f": 1.10,\n  "u": "\\u00e9 \\"{[,:]}",\n  "l": [ ]\n}',
        ),
        (b'{"o":{"x":null}}', '{\n  "o": {\n    "x": null\n  }\n}'),
        (b'{"plan":"\\ud800"}', '{\n  "plan": "\\ud800"\n}'),
        (b'{"\\ud800":1}', '{\n  "\\ud800": 1\n}'),
        (b'{"caf\xe9": 1}', '{"caf\\xe9": 1}'),
        (b"<h1>no JSON", "<h1>no JSON"),
        (b"[" * 5000 + b"]" * 5000, None),
    ],
)
def test_body_is_shown_as_it_came(open_page, page_webhook, body, as_json):
    client = open_page()
    page_webhook.body = body
    post(client, "/conversations/1/refresh", "/conversations/1")
    assert listing(client, "http", "Answer").endswith(body.decode("utf-8", "backslashreplace"))
    shown = listing(client, "json", "JSON")
    assert shown == as_json or as_json is None


def test_request_is_shown_with_the_headers_that_are_sent(open_page, page_webhook):
    client = open_page()
    page_webhook.body = b"{}"
    post(client, "/conversations/1/refresh", "/conversations/1")
    asked = listing(client, "http", "Request")
    host = page_webhook.url.removeprefix("http://").partition("/")[0]
    assert f"\nHost: {host}\nAccept: */*\n" in asked
    told = dict(line.split(": ", 1) for line in asked.strip().split("\n")[1:])
    assert {name.lower(): value for name, value in told.items()} == page_webhook.sent


@pytest.mark.parametrize(
    "path", ["/fetches/9", "/fetches/1?step=x", f"/fetches/{2**70}", "/customers/9/history"]
)
def test_step_that_is_not_there_says_where_to_go(open_page, path):
    answer = get(open_page(), path)
    assert answer.status_code == 404
    assert "Go to the inbox" in answer.text or "Open one of Rendered" in answer.text


def test_failed_fetch_shows_what_came_instead(open_page, page_webhook):
    page_webhook.status, page_webhook.body = "500 Oops", b"<h1>Oops</h1>"
    client = open_page()
    assert "brought no fields" in get(client, "/fetches/1").text
    assert "&lt;h1&gt;Oops" in get(client, "/fetches/1?step=http").text
    assert "CP102" in get(client, "/fetches/1?step=rules").text


def test_history_says_what_came_went_and_changed_type(open_page, page_webhook):
    client = open_page()
    fetch_again(client, page_webhook, plan=7, new="n")
    page_webhook.status = "503 Busy"
    fetch_again(client, page_webhook)
    page_webhook.status = "200 OK"
    fetch_again(client, page_webhook, plan=8)
    page = text_of(get(client, "/customers/1/history").text)
    newest, failed, second, first = re.split(r"(?=\b(?:200|503) \d+ Nov|\b(?:200|503) \d+ \w+ 20)", page)[1:5]
    assert "went new" in newest
    assert "value plan 7 → 8" in newest
    assert "status 503" in failed
    assert "came new" in second
    assert 'type plan text "Pro" → number 7' in second
    assert "The first good fetch: 1 field." in first


def test_difference_counts_null_as_a_type_and_true_as_no_number():
    found = difference({"a": 1, "b": True, "c": [1], "same": "x"}, {"a": None, "b": 1, "c": {}, "same": "x"})
    assert found.retyped == (
        ("a", "number 1", "null"),
        ("b", "true or false true", "number 1"),
        ("c", "list [1]", "object {}"),
    )
    assert not difference({"a": 1}, {"a": 1})


def test_difference_of_long_values_shows_where_they_differ():
    old, new = "a" * 1000 + "old" + "z" * 1000, "a" * 1000 + "new" + "z" * 1000
    found = difference({"long": old, "went": old}, {"long": new, "came": "b" * 5000})
    ((_, before, after),) = found.changed
    assert before.startswith("…aaa")
    assert "old" in before
    assert after.endswith("zzz…")
    assert "new" in after
    assert max(map(len, (before, after, found.came[0][1], found.went[0][1]))) <= 302
    assert found.came[0][1].endswith("b…")
    ((_, before, after),) = difference({"x": "a" * 500}, {"x": "a" * 501}).changed
    assert before.endswith('a"')
    assert before != after


def test_body_that_came_and_could_not_be_read_is_no_empty_one(open_page, page_webhook):
    client = open_page()
    page_webhook.headers = [("Content-Encoding", "gzip")]
    fetch_again(client, page_webhook)
    for step in ("json", "http"):
        assert "What came could not be read" in text_of(get(client, f"/fetches/2?step={step}").text)
    assert "What came could not be read" not in get(client, "/fetches/1?step=json").text


def test_template_that_shows_nothing_is_told(open_page):
    assert "The template shows nothing for this customer" in get(open_page(template="<p>{{ nil }}</p>")).text
    for shown in ("<p>{{ plan }}</p>", "<img src='data:,'>"):
        assert "The template shows nothing" not in get(open_page(template=shown)).text


def test_keys_that_cannot_be_seen_are_written_out(open_page, page_webhook):
    client = open_page()
    fetch_again(client, page_webhook, **{"": 1, "k\u200bz": 2})
    for path in ("/customers/1/history", "/fetches/2?step=fields", "/fetches/2?step=rules"):
        page = text_of(get(client, path).text)
        assert "(empty key)" in page, path
        assert "k\\u200bz" in page, path


def test_history_goes_on_page_by_page_and_compares_across_them(open_page, page_webhook, monkeypatch):
    monkeypatch.setattr("harness.helpdesk.history.PAGE", 2)
    client = open_page()
    for number in range(3):
        fetch_again(client, page_webhook, plan="Pro", number=number)
    assert "value number 1 → 2" in text_of(get(client, "/customers/1/history").text)
    assert "value number 0 → 1" in text_of(get(client, "/customers/1/history").text)
    earlier = text_of(get(client, "/customers/1/history?before=3").text)
    assert "came number 0" in earlier
    assert "The first good fetch" in earlier


def test_old_bodies_are_let_go_and_all_else_is_kept(open_page, page_webhook, monkeypatch):
    monkeypatch.setattr("harness.helpdesk.fetching.KEPT_BODIES", 2)
    client = open_page()
    for number in range(3):
        fetch_again(client, page_webhook, number=number)
    assert "only the newest bodies are kept" in get(client, "/fetches/1?step=json").text
    assert "&#34;number&#34;: 1" in get(client, "/fetches/3?step=json").text
    assert "plan" in get(client, "/fetches/1?step=fields").text


def test_each_customer_has_a_history_of_their_own(open_page):
    client = open_page(mails=[])
    arrive(client.desk, raw_mail("a"), raw_mail("b", sender="jo@example.com"))
    pages = [get(client, f"/customers/{number}/history").text for number in (1, 2)]
    assert ["casey" in page.lower() for page in pages] == [True, False]
