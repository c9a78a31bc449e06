"""The report as one JSON document."""

from __future__ import annotations

from typing import Any

from harness.checks import Report, Result
from harness.shapes import type_name
from harness.text import html_to_text

VERDICTS = {0: "passed", 1: "findings", 3: "unreachable"}


def report_document(report: Report) -> dict[str, Any]:
    """Make the document: verdict, call, results in the rules' order, fields, rendered profile.

    ``results[].outcome`` is passed, failed or skipped; ``call.elapsed`` is in seconds. ``types`` are those of
    the fields; fields and profile are null where values are hidden.
    """
    profile, convention, fields = report.profile, report.convention, report.fields
    rendered = None if report.hide_values else report.rendered
    return {
        "verdict": VERDICTS[report.exit_code],
        "exit_code": report.exit_code,
        "score": report.score,
        "url": report.call.url,
        "email": report.email,
        "headline": report.headline,
        "call": {
            "status": report.call.status,
            "elapsed": round(report.call.elapsed, 4),
            "bytes": len(report.call.body),
            "problem": report.call.problem.kind if report.call.problem else None,
        },
        "results": [_result(result, report) for result in report.results],
        "customers": len(report.evidence.customers),
        "seconds": [round(each, 4) for each in report.evidence.repeats],
        "convention": convention.name if convention else None,
        "fields": None if report.hide_values else fields,
        "types": {key: type_name(value) for key, value in fields.items()} if fields is not None else None,
        "overridden": [override.key for override in profile.overridden] if profile else [],
        "rendered_html": rendered,
        "rendered_text": html_to_text(rendered) if rendered is not None else None,
    }


def _result(result: Result, report: Report) -> dict[str, Any]:
    rule = result.rule
    return {
        "id": rule.id,
        "severity": rule.severity,
        "title": rule.title,
        "outcome": result.outcome,
        "details": list(result.details),
        "known": [finding.message for finding in result.known],
        "source": rule.sentence,
        "fix": result.fix,
        "curl": rule.curl(report.call.url, report.email),
    }
