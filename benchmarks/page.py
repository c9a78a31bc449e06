"""Puts figures into docs/benchmarks.md, between its markers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.results import Result, markdown

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
MEASURED = re.compile(r"(<!-- measured -->\n).*?(<!-- end of measured -->)", re.DOTALL)


def section(results: Sequence[Result], today: date, size: str, busy: float) -> str:
    """Write the figures, the day and the machine as Markdown."""
    rows = "\n".join(f"| {what} | {found} |" for what, found in describe())
    machine = f"| Machine | |\n|---|---|\n{rows}"
    head = (
        f"Measured on {today.isoformat()} in one run of size `{size}`, "
        f"the machine {busy:.0f} % busy with other things before it."
    )
    return "\n\n".join([head, machine, *map(markdown, results)])


def renewed(page: str, measured: str) -> str:
    """Write the page's text with new figures in it; raises ValueError where the markers are gone."""
    text, count = MEASURED.subn(lambda mark: f"{mark[1]}{measured}\n{mark[2]}", page)
    if count != 1:
        problem = "docs/benchmarks.md needs one pair of <!-- measured --> and <!-- end of measured -->"
        raise ValueError(problem)
    return text
