"""The findings as one document for machines: JSON of our own, or SARIF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from harness.lint.findings import Finding
from harness.lint.results import Linted, count, exit_code
from harness.lint.rule import TemplateRule
from harness.lint.rules import BY_ID, RULES
from harness.lint.source import Source
from harness.report.sarif_document import SarifEdit, SarifResult, SarifRule, sarif_document


def json_document(linted: Sequence[Linted]) -> dict[str, Any]:
    """Make the document: verdict, counts, and each template's findings in the order of its text."""
    code = exit_code(linted)
    return {
        "verdict": "findings" if code else "passed",
        "exit_code": code,
        "errors": count(linted, "error"),
        "warnings": count(linted, "warning"),
        "templates": [
            {
                "name": each.name,
                "mended": each.mended,
                "findings": [_finding(finding) for finding in each.findings],
            }
            for each in linted
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    rule = BY_ID[finding.rule_id]
    return {
        "id": finding.rule_id,
        "severity": finding.severity,
        "title": rule.title,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "message": finding.message,
        "source": rule.sentence,
        "fix": finding.fix,
        "fixable": finding.replacement is not None,
    }


def sarif(linted: Sequence[Linted]) -> dict[str, Any]:
    """Make the SARIF document; what --fix would write is in it too."""
    results = [_result(each, finding) for each in linted for finding in each.findings]
    return sarif_document(map(_rule, RULES), results)


def _rule(rule: TemplateRule) -> SarifRule:
    return SarifRule(
        rule.id, rule.severity, rule.title, rule.why, f"{rule.right}\n\ninstead of\n\n{rule.wrong}"
    )


def _result(linted: Linted, finding: Finding) -> SarifResult:
    edit = None
    if finding.replacement:
        source = Source(linted.text)
        start, end = source.place(finding.replacement.start), source.place(finding.replacement.end)
        edit = SarifEdit((*start, *end), finding.replacement.text)
    return SarifResult(
        rule_id=finding.rule_id,
        severity=finding.severity,
        message=f"{finding.message} {finding.fix}",
        uri=_uri(linted.name),
        region=(finding.line, finding.column, finding.end_line, finding.end_column),
        edit=edit,
    )


def _uri(name: str) -> str:
    return quote(name.replace("\\", "/"))
