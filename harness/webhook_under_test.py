"""What the fixture ``custom_profile`` gives a test: the webhook, to call, to check, to render."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.answers import read_answer
from harness.caller import Call, Request, Terms, send, wait_for
from harness.check_options import failing_severities
from harness.checks import Report, Target, TemplateSource, check_target
from harness.profile import DEFAULT_HEADLINE, User, build_profile
from harness.report.junit import explanation
from harness.sandbox import Sandbox
from harness.selection import select_rules

_USUAL = Terms()


class WebhookUnderTest:
    """A webhook at an address, or in an app of this process, as the helpdesk sees it.

    ``emails`` are customers that it knows; methods ask for the first where none is given.
    """

    def __init__(
        self, url: str, api_token: str, emails: Sequence[str] = (), *, terms: Terms = _USUAL
    ) -> None:
        self.url, self.api_token, self.emails, self.terms = url, api_token, tuple(emails), terms

    def call(self, email: str | None = None, *, api_token: str | None = None, method: str = "GET") -> Call:
        """Make the helpdesk's call, and give what happened: status, headers, body, or a problem."""
        token = self.api_token if api_token is None else api_token
        parameters = (("email", self._email(email)), ("api_token", token))
        request = Request(parameters, method, tuple(each for each in (token, self.api_token) if each))
        return wait_for(send(self.url, request, self.terms))

    def fields(self, email: str | None = None) -> dict[str, Any]:
        """Give the fields of one customer; fails the test where there are none, and says why."""
        answer = read_answer(self.call(email))
        if answer.fields is None:
            raise AssertionError(f"{answer.error} {answer.fix}")
        return answer.fields

    def render(self, template: str | Path, email: str | None = None, *, full_name: str = "") -> str:
        """Render a template, or a template's file, for one customer as the helpdesk would."""
        user = User(self._email(email), full_name)
        profile = build_profile(self.fields(email), user, name=DEFAULT_HEADLINE)
        with Sandbox(processes=1) as sandbox:
            return sandbox.render(_source(template).text, profile.fields)

    def check(
        self,
        *,
        select: Iterable[str] = (),
        ignore: Iterable[str] = (),
        emails: Sequence[str] = (),
        template: str | Path | None = None,
        calls: int = 3,
    ) -> Report:
        """Apply rules, all that are not ignored or those selected, and give the report."""
        customers = tuple(emails) or self.emails or (self._email(None),)
        target = Target(self.url, customers, self.api_token, self.terms, calls)
        source = _source(template) if template is not None else None
        return check_target(target, select_rules(select, ignore), template=source)

    def assert_rules(self, *, fail_on: str = "error", **chosen: Any) -> Report:
        """Do what :meth:`check` does, and fail the test where a rule of that severity or worse is broken."""
        report = self.check(**chosen)
        severities = failing_severities(fail_on)
        broken = [
            f"{result.rule.id} {result.rule.title}\n{explanation(result, report)}"
            for severity in severities
            for result in report.failed(severity)
        ]
        if broken:
            raise AssertionError("\n\n".join(["The webhook breaks rules of the helpdesk.", *broken]))
        return report

    def _email(self, email: str | None) -> str:
        if email is not None:
            return email
        if self.emails:
            return self.emails[0]
        raise AssertionError("Name a customer: give an address, or --webhook-email ADDRESS.")


def _source(template: str | Path) -> TemplateSource:
    if isinstance(template, Path):
        return TemplateSource(str(template), template.read_text(encoding="utf-8-sig"))
    return TemplateSource("the template", template)
