"""Every rule fires exactly where it should, in process and over a socket, and nowhere on a right webhook."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
from gallery import CASEY, CUSTOMERS, RIGHT, TOKEN, WRONG, Answer, Case, Webhook
from served import served

from harness.caller import Terms
from harness.checks import Target, check_target
from harness.in_process import transport_for
from harness.rules import RULES

ONLY_OVER_A_SOCKET = {"CP101", "CP106", "CP108"}
"""What only a network can get wrong."""


def _failed(report):
    return [result.rule.id for result in report.results if result.outcome == "failed"]


def _check(case: Case, url, transport=None):
    target = Target(url, case.emails, TOKEN, Terms(case.deadline, transport=transport), calls=case.calls)
    return check_target(target, template=case.template, recorded=case.recorded)


def _expect(case: Case, report):
    assert _failed(report) == ([case.rule] if case.rule else [])
    told = [text for result in report.results if result.outcome == "failed" for text in result.details]
    assert case.detail in " ".join(told)


@pytest.mark.parametrize("case", WRONG + RIGHT, ids=lambda case: case.id)
def test_exactly_the_rule_of_a_webhook_in_process_fires(case):
    _expect(case, _check(case, case.url, transport_for(case.app)))


@pytest.mark.parametrize("case", WRONG + RIGHT, ids=lambda case: case.id)
def test_exactly_the_rule_of_a_webhook_over_a_socket_fires(case, monkeypatch):
    with served(case.app) as url:
        host = urlsplit(case.url).hostname
        resolve = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda name, *rest, **more: resolve(
                "127.0.0.1" if name in {host, host.encode()} else name, *rest, **more
            ),
        )
        _expect(case, _check(case, url.replace("127.0.0.1", host)))


@pytest.mark.parametrize(
    ("nobody", "other"),
    [(Answer({}, 404), "CP602"), (Answer(b"oops", 500), "CP602"), (Answer(b""), "CP601")],
    ids=["404", "500", "empty"],
)
def test_customer_in_capitals_answered_as_a_stranger_is_not_found(nobody, other):
    app = Webhook(find=lambda email: CUSTOMERS.get(email.strip()), unknown=lambda _: nobody)
    case = Case("CP606", app, "as a stranger")
    assert _failed(_check(case, case.url, transport_for(app))) == [other, "CP606"]


def test_every_rule_has_a_wrong_webhook():
    assert {case.rule for case in WRONG} | ONLY_OVER_A_SOCKET == {
        rule.id for rule in RULES if rule.id[2] != "8"
    }


def test_nothing_that_listens_is_unreachable(free_port):
    report = _check(Case("CP101", None, "", emails=(CASEY,), recorded=None), f"http://127.0.0.1:{free_port}/")
    assert (_failed(report), report.exit_code, report.score) == (["CP101"], 3, 0)


def test_right_webhook_scores_100():
    report = _check(RIGHT[0], RIGHT[0].url, transport_for(Webhook()))
    assert (report.score, report.exit_code) == (100, 0)
