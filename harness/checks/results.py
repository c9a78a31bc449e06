"""What the rules found: one result a rule, and the report that holds them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.caller import Call
from harness.contract import Rule, Severity
from harness.conventions import Convention, recognise
from harness.evidence import Evidence, Finding
from harness.probes import UNKNOWN
from harness.profile import Profile
from harness.rendering import Rendered

Outcome = Literal["passed", "failed", "skipped"]

_COSTS: dict[Severity, int] = {"error": 20, "warning": 5, "info": 1}
"""What a broken rule of that severity takes from the score of 100."""

_MOST_WITHOUT_FIELDS = 50
"""The most that a webhook scores whose answer agents cannot see: much of it could not be judged."""


def stand_in_address(number: int) -> str:
    """Write what stands for the address of so many-th customer, counted from 1, where it is hidden."""
    return f"customer-{number}@hidden.invalid"


@dataclass(frozen=True, slots=True)
class Result:
    """What one rule found; ``skipped`` says why it was not applied.

    ``known`` are findings that a baseline holds: they are told, and count for nothing.
    """

    rule: Rule
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    skipped: str = ""
    known: tuple[Finding, ...] = ()

    @property
    def details(self) -> tuple[str, ...]:
        """Say in words what was found, or why the rule was skipped."""
        return (self.skipped,) if self.skipped else tuple(finding.message for finding in self.findings)

    @property
    def fix(self) -> str:
        """Say what to do: what all findings have in common, where each has a fix of its own."""
        fixes = {finding.fix for finding in self.findings if finding.fix}
        return fixes.pop() if len(fixes) == 1 else self.rule.fix


@dataclass(slots=True)
class Report:
    """All that a check of one webhook found; ``hide_values`` keeps customers' data out of its forms."""

    evidence: Evidence
    full_name: str
    headline: str
    results: list[Result] = field(default_factory=list)
    fail_on: Sequence[Severity] = ("error",)
    hide_values: bool = False

    @property
    def call(self) -> Call:
        """Give the first call."""
        return self.evidence.first.call

    @property
    def email(self) -> str:
        """Give the first customer's address, or what stands for it where values are hidden."""
        return stand_in_address(1) if self.hide_values else self.evidence.customers[0].email

    @property
    def fields(self) -> dict[str, Any] | None:
        """Give the first customer's fields, or None where no object came."""
        return self.evidence.first.fields

    @property
    def first_rendered(self) -> Rendered | None:
        """Give the first customer's profile, where there is one."""
        template = self.evidence.template
        first = template.rendered[0] if template and template.rendered else None
        return first if first and first.email == self.evidence.customers[0].email else None

    @property
    def profile(self) -> Profile | None:
        """Give what the template saw for the first customer."""
        return self.first_rendered.profile if self.first_rendered else None

    @property
    def rendered(self) -> str | None:
        """Give the first customer's profile as HTML."""
        return self.first_rendered.text if self.first_rendered else None

    @property
    def convention(self) -> Convention | None:
        """Name the way in which the webhook says that it does not know somebody, where it is recognised."""
        reply = self.evidence.replies.get(UNKNOWN)
        return recognise(reply) if reply and reply.call.problem is None else None

    def failed(self, severity: Severity) -> list[Result]:
        """List the results of that severity that failed."""
        return [
            result
            for result in self.results
            if result.outcome == "failed" and result.rule.severity == severity
        ]

    @property
    def score(self) -> int:
        """Give 100 less 20 for each broken rule of severity error, 5 for a warning, 1 for an info.

        Where an error leaves no fields to look at it is 50 at most, and 0 where nothing answered.
        """
        if self.call.status is None:
            return 0
        most = _MOST_WITHOUT_FIELDS if self.fields is None and self.failed("error") else 100
        lost = sum(cost * len(self.failed(severity)) for severity, cost in _COSTS.items())
        return max(0, min(most, 100 - lost))

    @property
    def exit_code(self) -> int:
        """Give 0 when nothing was found that counts, 1 when something was, 3 when nothing answered."""
        if self.call.status is None:
            return 3
        return 1 if any(self.failed(severity) for severity in self.fail_on) else 0
