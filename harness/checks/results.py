"""What the rules found: one result a rule, and the report that holds them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.caller import Call
from harness.contract import Rule, Severity
from harness.profile import Profile

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Result:
    """What one rule found; ``details`` name the fields or say why it failed or was skipped.

    ``better_fix`` replaces the rule's own where more is known of the cause.
    """

    rule: Rule
    outcome: Outcome
    details: tuple[str, ...] = ()
    better_fix: str = ""

    @property
    def fix(self) -> str:
        """Say what to do."""
        return self.better_fix or self.rule.fix


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """A template and the name to report it under, usually its file's."""

    name: str
    text: str


@dataclass(slots=True)
class Report:
    """Everything that a check of one webhook for one customer found.

    ``fields`` are None where no object came, ``profile`` and ``rendered`` likewise.
    """

    email: str
    full_name: str
    headline: str
    call: Call
    results: list[Result] = field(default_factory=list)
    fields: dict[str, Any] | None = None
    profile: Profile | None = None
    rendered: str | None = None

    def failed(self, severity: Severity) -> list[Result]:
        """List the results of that severity that failed."""
        return [
            result
            for result in self.results
            if result.outcome == "failed" and result.rule.severity == severity
        ]

    @property
    def exit_code(self) -> int:
        """Give 0 when no error was found, 1 when one was, 3 when nothing answered."""
        if self.call.status is None:
            return 3
        return 1 if self.failed("error") else 0


def judge(rule: Rule, problems: list[str]) -> Result:
    """Let a rule fail with the problems found, or pass when there are none."""
    return Result(rule, "failed" if problems else "passed", tuple(problems))


def skip(rules: Iterable[Rule], reason: str) -> list[Result]:
    """Say of each rule why it could not be applied."""
    return [Result(rule, "skipped", (reason,)) for rule in rules]
