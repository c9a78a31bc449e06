"""What is marked in a template being written: what lint finds, where, what to do, and what would mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.contract import Severity
from harness.lint import Finding, Replacement, lint_template
from harness.sandbox import Sandbox

_MOST = 100


@dataclass(frozen=True, slots=True)
class Mark:
    """One place of a template; lines and columns count from 1, and the end is just behind it.

    ``mending`` is there only where it changes nothing of what a reader sees.
    """

    rule: str
    severity: Severity
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    fix: str
    mending: Replacement | None = None


def marks(template: str, fetched: Mapping[str, Any] | None, sandbox: Sandbox) -> list[Mark]:
    """List what lint finds, at most 100; with a customer's fields to compare with, where there are any."""
    found = lint_template(template, profiles=[fetched] if fetched else (), render=sandbox.report)
    return [_to_mark(finding) for finding in found[:_MOST]]


def _to_mark(finding: Finding) -> Mark:
    return Mark(
        finding.rule_id,
        finding.severity,
        finding.line,
        finding.column,
        finding.end_line,
        finding.end_column,
        finding.message,
        finding.fix,
        finding.replacement,
    )
