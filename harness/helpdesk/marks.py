"""What is marked in a template being written: on which line, from which column, what is wrong, what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.contract import RESERVED_FIELDS, Severity
from harness.liquid import TemplateSyntaxError
from harness.liquid.mentions import mentions


@dataclass(frozen=True, slots=True)
class Mark:
    """One place of a template; lines and columns count from 1, and the end is just behind it."""

    severity: Severity
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    fix: str
    rule: str = ""


def marks(
    template: str, fetched: Mapping[str, Any] | None, syntax_error: TemplateSyntaxError | None
) -> list[Mark]:
    """List what is wrong with a template; unknown fields only where something was fetched to compare with."""
    lines = template.split("\n")
    found = []
    if syntax_error is not None:
        line = min(syntax_error.line or 1, len(lines))
        found.append(_on_line("error", line, lines, syntax_error.message, "Until then there is no profile."))
    if fetched:
        unknown = [
            mention
            for mention in mentions(template)
            if mention.name not in fetched
            and mention.name not in RESERVED_FIELDS
            and not _is_asked_for(mention.name, template)
        ]
        found += list(dict.fromkeys(_at(each.name, each.line, lines) for each in unknown))
    return sorted(found, key=lambda mark: (mark.line, mark.column))


def _is_asked_for(name: str, template: str) -> bool:
    """Tell whether a template asks whether it has a field: then it may well be missing."""
    condition = rf"{{%-?\s*(?:if|elsif|unless|case)\b[^%]*(?<![\w-]){re.escape(name)}(?![\w-])"
    return re.search(condition, template) is not None


def _on_line(severity: Severity, line: int, lines: list[str], message: str, fix: str) -> Mark:
    text = lines[line - 1]
    start = len(text) - len(text.lstrip()) + 1
    return Mark(severity, line, start, line, max(len(text.rstrip()) + 1, start + 1), message, fix)


def _at(name: str, line: int, lines: list[str]) -> Mark:
    for number in range(line, len(lines) + 1):  # a tag may run over several lines
        column = lines[number - 1].find(name)
        if column >= 0:
            end = column + len(name) + 1
            message = f"This customer has no field “{name}”."
            fix = f"It shows as nothing. Check its spelling, or put it into {{% if {name} %}}."
            return Mark("warning", number, column + 1, number, end, message, fix)
    return _on_line("warning", line, lines, f"This customer has no field “{name}”.", "It shows as nothing.")
