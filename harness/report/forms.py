"""The forms that a report can take, by the names that --format knows."""

from __future__ import annotations

import json
from collections.abc import Callable

from rich.console import Console

from harness.checks import Report
from harness.report.document import report_document
from harness.report.junit import junit_report
from harness.report.page import html_report
from harness.report.sarif import sarif_report
from harness.report.terminal import print_report

_PLAIN_WIDTH = 100


def text_report(report: Report) -> str:
    """Write the report as it would stand on a terminal without colours."""
    console = Console(highlight=False, width=_PLAIN_WIDTH, color_system=None, force_terminal=False)
    with console.capture() as captured:
        print_report(report, console)
    return captured.get()


def _json(value: object) -> str:
    return f"{json.dumps(value, ensure_ascii=False, indent=2)}\n"


FORMS: dict[str, Callable[[Report], str]] = {
    "text": text_report,
    "json": lambda report: _json(report_document(report)),
    "junit": junit_report,
    "html": html_report,
    "sarif": lambda report: _json(sarif_report(report)),
}
"""Each form's name, and what writes it."""
