"""The report of ``custom-profile exports doctor`` on a terminal; no value of a customer is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from adapters.exports.encoding import NAMES
from adapters.exports.report import FileReport, Report
from adapters.exports.wholeness import NO_END
from adapters.stripe_export.doctor import Diagnosis

LINES = 12
"""Rows set aside that are named for each file; JSON names up to a thousand."""
NAMED = 8
"""Columns of which nothing is made that are named; JSON names all."""
INDENT = 2
"""Blanks before what is told of a file."""
AMOUNTS = {".": "with a decimal point, as in 1,234.50", ",": "with a decimal comma, as in 1.234,50"}
ROW_BY_ROW = (
    "read row by row, which takes about five times as long: line ends differ, cells hold line breaks, "
    "or it is not UTF-8"
)
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}


def print_diagnosis(diagnosis: Diagnosis, console: Console) -> None:
    """Print what every file is, what was read of it, and the sum of all."""
    for report in diagnosis.report.files:
        _print_file(report, console)
    for path, kind in diagnosis.passed_over.items():
        told = (f"  an export of {kind}, of which nothing is read", "cyan")
        console.print(Text.assemble("\n", ("! ", "bold yellow"), (printable(Path(path).name), "bold"), told))
    for path, problem in diagnosis.unread.items():
        console.print(Text.assemble("\n", ("✗ ", "bold red"), (printable(Path(path).name), "bold")))
        console.print(Padding(Text(printable(problem), "red"), (0, 0, 0, 2)))
    console.print(Text("\n").append_text(_sum(diagnosis)))


def printable(text: str) -> str:
    """Escape what would command a terminal, or turn the writing round."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def _print_file(report: FileReport, console: Console) -> None:
    mark = ("! ", "bold yellow") if report.is_doubtful else ("✓ ", "green")
    kind = f"  {report.kind}, {report.generation}"
    console.print(Text.assemble("\n", mark, (printable(Path(report.path).name), "bold"), (kind, "cyan")))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, told in _facts(report):
        grid.add_row(name, Text(printable(told)))
    console.print(Padding(grid, (0, 0, 0, 2)))
    if report.sums:
        sums = _sums(report.sums)
        if console.measure(sums).maximum > console.width - INDENT:
            sums = _sums_below_each_other(report.sums)
        console.print(Padding(sums, (1, 0, 0, INDENT)))
    if report.set_aside.rows:
        console.print(Padding(_set_aside(report), (1, 0, 0, 2)))


def _facts(report: FileReport) -> Iterable[tuple[str, str]]:
    delimiter = DELIMITERS.get(report.delimiter, report.delimiter)
    below = "" if report.header_line == 1 else "; what is above it was left out"
    end = "" if report.ends_whole else f"; {NO_END}"
    yield "text", f"{NAMES[report.encoding]}, {delimiter}, header on line {report.header_line}{below}{end}"
    if report.row_by_row:
        yield "slow", ROW_BY_ROW
    yield "rows", f"{report.rows:,}, {_count(report.set_aside.rows)} of them set aside"
    pairs = [*((theirs, ours) for ours, theirs in report.columns.items()), *report.metadata.items()]
    yield "read", ", ".join(f"{theirs} → {ours}" for theirs, ours in pairs)
    if report.about_metadata:
        yield "one name", report.about_metadata
    if report.unused:
        yield "not used", f"{len(report.unused)} of Stripe's columns: {_some(report.unused)}"
    if report.unrecognised:
        names = [name or "(a column without a name)" for name in report.unrecognised]
        yield "unknown", f"{', '.join(names)}: no export of Stripe's is known to have these"
    if report.unknown_statuses:
        statuses = [f"{status} ({_counted(rows, 'row')})" for status, rows in report.unknown_statuses.items()]
        yield "statuses", f"{_some(statuses)}: of no known meaning; these rows are set aside"
    for column, told in report.dates.items():
        yield "dates", f"{report.columns.get(column, column)}: {told}"
    if report.decimal_sign:
        yield "amounts", AMOUNTS[report.decimal_sign]
    if told := "; ".join(filter(None, (report.about_refunds, report.about_excessive_refunds))):
        yield "refunds", told


def _count(rows: int) -> str:
    return f"{rows:,}" if rows else "none"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what if number == 1 else f'{what}es' if what.endswith('s') else f'{what}s'}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def _sums(sums: Mapping[str, Mapping[str, str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("Compare with the dashboard")
    for what in next(iter(sums.values())):
        table.add_column(what, justify="right")
    for currency, found in sums.items():
        table.add_row(Text(printable(currency), "bold"), *found.values())
    return table


def _sums_below_each_other(sums: Mapping[str, Mapping[str, str]]) -> Table:
    """Make a narrow table: numbers that people compare are never cut."""
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(style="dim", overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_row("Compare with the dashboard")
    for currency, found in sums.items():
        table.add_row(Text(printable(currency), "bold not dim"))
        for what, told in found.items():
            table.add_row(f"  {what}", told)
    return table


def _set_aside(report: FileReport) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("Set aside", style="yellow", no_wrap=True)
    table.add_column("", overflow="fold")
    for row in report.set_aside.shown[:LINES]:
        table.add_row(f"line {row.line:,}", printable(row.reason))
    if report.set_aside.rows > min(LINES, len(report.set_aside.shown)):
        for reason, rows in report.set_aside.counts.items():
            table.add_row(f"{rows:,} in all", printable(reason))
    return table


def _sum(diagnosis: Diagnosis) -> Text:
    report: Report = diagnosis.report
    unread, aside = len(diagnosis.unread), report.set_aside
    passed_over = len(diagnosis.passed_over)
    repeated = report.repeated.across_files + report.repeated.within_a_file
    parts = [
        (f"{_counted(len(report.files), 'file')} read", "green" if report.files else "dim"),
        (f"{_count(unread)} not read", "bold red" if unread else "dim"),
        *([(f"{passed_over:,} passed over", "bold yellow")] if passed_over else []),
        (_counted(report.rows, "row"), "green"),
        (f"{_count(aside)} set aside", "bold yellow" if aside else "dim"),
        (f"{repeated:,} repeated", "yellow" if repeated else "dim"),
        (_counted(report.addresses, "address"), "green"),
    ]
    return Text(", ", "dim").join(Text(*part) for part in parts)
