"""Comments in a template that silence rules: ``{% comment %}lint: ignore CP531{% endcomment %}``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.lint.findings import Finding
from harness.lint.reading import Reading

_COMMENT = re.compile(r"\blint:\s*ignore(-file)?\b([\w\s,]*)")


def selects(patterns: Iterable[str], rule_id: str) -> bool:
    """Tell whether an id is among some, of which each x stands for a digit: ``CP53x``, ``CP5xx``."""
    upper = rule_id.upper()
    for pattern in patterns:
        digits = re.escape(pattern.upper()).replace("X", r"\d")
        if re.fullmatch(digits, upper):
            return True
    return False


def without_silenced(reading: Reading) -> list[Finding]:
    """List the findings that no comment silences.

    A comment is for the lines that it stands on and for the next one, or with ``ignore-file`` for all of
    them. Without ids it is for every rule.
    """
    silences: list[tuple[int, float, list[str]]] = []
    for start, end, text in reading.outline.comments:
        for found in _COMMENT.finditer(text):
            first, last = reading.source.place(start)[0], reading.source.place(end)[0] + 1
            ids = re.findall(r"[Cc][Pp][\dxX]+", found[2]) or ["CPxxx"]
            silences.append((0, float("inf"), ids) if found[1] else (first, last, ids))
    return [
        each
        for each in reading.findings
        if not any(first <= each.line <= last and selects(ids, each.rule_id) for first, last, ids in silences)
    ]
