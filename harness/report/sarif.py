"""The report as SARIF 2.1.0, which code hosts show beside the code."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlsplit

from harness.checks import Report, Result
from harness.contract import Rule, Severity
from harness.evidence import Finding
from harness.text import printable

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_LINE = re.compile(r", line (\d+)(?:, column (\d+))?")


def sarif_report(report: Report) -> dict[str, Any]:
    """Make the document: the rules applied, a result for each finding, known ones suppressed."""
    driver = {
        "name": "custom-profile",
        "semanticVersion": version("custom-profile-kit"),
        "rules": [_rule(result.rule, report) for result in report.results],
    }
    results = [
        _result(number, result, finding, report)
        for number, result in enumerate(report.results)
        for finding in (*result.findings, *result.known)
    ]
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": report.exit_code != 3, "exitCode": report.exit_code}],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"score": report.score},
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule, report: Report) -> dict[str, Any]:
    curl = rule.curl(report.call.url, report.email)
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.looks_at},
        "help": {
            "text": f"{rule.source} {rule.fix} {curl}",
            "markdown": f"{rule.source}\n\n**Fix:** {rule.fix}\n\n```\n{curl}\n```",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.room]},
    }


def _result(number: int, result: Result, finding: Finding, report: Report) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ruleId": result.rule.id,
        "ruleIndex": number,
        "level": _LEVELS[result.rule.severity],
        "message": {"text": printable(f"{result.rule.title}: {finding.message} {finding.fix or result.fix}")},
        "locations": [{"physicalLocation": _location(result.rule, finding, report)}],
        "partialFingerprints": {"finding/v1": f"{result.rule.id}:{printable(finding.subject)}"},
    }
    if finding in result.known:
        made["suppressions"] = [{"kind": "external", "justification": "It is in the baseline."}]
    return made


def _location(rule: Rule, finding: Finding, report: Report) -> dict[str, Any]:
    template = report.evidence.template
    if rule.id.startswith("CP5") and template:
        place: dict[str, Any] = {"artifactLocation": {"uri": quote(template.source.name)}}
        line = _LINE.search(finding.message)
        place["region"] = {"startLine": int(line[1]) if line else 1}
        if line and line[2]:
            place["region"]["startColumn"] = int(line[2])
        return place
    # A query may hold what is nobody's business, and says nothing of the place.
    address = urlsplit(report.call.url)._replace(query="").geturl()
    return {"artifactLocation": {"uri": quote(address, safe="/:[]@%")}}
