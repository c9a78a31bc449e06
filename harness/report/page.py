"""The report as one page of HTML that needs no network, with the sidebar as agents would see it."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

import jinja2

from harness.checks import Report, Result
from harness.contract import SEVERITIES
from harness.frame import SANDBOX, enclosed_document
from harness.report.verdict import counted, shown, verdict_of
from harness.shapes import type_name
from harness.text import printable

_LONGEST_VALUE = 300


def html_report(report: Report) -> str:
    """Write the page; everything of the webhook's is escaped, and its profile stays in a frame."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("harness.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["printable"] = printable
    environment.filters["shown"] = shown
    environment.filters["counted"] = counted
    return environment.get_template("report.html").render(
        report=report,
        verdict=verdict_of(report),
        rooms=[
            (room, sorted(results, key=_worst_first))
            for room, results in groupby(report.results, key=lambda result: result.rule.room)
        ],
        fields=[(key, _value(value), type_name(value)) for key, value in (report.fields or {}).items()],
        overridden={override.key for override in report.profile.overridden} if report.profile else set(),
        frame=enclosed_document(printable(report.rendered)) if report.rendered is not None else None,
        sandbox=SANDBOX,
        milliseconds=[round(seconds * 1000) for seconds in report.evidence.repeats],
    )


def _worst_first(result: Result) -> tuple[int, int]:
    order = {"failed": 0, "passed": 1, "skipped": 2}
    return order[result.outcome], SEVERITIES.index(result.rule.severity)


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text):,} characters)"
    return printable(shown)
