"""The doctor's report: for people on a terminal, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from webhook_server.doctor.diagnosis import Diagnosis, Severity
from webhook_server.terminal import printable, printable_json

MARKS: dict[str, tuple[str, str]] = {
    "error": ("✗", "bold red"),
    "warning": ("!", "bold yellow"),
    "hint": ("•", "cyan"),
    "ok": ("✓", "green"),
}
NARROWEST = 30
"""Columns that a text has at least, however narrow the terminal is."""


def print_report(found: Sequence[Diagnosis], console: Console) -> None:
    """Print every finding below the place where it was made, and the sum of them."""
    widest = max((len(diagnosis.id) for diagnosis in found), default=0)
    for where, group in groupby(_by_place(found), lambda diagnosis: diagnosis.where):
        console.print(Text(f"\n{printable(where)}", "bold"))
        print_findings(list(group), console, widest)
    console.print(Text("\n").append_text(_sum(found)))


def print_findings(found: Sequence[Diagnosis], console: Console, widest: int = 0) -> None:
    """Print findings; their ids take ``widest`` columns, or as many as the longest needs."""
    widest = widest or max((len(diagnosis.id) for diagnosis in found), default=0)
    for diagnosis in found:
        _print_one(diagnosis, widest, console)


def print_json(found: Sequence[Diagnosis]) -> str:
    """Write the findings as JSON: the counts, and each with its id, severity, where, message and fix."""
    counts = {f"{kind}s": _count(found, kind) for kind in ("error", "warning", "hint")}
    body = {"result": worst(found), **counts, "findings": [diagnosis.as_json() for diagnosis in found]}
    return printable_json(json.dumps(body, ensure_ascii=False, indent=2))


def worst(found: Sequence[Diagnosis]) -> Severity:
    """Answer the gravest severity that was found."""
    given = {diagnosis.severity for diagnosis in found}
    return "error" if "error" in given else "warning" if "warning" in given else "ok"


def _by_place(found: Sequence[Diagnosis]) -> list[Diagnosis]:
    places = list(dict.fromkeys(diagnosis.where for diagnosis in found))
    return sorted(found, key=lambda diagnosis: places.index(diagnosis.where))


def _print_one(diagnosis: Diagnosis, widest: int, console: Console) -> None:
    mark, style = MARKS[_kind(diagnosis)]
    name = printable(diagnosis.id).ljust(widest)
    begin = Text.assemble("  ", (mark, style), "  ", (name, "dim"), "  ")
    width = max(NARROWEST, console.width - len(begin))
    lines = Text(printable(diagnosis.message)).wrap(console, width)
    if diagnosis.fix:
        arrow = Text("→ ", "cyan")
        told = Text(printable(diagnosis.fix), "dim" if diagnosis.severity == "ok" else "")
        for number, line in enumerate(told.wrap(console, width - len(arrow))):
            lines.append((Text("  ") if number else arrow) + line)
    for number, line in enumerate(lines):
        line.rstrip()
        margin = Text(" " * len(begin)) if number else begin
        console.print(margin + line, soft_wrap=True)


def _kind(diagnosis: Diagnosis) -> str:
    return "hint" if diagnosis.severity == "ok" and diagnosis.fix else diagnosis.severity


def _sum(found: Sequence[Diagnosis]) -> Text:
    errors, warnings = _count(found, "error"), _count(found, "warning")
    hints, fine = _count(found, "hint"), _count(found, "ok")
    parts = (
        (_plural(errors, "error"), "bold red" if errors else "dim"),
        (_plural(warnings, "warning"), "bold yellow" if warnings else "dim"),
        (_plural(hints, "hint"), "cyan" if hints else "dim"),
        (f"{fine} in order", "green"),
    )
    return Text(", ", "dim").join(Text(*part) for part in parts)


def _count(found: Sequence[Diagnosis], kind: str) -> int:
    return sum(_kind(diagnosis) == kind for diagnosis in found)


def _plural(count: int, word: str) -> str:
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"
