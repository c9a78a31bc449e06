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
from harness.profile import Override
from harness.text import html_to_text, printable

_FAILED_MARKS = {"error": ("✗", "bold red"), "warning": ("!", "bold yellow"), "info": ("i", "bold blue")}
_INDENT = 4
_LONGEST_VALUE = 300


def print_report(report: Report, console: Console) -> None:
    """Print the whole report; colours and width are the console's business."""
    console.print()
    _print_verdict(report, console)
    console.print()
    for outcome, results in groupby(report.results, key=_reason_for_skipping):
        if outcome:
            _print_skipped(list(results), outcome, console)
        else:
            for result in results:
                _print_result(result, report, console)
    if report.fields is not None:
        console.print()
        _print_fields(report.fields, report.profile.overridden if report.profile else (), console)
    if report.rendered is not None:
        console.print()
        _print_rendered(report, report.rendered, console)
    console.print()


def _print_verdict(report: Report, console: Console) -> None:
    errors, warnings = len(report.failed("error")), len(report.failed("warning"))
    noted = f" {_count(warnings, 'warning')}." if warnings else ""
    if report.exit_code == 3:
        label, style, sentence = " UNREACHABLE ", "bold white on red", "The webhook did not answer."
    elif errors:
        label, style = " NOT YET ", "bold white on red"
        sentence = f"{_count(errors, 'thing')} to mend before this works in the helpdesk.{noted}"
    else:
        label, style = " PASSED ", "bold white on green"
        sentence = f"This webhook works in the helpdesk.{noted}"
    console.print(Text.assemble((label, style), " ", (sentence, "bold")))
    console.print(Text(printable(_describe_call(report)), style="dim"), soft_wrap=True)


def _describe_call(report: Report) -> str:
    call = report.call
    parts = [f"GET {call.url}", report.email]
    if call.status is not None:
        parts += [f"status {call.status}", f"{call.elapsed * 1000:.0f} ms", f"{len(call.body):,} bytes"]
    return " · ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _reason_for_skipping(result: Result) -> str:
    return " ".join(result.details) if result.outcome == "skipped" else ""


def _print_skipped(results: list[Result], reason: str, console: Console) -> None:
    """Print rules in a row that were skipped for the same reason as one line."""
    ids = " ".join(result.rule.id for result in results)
    console.print(Text(f"· {ids}  not applied: {reason[:1].lower()}{reason[1:]}", style="dim"))


def _print_result(result: Result, report: Report, console: Console) -> None:
    rule = result.rule
    failed = result.outcome == "failed"
    mark, style = _FAILED_MARKS[rule.severity] if failed else ("✓", "green")
    console.print(
        Text.assemble((f"{mark} ", style), (f"{rule.id}  ", "dim"), (rule.title, "bold" if failed else ""))
    )
    if failed:
        _print_failure(result, report, console)


def _print_failure(result: Result, report: Report, console: Console) -> None:
    rule = result.rule
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    rows.add_row("Found", Text(printable("\n".join(result.details))))
    rows.add_row("Rule", Text(rule.source, style="italic"))
    rows.add_row("Fix", Text(result.fix))
    console.print(Padding(rows, (0, 0, 0, _INDENT)))
    # Never broken into lines, so that it can be copied whole.
    curl = Text.assemble(
        (" " * _INDENT + "See    ", "dim"), (printable(rule.curl(report.call.url, report.email)), "cyan")
    )
    console.print(curl, soft_wrap=True)
    console.print()


def _print_fields(fields: dict[str, Any], overridden: tuple[Override, ...], console: Console) -> None:
    if not fields:
        console.print(Text("No fields: the webhook answered an empty object for this address.", style="dim"))
        return
    table = Table(
        box=box.SIMPLE_HEAD, title="Fields", title_justify="left", title_style="bold", pad_edge=False
    )
    table.add_column("Key", style="cyan", overflow="fold")
    table.add_column("Value", overflow="fold")
    table.add_column("Type", style="dim", no_wrap=True)
    replaced = {override.key for override in overridden}
    for key, value in fields.items():
        shown = Text(printable(_value(value)), style="dim strike" if key in replaced else "")
        if key in replaced:
            shown.append(" overridden by the helpdesk", style="yellow not strike")
        table.add_row(Text(printable(key) or "(empty)"), shown, _type(value))
    console.print(table)


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text):,} characters)"


def _type(value: Any) -> str:
    names = {str: "text", bool: "boolean", type(None): "null", dict: "object", list: "list"}
    return names.get(type(value), "number")


def _print_rendered(report: Report, rendered: str, console: Console) -> None:
    text = Text(printable(html_to_text(rendered)) or "(nothing that can be read)")
    headline = Text(printable(report.headline), style="bold")
    console.print(
        Panel(text, title=headline, title_align="left", box=box.ROUNDED, border_style="dim", width=60)
    )
