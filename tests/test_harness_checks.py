"""What a check tells beside which rule fires: reasons, fixes, curl lines; the rules are in gallery.py."""

import json
import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
import trustme
from gallery import CASEY, SAM, TEMPLATE, TOKEN, Answer, Webhook, telling
from served import served

from harness.answers import read_answer
from harness.caller import Terms
from harness.checks import Target, TemplateSource, check_target, check_webhook
from harness.checks.linting import USUAL_RULES
from harness.in_process import transport_for
from harness.report import report_document
from harness.rules import RULES

URL = "http://localhost/profile"


def _check(app, *, emails=(CASEY,), token=TOKEN, rules=None, **more):
    target = Target(URL, emails, token, Terms(transport=transport_for(app)), calls=2)
    return check_target(target, rules, **more)


def _failed(report):
    return [result.rule.id for result in report.results if result.outcome == "failed"]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"body": {"error": "unavailable", "message": "Try\n again"}}, "The webhook says: “Try again”."),
        ({"body": {"error": "unavailable", "message": ""}}, "The webhook says: “unavailable”."),
        ({"body": {"error": f"for {TOKEN}"}}, "The webhook says: “for [api_token]”."),
        ({"body": {"error": "\x1b[31m\u202e"}}, "The webhook says: “\\x1b[31m\\u202e”."),
        ({"body": {"error": "x" * 5000}}, f"The webhook says: “{'x' * 300}…”."),
        ({"body": b"down\n", "content_type": "text/plain"}, "The webhook says: “down”."),
        ({"body": b"down", "content_type": None}, "The webhook says: “down”."),
        ({"body": b"trace " * 99, "content_type": "text/plain"}, None),
        ({"body": b"<p>down", "content_type": None}, None),
        ({"body": b"down", "content_type": "text/html"}, None),
        ({"body": {"plan": "Pro"}}, None),
        ({"body": {"error": {"code": 1}}}, None),
        ({"body": b""}, None),
    ],
)
def test_own_words_of_a_webhook_stand_beside_its_status(parts, words):
    report = _check(telling(status=503, **parts))
    answer = read_answer(report.call)
    details = report.failed("error")[0].details
    assert details == ("Status 503: it failed.", *([words] if words else []))
    assert answer.error == " ".join(["The webhook answered with status 503: it failed.", *details[1:]])


def test_fix_depends_on_the_status():
    fixes = [
        _check(telling({}, status=status)).failed("error")[0].fix
        for status in (302, 400, 401, 404, 405, 429, 500)
    ]
    assert len(set(fixes)) == len(fixes)
    assert [("redirects" in fix) for fix in fixes] == [True] + [False] * 6


def test_number_of_too_many_digits_is_told_in_our_words():
    result = _check(telling(b'{"a": -' + b"9" * 5000 + b"}")).failed("error")[0]
    said = "It holds a number of 5,000 digits (-9999999999999999999…), more than programs read."
    assert (result.details, result.fix) == ((said,), "Write the number as text, in quotes.")


@pytest.mark.parametrize(
    ("body", "said", "fix"),
    [
        (
            b'<b>Notice</b>: No index\n{"id": 3}',
            "stands before the JSON: “Notice: No index”.",
            "Print nothing",
        ),
        (b'Warning: slow {"id": 3}', "Something stands before the JSON: “Warning: xxxx”.", "Print nothing"),
        (
            b'show({"id": 3});',
            'It is a call of a function around the JSON: “xxxx({"id": 0}',
            "the object alone",
        ),
        (b"<script>f({})</script><p>Log in", "an error page. It reads “Log in”.", "without a session"),
        (rb'{"a": "\ud83d"}', "half a character", "Cut texts between characters"),
        (b'{"a": 1e999}', "too large: 1e999", "in quotes"),
        (b'{"a":' * 10_000, "nested too deeply", "single level"),
        (b"{'id': 3}", "Single quotes stand where JSON has double ones, line 1, column 2: “{'xx'", "library"),
        (b'{"id": 3,}', "A comma stands before the bracket that closes, line 1, column", "the last comma"),
        (b'{"note": "a\nb"}', "another control character stands in a text, line 1, column 12", "as \\n"),
        (b'{"id": 3}\nDone', "Something follows the JSON, line 2, column 1: “{", "Print nothing after"),
        (b'{"id": 3', "It ends too early, line 1, column 9: “{", "Content-Length"),
        (b'{"name": "Ren\xe9"}', "byte 14 is 0xE9: “{", "UTF-8"),
        (b"\x1b[31mno", "Here a value should stand, line 1, column 1: “\\x1b[00xxx”.", "library"),
    ],
)
def test_body_that_is_no_json_is_shown_with_a_fix_of_its_own(body, said, fix):
    [result] = [each for each in _check(telling(body)).failed("error") if each.rule.id == "CP202"]
    assert said in result.details[0]
    assert fix in result.fix


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"Anna Schmidt, IBAN DE89 3704", "“Xxxx Xxxxxxx, XXXX XX00 0000”"),
        ('{"name": Zoë Müller, 42}'.encode(), '“{"name": Xxx Xxxxxx, 00}”'),
        (b'{"note": "Casey "the cat" Moon"}', '“{"note": "Xxxxx "xxx xxx" Xxxx"}”'),
        (b"<title>Login</title><p>Please sign in, Anna A.", "“Please sign in, Xxxx X.”"),
        (b"Fatal error: no index in /srv/a.php on line 7", "“Fatal error: no index in /xxx/x.php on line 0"),
    ],
)
def test_excerpt_of_a_body_keeps_nobody_s_text(body, shown):
    report = _check(telling(body))
    [detail] = [each.details[0] for each in report.failed("error") if each.rule.id == "CP202"]
    assert shown in detail


def test_excerpt_of_a_body_is_short_and_without_the_token():
    body = b'{"note": "' + b"x" * 500 + f' {TOKEN} {"y" * 500}"}}'.encode()
    [detail] = _check(telling(body.replace(TOKEN.encode(), b'"' + TOKEN.encode()))).failed("error")[0].details
    assert "[api_token]" in detail
    assert TOKEN not in detail
    assert len(detail) < 200


@pytest.mark.parametrize(
    ("status", "body"), [(200, {}), (200, b""), (403, {"id": 3}), (200, {"error": "no"})]
)
def test_wrong_token_without_fields_is_refused_well_enough(status, body):
    assert "CP401" not in _failed(_check(Webhook(refuse=lambda *_: Answer(body, status))))


def test_same_unreadable_answer_to_a_wrong_token_fails_the_token_rule_too():
    webhook = Webhook(admits=lambda _: True, known=lambda _: Answer(b"<html>"))
    assert _failed(_check(webhook)) == ["CP202", "CP401", "CP403"]


def test_app_that_raises_is_a_server_that_failed(caplog):
    def broken(environ, start_response):
        raise RuntimeError("no database")

    report = _check(broken)
    assert _failed(report) == ["CP102"]
    assert "no database" in caplog.text
    assert "no database" not in json.dumps(report_document(report))


def test_errors_in_the_page_are_a_warning_with_their_lines():
    text = (
        "{% assign n = 0 %}{{ 6 | divided_by: n }}\n{% for i in (1..3) %}{{ 6 | modulo: n }}{% endfor %}\n"
        "{% assign x = 6 | modulo: n %}"
    )
    report = _check(Webhook(), emails=(CASEY, SAM), template=TemplateSource("bad.liquid", text))
    [result] = [each for each in report.results if each.rule.id == "CP503"]
    assert (result.outcome, report.exit_code) == ("failed", 0)
    assert result.details == (
        "bad.liquid, line 1: divided by 0",
        "bad.liquid, line 2: divided by 0",
        "bad.liquid, line 3: divided by 0",
    )


def test_unreachable_webhook_still_has_its_template_checked(free_port):
    report = check_webhook(f"http://127.0.0.1:{free_port}/", "a@b.c", TOKEN, TemplateSource("t", "{% x %}"))
    assert _failed(report) == ["CP101", "CP501"]
    assert (report.exit_code, report.score) == (3, 0)


def test_overridden_fields_are_reported_and_the_helpdesk_wins():
    template = TemplateSource("t", "{{ name }}/{{ email }}/{{ plan }}")
    webhook = telling({"name": "Casey", "email": "old@example.com", "plan": "Pro"})
    report = _check(webhook, template=template, headline="Customer")
    assert report.rendered == "Customer/casey@example.com/Pro"
    assert report_document(report)["overridden"] == ["name", "email"]


def test_every_rule_is_judged_once_and_in_order():
    report = _check(Webhook(), template=TEMPLATE)
    assert [result.rule for result in report.results] == list(USUAL_RULES)
    assert [rule.id for rule in RULES] == sorted({rule.id for rule in RULES})


def test_token_is_in_no_part_of_the_report():
    report = _check(telling({"echo": TOKEN}), template=TemplateSource("t", "{{ echo }}"))
    assert report.rendered == "[api_token]"
    assert TOKEN not in f"{report!r} {json.dumps(report_document(report))}"


def test_calls_that_no_chosen_rule_asks_for_are_not_made():
    asked = []

    def application(environ, start_response):
        asked.append((environ["REQUEST_METHOD"], environ["QUERY_STRING"]))
        return Webhook()(environ, start_response)

    chosen = [rule for rule in RULES if rule.id in {"CP102", "CP401"}]
    report = _check(application, rules=chosen)
    assert [result.outcome for result in report.results] == ["passed", "passed"]
    assert len(asked) == 3
    assert asked[0] == asked[1]
    assert asked[0] != asked[2]


def test_progress_is_told_up_to_the_last_call():
    told = []
    _check(Webhook(), emails=(CASEY, SAM), progress=lambda done, total: told.append((done, total)))
    total = told[-1][1]
    assert told == [(number, total) for number in range(1, total + 1)]


def _served_with_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return served(Webhook(), ssl_context=context)


def test_certificate_that_nobody_vouches_for_fails_exactly_its_rule():
    with _served_with_tls(trustme.CA().issue_cert("127.0.0.1")) as url:
        report = check_webhook(url, CASEY, TOKEN)
    assert _failed(report) == ["CP106"]
    assert "not trusted" in report.failed("error")[0].details[0]
    assert report.exit_code == 3


@pytest.mark.parametrize(("days", "failed"), [(5, ["CP108"]), (90, [])])
def test_certificate_that_ends_soon_fails_exactly_its_rule(days, failed):
    authority = trustme.CA()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    certificate = authority.issue_cert("127.0.0.1", not_after=datetime.now(UTC) + timedelta(days=days))
    with _served_with_tls(certificate) as url:
        report = check_target(Target(url, (CASEY,), TOKEN, Terms(authorities=context), calls=2))
    assert _failed(report) == failed


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_curl_line_takes_brackets_literally(rule):
    assert " -g -G 'http://127.0.0.1/p?filter[tenant]=7' " in rule.curl(
        "http://127.0.0.1/p?filter[tenant]=7", "a@b.c"
    )
    assert " -g " not in rule.curl("http://127.0.0.1/p", "a@b.c")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl is installed: apt-get install curl")
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id[2] != "8"], ids=lambda rule: rule.id)
def test_curl_line_makes_the_call_that_the_rule_is_about(rule):
    asked = []

    def application(environ, start_response):
        asked.append((environ["REQUEST_METHOD"], environ["QUERY_STRING"]))
        return Webhook()(environ, start_response)

    email = "o'brien+$(id)@example.com"
    with served(application) as url:
        line = rule.curl(f"{url}?a=1&b=2", email)
        environment = {"PATH": "/usr/bin:/bin", "GROOVE_API_TOKEN": TOKEN}
        ran = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, timeout=60)
        assert ran.returncode == 0, ran.stderr
        by_curl = asked.pop()
        check_target(Target(f"{url}?a=1&b=2", (email,), TOKEN, Terms(), calls=1), [rule])
    assert _parsed(by_curl) in map(_parsed, asked)


def _parsed(asked):
    return asked[0], parse_qsl(asked[1], keep_blank_values=True)
