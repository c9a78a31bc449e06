"""What a source on an index has to say of its files."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from adapters.base import Finding
from adapters.errors import SourceError, SourceUnavailable
from adapters.exports import files
from adapters.exports.identity import OLDER, OLDER_FIX
from adapters.exports.index import Index
from adapters.exports.report import FileReport, RepeatedRows, Report

DAY = 86_400
SHOWN = 3
"""How many of the rows set aside a finding names."""


def check_index(
    index: Index, patterns: Mapping[str, str], warn_after_days: int, *, deep: bool = False
) -> Iterable[Finding]:
    """Say what was read and set aside, and how old the files are; ``deep`` waits for the newest files."""
    try:
        generation = index.current(newest=deep)
    except SourceError as error:
        yield Finding(
            "export-read", "error", str(error), _fix(error, "Export the file again, or correct its path.")
        )
        return
    if index.unreachable is not None:
        fix = index.unreachable.fix or "See that the database answers."
        yield Finding("export-read", "error", str(index.unreachable), fix)
        return
    if index.problem is not None:
        told = f"an older export is served: {index.problem}"
        fix = _fix(index.problem, "Export the file again.")
        yield Finding("export-stale", "error", told, fix, still_serves=True)
    if index.is_older:
        yield Finding("export-older", "warning", OLDER, OLDER_FIX)
    report = generation.report
    yield Finding("export-read", "ok", f"{report.rows} rows, {report.addresses} addresses")
    days = _days(patterns)
    yield from _passed_over(patterns)
    yield from _old_exports(days, warn_after_days)
    yield from _repeated(report.repeated)
    yield from doubts_of(report)
    if report.set_aside:
        yield Finding("export-set-aside", "warning", _describe(report), "Look at these lines of the export.")
    if deep and days:
        told = ", ".join(f"{kind} {_in_days(days)}" for kind, days in days.items())
        yield Finding("export-age", "ok", f"last written: {told}")


def doubts_of(report: Report) -> Iterable[Finding]:
    """Say what of the files nobody should rely on: what was passed over, guessed, or is not known."""
    yield from _of_other_kinds(report.passed_over)
    yield from _guessed(report.files)
    yield from _doubts(report.files)


def _fix(error: SourceError, of_a_file: str) -> str:
    """Say what to do: the file may be right, and the place of its index full, or memory short."""
    if error.fix:
        return error.fix
    if not isinstance(error, SourceUnavailable) or "the index" not in str(error):
        return of_a_file
    is_of_the_disk = any(told in str(error) for told in ("full", "written to", "built in"))
    lacking = "Make room there, or set index to another folder"
    return f"{lacking if is_of_the_disk else 'Give the index what it lacks'}; it is tried again by itself."


def _days(patterns: Mapping[str, str]) -> dict[str, int]:
    now = time.time()
    found = {kind: files.find(pattern) for kind, pattern in patterns.items()}
    return {kind: int(files.age(paths, now) / DAY) for kind, paths in found.items() if paths}


def _old_exports(found: Mapping[str, int], limit: int) -> Iterable[Finding]:
    for kind, days in found.items():
        if days >= limit:
            told = f"the newest export of {kind} is {days} days old (warn_after_days is {limit})"
            yield Finding("export-old", "warning", told, f"Export {kind} again from Stripe's dashboard.")


def _in_days(days: int) -> str:
    return "today" if days == 0 else f"{days} {'day' if days == 1 else 'days'} ago"


def _repeated(rows: RepeatedRows) -> Iterable[Finding]:
    if rows.across_files:
        count = f"{rows.across_files} {'row is' if rows.across_files == 1 else 'rows are'}"
        yield Finding("export-overlap", "ok", f"{count} also in a newer file, whose row stands")
    if rows.within_a_file:
        count = f"{rows.within_a_file} {'row repeats' if rows.within_a_file == 1 else 'rows repeat'}"
        problem = f"{count} the id of a row above in the same file; the first of them stands"
        yield Finding("export-repeated", "warning", problem, "Export the file again, as Stripe gives it.")


def _guessed(reports: Iterable[FileReport]) -> Iterable[Finding]:
    for report in reports:
        for column, told in report.dates.items():
            if "guess" in told:
                problem = f"{report.path}: {report.columns.get(column, column)} is read {told}"
                fix = "Export with dates such as 2013-06-26, or compare one with the dashboard."
                yield Finding("export-dates", "warning", problem, fix)


def _doubts(reports: Iterable[FileReport]) -> Iterable[Finding]:
    for file in reports:
        if file.about_refunds:
            fix = "Export again with the column Amount Refunded."
            yield Finding("export-refunds", "warning", f"{file.path}: {file.about_refunds}", fix)
        if file.about_excessive_refunds:
            fix = "Compare them with the dashboard: is an amount read otherwise than it was meant?"
            yield Finding("export-refunds", "warning", f"{file.path}: {file.about_excessive_refunds}", fix)
        if file.about_metadata:
            fix = "Give one of the keys another name at Stripe."
            yield Finding("export-metadata", "warning", f"{file.path}: {file.about_metadata}", fix)


def _passed_over(patterns: Mapping[str, str]) -> Iterable[Finding]:
    for pattern in patterns.values():
        for path, why in files.passed_over(pattern).items():
            problem = f"{path} is not read: {why}"
            yield Finding("export-passed-over", "warning", problem, "Correct it, or take it away.")


def _of_other_kinds(passed_over: Mapping[str, str]) -> Iterable[Finding]:
    for path, kind in passed_over.items():
        problem = f"{path} is an export of {kind}, of which nothing is read"
        yield Finding("export-passed-over", "warning", problem, "Keep it elsewhere.")


def _describe(report: Report) -> str:
    first = "; ".join(f"{row.file} line {row.line}: {row.reason}" for row in report.shown[:SHOWN])
    return f"{report.set_aside} rows were set aside: {first}"
