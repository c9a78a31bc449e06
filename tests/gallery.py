"""A gallery of deliberately wrong webhooks, one or more for each rule, and of right ones."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from harness.checks import TemplateSource
from harness.probes import STRANGER
from harness.shapes import Shape

TOKEN = "right-token-1"
CASEY, SAM = "casey@example.com", "sam@example.com"
CUSTOMERS = {
    CASEY: {"id": 3, "last_charge_amount": "$150.00", "paid": True, "note": None},
    SAM: {"id": 4, "last_charge_amount": "$9.50", "paid": False, "note": "called in May"},
}
TEMPLATE = TemplateSource(
    "profile.liquid", "<p>{% if last_charge_amount %}{{ last_charge_amount }}{% else %}Nobody{% endif %}</p>"
)
JSON_TYPE = "application/json"


@dataclass
class Answer:
    """What a webhook answers; ``body`` is bytes, or anything that becomes JSON."""

    body: Any = field(default_factory=dict)
    status: int = 200
    content_type: str | None = JSON_TYPE
    headers: dict[str, str] = field(default_factory=lambda: {"Cache-Control": "no-store"})
    delay: float = 0

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Webhook:
    """A WSGI app that does everything right, but for the parts that are given otherwise."""

    def __init__(self, **parts: Callable[..., Any]) -> None:
        for name, part in parts.items():
            assert hasattr(self, name), name
            setattr(self, name, part)

    def admits(self, tokens):
        return tokens == [TOKEN]

    def refuse(self, tokens, email):
        return Answer({"error": "unauthorized", "message": "The token is wrong."}, 401)

    def method(self, method):
        return None if method in {"GET", "HEAD"} else Answer({"error": "method"}, 405)

    def without_address(self):
        return Answer({"error": "email"}, 400)

    def find(self, email):
        return CUSTOMERS.get(email.strip().lower())

    def known(self, fields):
        return Answer(fields)

    def unknown(self, email):
        return Answer({})

    def answer(self, method, query):
        email = (query.get("email") or [None])[0]
        refused = self.method(method)
        if refused:
            return refused
        if not self.admits(query.get("api_token", [])):
            return self.refuse(query.get("api_token", []), email)
        if not email:
            return self.without_address()
        fields = self.find(email)
        return self.unknown(email) if fields is None else self.known(dict(fields))

    def __call__(self, environ, start_response):
        query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
        answer = self.answer(environ["REQUEST_METHOD"], query)
        time.sleep(answer.delay)
        headers = {"Content-Length": str(len(answer.raw)), **answer.headers}
        if answer.content_type:
            headers["Content-Type"] = answer.content_type
        start_response(f"{answer.status} Some", list(headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.raw]


def telling(body, **parts):
    """A webhook that answers so for a customer it knows."""
    return Webhook(known=lambda _: Answer(body, **parts))


def with_headers(**headers):
    """A webhook whose good answers have these headers, written with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Webhook(known=lambda fields: Answer(fields, headers=named))


def not_knowing(body, **parts):
    """A webhook that answers so for an address that it does not know."""
    return Webhook(unknown=lambda _: Answer(body, **parts))


def _failing_at(sign):
    return Webhook(unknown=lambda email: Answer({"error": "oops"}, 500) if sign in email else Answer({}))


def _quoting_sql(email):
    return Answer({"error": "You have an error in your SQL syntax near 'brien'"} if "'" in email else {})


def _method(wanted, answer):
    right = Webhook().method
    return Webhook(method=lambda method: answer if method == wanted else right(method))


def _telling_by_status(_tokens, email):
    return Answer({}, 401 if email in CUSTOMERS else 403)


def _telling_customers(_tokens, email):
    return Answer({"error": "unauthorized", "customer": email in CUSTOMERS}, 401)


class Slow(Webhook):
    """Takes its time at one call in so many for a customer it knows."""

    def __init__(self, delay, every=1):
        super().__init__()
        self._calls, self._delay, self._every = itertools.count(1), delay, every

    def known(self, fields):
        return Answer(fields, delay=self._delay if next(self._calls) % self._every == 0 else 0)


class Moody(Webhook):
    """Counts its answers, in the answers."""

    def __init__(self):
        super().__init__()
        self._calls = itertools.count(1)

    def known(self, fields):
        return Answer({**fields, "asked": next(self._calls)})


@dataclass
class Case:
    """A webhook, what it is checked with, and the rule that fires, or None."""

    rule: str | None
    app: Any
    about: str
    detail: str = ""
    url: str = "http://localhost/profile"
    emails: tuple[str, ...] = (CASEY, SAM)
    deadline: float = 5.0
    calls: int = 3
    template: TemplateSource | None = None
    recorded: Shape = field(default_factory=lambda: Shape.of(CUSTOMERS.values()))

    @property
    def id(self):
        return f"{self.rule or 'right'}-{self.about.replace(' ', '-')}"


def _finding(find):
    """A webhook that finds what is given for an address and what would be right."""
    right = Webhook().find
    return Webhook(find=lambda email: find(email, right(email)))


def _of_type(content_type):
    return Webhook(known=lambda fields: Answer(fields, content_type=content_type))


_UNPAID = Shape.of([{"id": 1, "last_charge_amount": "1", "note": ""}])
_TEXT_ID = Shape.of([{**CUSTOMERS[SAM], "id": "x"}])
_WITH_PLAN = Shape.of([{**CUSTOMERS[CASEY], "plan": "Pro"}, CUSTOMERS[SAM]])
_ONE = {"emails": (CASEY,), "recorded": None}


def _body(rule, body, detail, **more):
    raw = str(body)[:24] if not isinstance(body, bytes) else body[:24].decode("latin-1")
    about = more.pop("about", raw)
    return Case(rule, telling(body), about, detail, **{**_ONE, **more})


_DIVIDING = "{% assign n = 0 %}{{ 6 | divided_by: n }}"

WRONG = [
    Case("CP102", telling({}, status=404), "not found", "Status 404", recorded=None),
    Case("CP102", telling({"error": "down"}, status=503), "failing", "“down”", recorded=None),
    Case("CP103", _of_type("text/html"), "as HTML", "text/html"),
    Case("CP103", _of_type(None), "no type", "no Content-Type"),
    Case("CP104", _of_type(f"{JSON_TYPE}; charset=latin-1"), "latin", "latin-1"),
    Case("CP105", telling({}, status=302, headers={"Location": "/in"}), "away", "redirects to /in", **_ONE),
    Case("CP107", Webhook(), "over a network", "unencrypted", url="http://webhook.example/profile"),
    Case("CP109", telling(b"{}", headers={"Content-Encoding": "gzip"}), "no gzip", "not compressed", **_ONE),
    Case("CP109", telling(b'"' + b"x" * 1_000_001 + b'"'), "endless", "larger than", **_ONE),
    Case("CP110", Slow(3), "too slow", "within 0.2 s", deadline=0.2, **_ONE),
    Case("CP111", Slow(1.05), "slow", "1.1 s or more", calls=1, **_ONE),
    Case("CP112", Slow(0.6, every=3), "unsteady", "Half of the calls took"),
    Case("CP113", Webhook(known=lambda f: Answer({**f, "log": "x" * 70_000})), "large", "70,", recorded=None),
    Case("CP114", with_headers(Cache_Control="public, max-age=600"), "cached", "max-age=600"),
    Case("CP114", with_headers(Cache_Control="s-maxage=5"), "cached by proxies", "s-maxage"),
    Case("CP114", with_headers(Expires="Thu, 01 Dec 2033 16:00:00 GMT"), "expiring late", "2033"),
    Case("CP115", with_headers(), "silent about caches", "no Cache-Control"),
    Case("CP116", _method("HEAD", Answer({}, 500)), "failing at HEAD", "status 500"),
    Case("CP117", _method("POST", Answer({}, 500)), "failing at POST", "status 500"),
    Case("CP117", Webhook(method=lambda _: None), "open to POST", "with fields"),
    Case(
        "CP118",
        Webhook(without_address=lambda: Answer(b"Traceback (most recent call last):\n  File", 400)),
        "showing a trace",
        "without an address",
    ),
    _body("CP201", b" \n", "empty", about="blank"),
    _body("CP202", b"{", "line 1, column 2"),
    _body("CP202", b'{"a": NaN}', "NaN"),
    _body("CP202", b'{"a": -Infinity}', "Infinity"),
    _body("CP202", b'{"a": 1e999}', "too large"),
    _body("CP202", b'{"a": "\xe9"}', "not UTF-8"),
    _body("CP202", rb'{"a": "\ud83d"}', "surrogate"),
    _body("CP202", b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
    _body("CP202", b"<html>", "HTML"),
    _body("CP202", b'{"a":' * 10_000, "deeply", about="deep"),
    _body("CP202", b'{"a": ' + b"9" * 5000 + b"}", "5,000 digits", about="digits"),
    _body("CP203", [], "a list"),
    _body("CP203", "sorry", "a text"),
    _body("CP203", '{"id": 3}', "encoded twice", about="JSON in a text"),
    _body("CP203", [{"id": 3}], "a list with an object in it", about="rows"),
    _body("CP203", None, "null"),
    _body("CP203", 3, "a number"),
    _body("CP204", {"stripe": {"customer_token": "cus"}}, "stripe"),
    _body("CP204", {"orders": [{"id": 1}]}, "orders"),
    _body("CP205", {"tags": ["a", "b"]}, "tags"),
    _body("CP206", b'{"a": 1, "a": 2}', "'a' is given twice"),
    _body("CP207", {"id": 2**53 + 1}, "id"),
    _body("CP301", {"plan name": "Pro"}, "plan name"),
    _body("CP301", {"plan\tname": "Pro"}, "plan\tname", about="a tab"),
    _body("CP302", {"2fa": True}, "2fa"),
    _body("CP302", {"": 1}, "(empty key)"),
    _body("CP302", {"blank": 1}, "blank"),
    _body("CP302", {"größe": 1}, "größe"),
    *[
        _body("CP303", {key: "x"}, f"{key}: the helpdesk puts")
        for key in ("name", "status", "email", "first_name", "last_name", "full_name")
    ],
    _body("CP304", {"items": "<b>2</b>"}, "items"),
    _body("CP304", {"items": "AT&amp;T"}, "items"),
    Case("CP401", Webhook(admits=any), "any token", "A wrong token gets status 200"),
    Case("CP402", with_headers(Cache_Control="no-store", X_Query=TOKEN), "echo", "the header x-query"),
    Case(
        "CP402",
        Webhook(refuse=lambda tokens, _: Answer({"error": f"not {tokens}"}, 401)),
        "echo of a wrong one",
        "The answer to a wrong token holds it in the body.",
    ),
    Case("CP403", Webhook(admits=lambda tokens: tokens in ([], [TOKEN])), "optional token", "No token gets"),
    Case("CP403", Webhook(admits=lambda tokens: tokens in ([""], [TOKEN])), "empty token", "An empty token"),
    Case("CP404", Webhook(admits=lambda tokens: tokens[:1] == [TOKEN]), "the first of two", "before it"),
    Case("CP404", Webhook(admits=lambda tokens: tokens[-1:] == [TOKEN]), "the last of two", "behind it"),
    Case("CP405", Webhook(refuse=lambda *_: Answer({}, 200)), "refusing with 200", "status 200"),
    Case("CP405", Webhook(refuse=lambda *_: Answer({"status": "bad token"}, 200)), "in words", "status 200"),
    Case("CP405", Webhook(refuse=lambda *_: Answer({}, 500)), "refusing with 500", "status 500"),
    Case("CP406", Webhook(refuse=_telling_customers), "telling in words", "The text differs"),
    Case("CP406", Webhook(refuse=_telling_by_status), "telling by status", "A customer: status 401"),
    Case("CP501", Webhook(), "open tag", "line 1: 'if' tag", template=TemplateSource("t", "{% if id %}")),
    Case("CP501", Webhook(), "no such tag", "Unknown tag", template=TemplateSource("t", "a\n{% plan %}")),
    Case("CP502", Webhook(), "nothing", SAM, template=TemplateSource("t", "{% if id == 3 %}x{% endif %}")),
    Case(
        "CP502",
        Webhook(),
        "too much",
        "asks for too much",
        template=TemplateSource("t", "{% for i in (1..9999999) %}x{% endfor %}"),
    ),
    Case("CP503", Webhook(), "an error", "line 1", template=TemplateSource("t", _DIVIDING)),
    Case("CP601", not_knowing([]), "empty list", "PHP writes an empty one so"),
    Case("CP601", not_knowing(b""), "empty body", "The body is empty"),
    Case("CP601", not_knowing(b"<h1>Nobody</h1>"), "a page", "HTML page"),
    Case("CP601", not_knowing(b"nobody"), "plain text", "plain text"),
    Case("CP601", not_knowing(b"null"), "null", "null is no object"),
    Case("CP601", not_knowing(b'"not found"'), "a text", "A text is no object"),
    Case("CP601", not_knowing(b"false"), "false", "false is no object"),
    Case("CP602", not_knowing({}, status=404), "404", "status 404"),
    Case("CP603", Webhook(find=lambda _: CUSTOMERS[CASEY]), "one for all", "fields of the first", **_ONE),
    Case("CP604", not_knowing({"custName": "No Customer With This Email"}), "sentence", "the very words"),
    Case("CP604", not_knowing({"id": None, "plan": "Customer not found"}), "beside null", "the very words"),
    Case("CP604", not_knowing({"error_code": "customer_not_found"}), "code", "{% if error_code %}"),
    Case("CP605", _failing_at("helpdesk@"), "failing at a plus", "Status 500"),
    Case("CP606", Webhook(find=lambda email: CUSTOMERS.get(email.strip())), "case", "not found"),
    Case(
        "CP606",
        Webhook(
            find=lambda email: CUSTOMERS.get(email.strip()),
            unknown=lambda _: Answer(dict.fromkeys(CUSTOMERS[CASEY])),
        ),
        "case, null for nobody",
        "not found",
    ),
    Case("CP607", _failing_at("ü"), "failing beyond ASCII", "Status 500"),
    Case("CP608", _failing_at("'"), "failing at a quote", "Status 500"),
    Case("CP608", Webhook(unknown=_quoting_sql), "an error of SQL", "put together of the address"),
    Case(
        "CP609",
        Webhook(find=lambda email: CUSTOMERS.get(email.lower()), unknown=_failing_at(" ").unknown),
        "failing at blanks",
        "Status 500",
    ),
    Case(
        "CP610",
        _finding(lambda email, right: CUSTOMERS[SAM] if "%" in email else right),
        "pattern",
        "somebody's fields",
    ),
    Case("CP611", Webhook(without_address=lambda: Answer(CUSTOMERS[SAM])), "anybody", "somebody's fields"),
    Case("CP611", Webhook(without_address=lambda: Answer({"error": "x"}, 500)), "failing", "status 500"),
    Case("CP612", Webhook(unknown=lambda email: Answer({"asked": email})), "echo", "holds it in the body"),
    Case("CP701", Moody(), "counting", "asked", recorded=None),
    Case(
        "CP702",
        _finding(lambda email, right: {"id": 4} if email == SAM else right),
        "keys",
        "paid: missing for 1 of 2",
        recorded=None,
    ),
    Case(
        "CP703",
        _finding(lambda email, right: {**CUSTOMERS[SAM], "id": "four"} if email == SAM else right),
        "types",
        "id: number for 1, text for 1",
        recorded=None,
    ),
    Case("CP704", Webhook(), "lost key", "plan: was there for 1 of 2 customers", recorded=_WITH_PLAN),
    Case("CP704", Webhook(), "new key", "paid: is new", recorded=_UNPAID),
    Case("CP705", Webhook(), "other type", "id: was text, is number for 2 of 2", recorded=_TEXT_ID),
    Case(
        "CP706",
        Webhook(find=lambda _: {}),
        "without fields",
        "for all 2 addresses that were given",
        template=TemplateSource("t", "<p>-</p>"),
        recorded=None,
    ),
    Case("CP706", Webhook(find=lambda _: {}), "nobody", "for the address that was given", **_ONE),
]  # fmt: skip

RIGHT = [
    Case(None, Webhook(), "with customers", template=TEMPLATE),
    Case(None, Webhook(), "one customer", emails=(CASEY,), recorded=None),
    Case(None, telling({"sum": "R&D; &D; AT&T"}), "an ampersand that is one", recorded=None),
    Case(None, not_knowing({"found": False}), "a flag for nobody"),
    Case(None, not_knowing({"plan": "No subscription", "id": None}), "a text for want of a plan"),
    Case(None, not_knowing({"id": None, "plan": None, "note": "no notes yet"}), "null for nobody"),
    Case(None, with_headers(Cache_Control="private, no-cache"), "kept by nobody"),
    Case(None, with_headers(Expires="0", Pragma="no-cache"), "expired at once"),
    Case(None, telling({"id": 1}, content_type="application/json; charset=UTF-8"), "charset", recorded=None),
    Case(None, telling({"id": 1}, content_type="application/vnd.api+json"), "vendor type", recorded=None),
    Case(None, Webhook(refuse=lambda *_: Answer(b"", 403)), "refusing without a word"),
    Case(None, Webhook(refuse=lambda *_: Answer({"error": "slow down"}, 429)), "limiting"),
    Case(None, Webhook(method=lambda m: None if m == "GET" else Answer({}, 405)), "no HEAD"),
    Case(None, telling({"note": "a < b & c > d, R&D"}), "signs that are no HTML", recorded=None),
    Case(None, Webhook(), "short lists", recorded=Shape.of([CUSTOMERS[CASEY]])),
]
__all__ = ["CASEY", "CUSTOMERS", "RIGHT", "SAM", "STRANGER", "TOKEN", "WRONG", "Answer", "Case", "Webhook"]
