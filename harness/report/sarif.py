"""The report of a check as SARIF."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

from harness.checks import Report, Result
from harness.contract import Rule
from harness.evidence import Finding
from harness.report.sarif_document import Region, SarifResult, SarifRule, sarif_document
from harness.text import printable

_LINE = re.compile(r", line (\d+)(?:, column (\d+))?")


def sarif_report(report: Report) -> dict[str, Any]:
    """Make the document: the rules applied, a result for each finding, known ones suppressed."""
    return sarif_document(
        (_rule(result.rule, report) for result in report.results),
        (
            _result(result, finding, report)
            for result in report.results
            for finding in (*result.findings, *result.known)
        ),
        exit_code=report.exit_code,
        properties={"score": report.score},
    )


def _rule(rule: Rule, report: Report) -> SarifRule:
    curl = rule.curl(report.call.url, report.email)
    return SarifRule(
        rule.id,
        rule.severity,
        rule.title,
        rule.looks_at,
        f"{rule.source} {rule.fix} {curl}",
        f"{rule.source}\n\n**Fix:** {rule.fix}\n\n```\n{curl}\n```",
        (rule.room,),
    )


def _result(result: Result, finding: Finding, report: Report) -> SarifResult:
    uri, region = _place(result.rule, finding, report)
    return SarifResult(
        rule_id=result.rule.id,
        severity=result.rule.severity,
        message=printable(f"{result.rule.title}: {_sentence(finding.message)} {finding.fix or result.fix}"),
        uri=uri,
        region=region,
        fingerprint=f"{result.rule.id}:{printable(finding.subject)}",
        suppressed="It is in the baseline." if finding in result.known else "",
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "”")) else f"{text}."


def _place(rule: Rule, finding: Finding, report: Report) -> tuple[str, Region | None]:
    template = report.evidence.template
    if rule.id.startswith("CP5") and template:
        line = _LINE.search(finding.message)
        region = tuple(int(number) for number in line.groups() if number) if line else (1,)
        return quote(template.source.name), region
    # A query may hold what is nobody's business. Code hosts refuse a whole document for one place that has
    # another scheme than file, so that host and path stand there as if they were a file's.
    address = urlsplit(report.call.url)
    return quote(f"{address.netloc}{address.path}", safe="/@%"), None
