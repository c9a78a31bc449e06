"""What linting some templates gave, and whether that is a reason to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.contract import Severity
from harness.lint.findings import Finding


@dataclass(frozen=True, slots=True)
class Linted:
    """One template: its name, usually its file's, its text, what was found, and how much --fix has mended."""

    name: str
    text: str
    findings: Sequence[Finding] = field(default_factory=tuple)
    mended: int = 0


def count(linted: Sequence[Linted], severity: Severity) -> int:
    """Count the findings of that severity."""
    return sum(finding.severity == severity for each in linted for finding in each.findings)


def exit_code(linted: Sequence[Linted]) -> int:
    """Give 1 where there is an error or a warning, else 0."""
    return 1 if count(linted, "error") or count(linted, "warning") else 0
