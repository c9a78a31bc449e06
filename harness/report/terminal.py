"""The report for a person at a terminal: the verdict first, then each rule, the fields, the profile."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from harness.checks import Report, Result
from harness.contract import SEVERITIES
from harness.report.verdict import counted, shown, verdict_of
from harness.shapes import type_name
from harness.text import html_to_text, printable

_FAILED_MARKS = {"error": ("✗", "bold red"), "warning": ("!", "bold yellow"), "info": ("i", "bold blue")}
_INDENT = 6
_LONGEST_VALUE = 300


def print_report(report: Report, console: Console) -> None:
    """Print the whole report; colours and width are the console's business."""
    console.print()
    _print_verdict(report, console)
    console.print()
    for room, results in groupby(report.results, key=lambda result: result.rule.room):
        _print_room(room, list(results), report, console)
    if report.fields is not None:
        console.print()
        _print_fields(report, report.fields, console)
    if report.rendered is not None and not report.hide_values:
        console.print()
        _print_rendered(report, report.rendered, console)
    console.print()


def _print_verdict(report: Report, console: Console) -> None:
    verdict = verdict_of(report)
    style = "bold white on green" if report.exit_code == 0 else "bold white on red"
    console.print(
        Text.assemble((f" {verdict.label} ", style), " ", (verdict.sentence, "bold"), "  ", _score(report))
    )
    console.print(Text(printable(_describe_call(report)), style="dim"), soft_wrap=True)
    if report.convention:
        told = f"Unknown addresses: {report.convention.name}. {report.convention.says}"
        console.print(Text(printable(told), style="dim"))


def _score(report: Report) -> tuple[str, str]:
    colour = "green" if report.score >= 95 else "yellow" if report.score >= 75 else "red"
    return (f"{report.score} of 100", f"bold {colour}")


def _describe_call(report: Report) -> str:
    call = report.call
    others = len(report.evidence.customers) - 1
    parts = [f"GET {call.url}", f"{report.email} and {others:,} more" if others else report.email]
    if call.status is not None:
        parts += [f"status {call.status}", f"{call.elapsed * 1000:.0f} ms", f"{len(call.body):,} bytes"]
    return " · ".join(parts)


def _print_room(room: str, results: list[Result], report: Report, console: Console) -> None:
    failed = [result for result in results if result.outcome == "failed"]
    skipped = [result for result in results if result.outcome == "skipped"]
    worst = min((SEVERITIES.index(result.rule.severity) for result in failed), default=None)
    mark, style = ("✓", "green") if worst is None else _FAILED_MARKS[SEVERITIES[worst]]
    if len(skipped) == len(results):
        mark, style = "·", "dim"
    console.print(Text.assemble((f"{mark} ", style), (f"{room:<22}", "bold"), (counted(results), "dim")))
    for result in failed:
        _print_result(result, report, console)
    for reason, group in groupby(skipped, key=lambda result: result.skipped):
        ids = " ".join(result.rule.id for result in group)
        _print_note(f"{ids} not applied: {reason[:1].lower()}{reason[1:]}", console)
    for result in results:
        if result.known:
            subjects = ", ".join(printable(each.subject or each.message) for each in result.known)
            _print_note(f"{result.rule.id} known from the baseline: {subjects}", console)


def _print_note(text: str, console: Console) -> None:
    note = Table.grid(padding=(0, 1, 0, 0))
    note.add_row(Text("·", style="dim"), Text(text, style="dim"))
    console.print(Padding(note, (0, 0, 0, 2)))


def _print_result(result: Result, report: Report, console: Console) -> None:
    mark, style = _FAILED_MARKS[result.rule.severity]
    console.print(
        Text.assemble("  ", (f"{mark} ", style), (f"{result.rule.id}  ", "dim"), (result.rule.title, "bold"))
    )
    _print_failure(result, report, console)


def _print_failure(result: Result, report: Report, console: Console) -> None:
    rule = result.rule
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    rows.add_row("Found", Text(printable("\n".join(shown(result.details)))))
    rows.add_row("Rule", Text(rule.source, style="italic"))
    rows.add_row("Fix", Text(result.fix))
    console.print(Padding(rows, (0, 0, 0, _INDENT)))
    # Never broken into lines, so that it can be copied whole.
    curl = Text.assemble(
        (" " * _INDENT + "See    ", "dim"), (printable(rule.curl(report.call.url, report.email)), "cyan")
    )
    console.print(curl, soft_wrap=True)
    console.print()


def _print_fields(report: Report, fields: dict[str, Any], console: Console) -> None:
    if not fields:
        console.print(Text("No fields: the webhook answered an empty object for this address.", style="dim"))
        return
    table = Table(
        box=box.SIMPLE_HEAD, title="Fields", title_justify="left", title_style="bold", pad_edge=False
    )
    table.add_column("Key", style="cyan", overflow="fold")
    table.add_column("Value", overflow="fold")
    table.add_column("Type", style="dim", no_wrap=True)
    replaced = {override.key for override in report.profile.overridden} if report.profile else set()
    for key, value in fields.items():
        told = "hidden" if report.hide_values else printable(_value(value))
        shown = Text(told, style="dim strike" if key in replaced else "dim" if report.hide_values else "")
        if key in replaced:
            shown.append(" overridden by the helpdesk", style="yellow not strike")
        table.add_row(Text(printable(key) or "(empty)"), shown, type_name(value))
    console.print(table)


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text):,} characters)"


def _print_rendered(report: Report, rendered: str, console: Console) -> None:
    text = Text(printable(html_to_text(rendered)) or "(nothing that can be read)")
    headline = Text(printable(report.headline), style="bold")
    console.print(
        Panel(text, title=headline, title_align="left", box=box.ROUNDED, border_style="dim", width=60)
    )
