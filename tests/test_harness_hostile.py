"""Hostile requests: each rule fires on the server that breaks it, none on a strict one; it asks first."""

import os
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from gallery import CASEY, CUSTOMERS, SAM, TOKEN, Answer, Webhook
from strict_server import strictly_served

from harness.caller import Terms
from harness.check_command import check
from harness.checks import Target, check_target
from harness.hostile import CASES
from harness.rules import RULES

RIGHT = Webhook()


class Mortal(Webhook):
    """Answers no more once it was asked with TRACE."""

    dead = False

    def method(self, method):
        self.dead = self.dead or method == "TRACE"
        return Answer({"error": "gone"}, 404) if self.dead else super().method(method)


class Sleepy(Webhook):
    """Takes its time for a long address."""

    def unknown(self, email):
        time.sleep(1.2 if len(email) > 4000 else 0)
        return Answer({})


def _failing(sign):
    return Webhook(unknown=lambda email: Answer({}, 500 if sign in email else 200))


WRONG = [
    pytest.param("CP801", _failing("\0"), (), "NUL in the address is answered with status 500", id="NUL"),
    pytest.param("CP801", _failing("' OR"), (), "A quote that ends a text of SQL", id="SQL-fails"),
    pytest.param(
        "CP802",
        Webhook(method=lambda method: Answer({}, 500) if method == "TRACE" else RIGHT.method(method)),
        (),
        "TRACE is answered with status 500",
        id="TRACE",
    ),
    pytest.param("CP803", Webhook(), ("waits",), "A raw blank in the path has no answer", id="waiting"),
    pytest.param("CP803", Sleepy(), (), "An address of 5 KB has no answer in time", id="sleepy"),
    pytest.param("CP804", Webhook(), ("writes headers",), "becomes a header of the answer", id="header"),
    pytest.param(
        "CP805",
        Webhook(find=lambda email: CUSTOMERS[SAM] if "' OR" in email else RIGHT.find(email)),
        (),
        "A quote that ends a text of SQL is answered with fields",
        id="SQL",
    ),
    pytest.param("CP806", Webhook(), ("reads both ways",), "A length and chunks is answered", id="ambiguous"),
    pytest.param("CP807", Webhook(), ("one at a time",), "Beside 16 slow callers", id="slow-callers"),
    pytest.param("CP808", Mortal(), (), "Afterwards: Status 404", id="mortal"),
    pytest.param("CP809", Webhook(), ("echoes",), "holds the token", id="echo"),
]


def _besieged(webhook, *faults):
    with strictly_served(webhook, *faults) as url:
        return check_target(Target(url, (CASEY,), TOKEN, Terms(deadline=1.0), calls=1, hostile=True))


def _failed(report):
    return [result.rule.id for result in report.results if result.outcome == "failed"]


@pytest.mark.parametrize(("rule", "webhook", "faults", "detail"), WRONG)
def test_exactly_the_rule_that_a_server_breaks_fires(rule, webhook, faults, detail):
    report = _besieged(webhook, *faults)
    assert _failed(report) == [rule]
    told = next(result for result in report.results if result.rule.id == rule).details
    assert detail in " ".join(told)
    assert TOKEN not in repr(report)


def test_strict_server_breaks_no_rule():
    report = _besieged(Webhook())
    assert (_failed(report), report.score) == ([], 100)
    assert len(report.evidence.siege.replies) == len(CASES)


def test_every_hostile_rule_has_a_wrong_server():
    assert {case.values[0] for case in WRONG} == {rule.id for rule in RULES if rule.id[2] == "8"}


def test_nothing_hostile_is_sent_unless_it_is_asked_for():
    asked = []

    class Listening(Webhook):
        def answer(self, method, query):
            asked.append((method, query))
            return super().answer(method, query)

    with strictly_served(Listening()) as url:
        report = check_target(Target(url, (CASEY,), TOKEN, Terms(), calls=1))
    assert report.evidence.siege is None
    assert len(asked) < 25


def _run(*arguments, **more):
    return CliRunner().invoke(check, arguments, env={"GROOVE_API_TOKEN": TOKEN}, **more)


def test_command_asks_first_and_refuses_where_nobody_can_answer():
    with strictly_served(Webhook()) as url:
        asked = _run(url, "--email", CASEY, "--hostile")
        assert (asked.exit_code, "add --yes" in asked.output) == (2, True)
        sure = _run(url, "--email", CASEY, "--hostile", "--yes", "--select", "CP8")
    assert (sure.exit_code, "all 9 rules hold" in sure.output) == (0, True), sure.output


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="not applicable: this system has no terminals")
@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 1), (b"y\n", 0)])
def test_command_on_a_terminal_takes_no_for_an_answer(answer, code, tmp_path):
    leading, following = os.openpty()
    environment = os.environ | {"GROOVE_API_TOKEN": TOKEN}
    with strictly_served(Webhook()) as url:
        command = [sys.executable, "-m", "custom_profile", "check", url, "--email", CASEY, "--hostile"]
        process = subprocess.Popen(
            [*command, "--select", "CP8"],
            cwd=tmp_path,
            env=environment,
            stdin=following,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.write(leading, answer)
        output, errors = process.communicate(timeout=60)
    os.close(leading)
    os.close(following)
    assert process.returncode == code, output + errors
    assert b"send them only to a webhook of your own" in errors
    assert (b"Hostile requests" in output) == (code == 0)
