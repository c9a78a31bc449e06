"""The rules applied to a webhook: calls made, template rendered, each rule judged."""

from __future__ import annotations

from collections.abc import Sequence

from harness.caller import DEFAULT_DEADLINE, Terms, wait_for
from harness.checks.linting import ALL_RULES, USUAL_RULES, look_over
from harness.checks.probing import Progress, Target, gather, probes_of
from harness.checks.results import Outcome, Report, Result
from harness.contract import Rule
from harness.evidence import Evidence, NotAppliedError
from harness.profile import DEFAULT_HEADLINE, User
from harness.rendering import TemplateSource, render_for
from harness.sandbox import Sandbox
from harness.shapes import Shape

__all__ = [
    "Outcome",
    "Report",
    "Result",
    "Target",
    "TemplateSource",
    "check_target",
    "check_webhook",
    "judge",
]


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
    """Check a webhook for one customer by every rule; ``deadline`` is in seconds, for each call."""
    target = Target(url, (email,), api_token, Terms(deadline))
    return check_target(target, template=template, full_name=full_name, headline=headline)


def check_target(
    target: Target,
    rules: Sequence[Rule] | None = None,
    *,
    template: TemplateSource | None = None,
    full_name: str = "",
    headline: str = DEFAULT_HEADLINE,
    recorded: Shape | None = None,
    progress: Progress | None = None,
) -> Report:
    """Make the calls that the rules ask for, render the template, and judge each rule, in their order.

    ``rules`` are all that are usual, and those on hostile requests where the target allows them.

    ``full_name`` is the first customer's, as the helpdesk would know it. ``recorded`` is what answers are
    compared with. ``progress`` is told how many calls are over, of how many.
    """
    rules = rules if rules is not None else ALL_RULES if target.hostile else USUAL_RULES
    evidence = wait_for(gather(target, probes_of(rules), progress))
    evidence.recorded = recorded
    if template:
        customers = [
            (User(each.email, full_name if number == 0 else ""), each.reply.fields)
            for number, each in enumerate(evidence.customers)
            if each.reply.fields is not None
        ]
        with Sandbox(processes=1) as sandbox:
            evidence.template = render_for(sandbox, template, customers, headline)
            evidence.linted = look_over(template, evidence, sandbox)
    return Report(evidence, full_name, headline, [judge(rule, evidence) for rule in rules])


def judge(rule: Rule, evidence: Evidence) -> Result:
    """Let one rule judge what was seen."""
    try:
        findings = tuple(rule.judge(evidence))
    except NotAppliedError as reason:
        return Result(rule, "skipped", skipped=str(reason))
    return Result(rule, "failed" if findings else "passed", findings)
