"""The rules of the contract applied to the calls of one address."""

from __future__ import annotations

import secrets

from harness.caller import DEFAULT_DEADLINE, call
from harness.checks.answer import check_answer
from harness.checks.body import check_body
from harness.checks.fields import check_fields
from harness.checks.results import Outcome, Report, Result, TemplateSource
from harness.checks.template import check_template
from harness.checks.token import check_token
from harness.profile import DEFAULT_HEADLINE

__all__ = ["Outcome", "Report", "Result", "TemplateSource", "check_webhook"]


def check_webhook(
    url: str,
    email: str,
    api_token: str,
    template: TemplateSource | None = None,
    *,
    full_name: str = "",
    headline: str = DEFAULT_HEADLINE,
    deadline: float = DEFAULT_DEADLINE,
) -> Report:
    """Call a webhook as the helpdesk does, and once with a wrong token, and apply every rule.

    ``full_name`` is the customer's, as the helpdesk would know it. ``deadline`` is in seconds and holds for
    each of the two calls.
    """
    answer = call(url, email, api_token, deadline=deadline)
    report = Report(email=email, full_name=full_name, headline=headline, call=answer)
    body_results, report.fields = check_body(answer)
    report.results += check_answer(answer) + body_results + check_fields(report.fields)
    wrong = call(url, email, secrets.token_hex(16), deadline=deadline) if answer.status is not None else None
    report.results += check_token(answer, wrong)
    check_template(report, template)
    return report
