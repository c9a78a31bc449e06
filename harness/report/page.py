"""The report as one page of HTML that needs no network, with the sidebar as agents would see it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import jinja2

from harness.checks import Report, Result
from harness.contract import SEVERITIES
from harness.frame import SANDBOX, enclosed_document
from harness.rendering import Rendered
from harness.report.verdict import counted, shown, verdict_of
from harness.shapes import type_name
from harness.text import printable

_LONGEST_VALUE = 300
_LONGEST_UNBROKEN = 24
_MOST_OTHERS = 9


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
        longest_unbroken=_LONGEST_UNBROKEN,
        fields=[
            (key, "" if report.hide_values else _value(value), type_name(value))
            for key, value in (report.fields or {}).items()
        ],
        overridden={override.key for override in report.profile.overridden} if report.profile else set(),
        frame=None if report.hide_values else _frame(report.rendered),
        no_frame=_why_no_frame(report),
        others=[(each.email, _frame(each.text), each.failure) for each in _others(report)[:_MOST_OTHERS]],
        others_left_out=len(_others(report)[_MOST_OTHERS:]),
        sandbox=SANDBOX,
        milliseconds=[round(seconds * 1000) for seconds in report.evidence.repeats],
    )


def _frame(rendered: str | None) -> str | None:
    return enclosed_document(printable(rendered)) if rendered is not None else None


def _why_no_frame(report: Report) -> str:
    """Say why the first customer's profile is not on the page, in the words of who looks for it."""
    template = report.evidence.template
    if template is None:
        return "Give --template FILE, and here is what agents see."
    if template.parse_error:
        return "Agents see no profile: the template does not parse."
    if report.first_rendered is None:
        return "Agents see no profile: the answer gives no fields."
    if report.hide_values and report.rendered is not None:
        return "What agents see is left out here: --hide-values."
    return f"Agents see no profile: {report.first_rendered.failure}"


def _others(report: Report) -> Sequence[Rendered]:
    """List what other customers' profiles were rendered to, unless they are hidden."""
    template = None if report.hide_values else report.evidence.template
    return [each for each in template.rendered if each is not report.first_rendered] if template else []


def _worst_first(result: Result) -> tuple[int, int]:
    order = {"failed": 0, "passed": 1, "skipped": 2}
    return order[result.outcome], SEVERITIES.index(result.rule.severity)


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text):,} characters)"
    return printable(shown)
