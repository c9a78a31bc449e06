"""The verdict of a check, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.checks import Report, Result

_MOST_DETAILS = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """A label of one or two words, and what it means."""

    label: str
    sentence: str


def verdict_of(report: Report) -> Verdict:
    """Say whether the webhook works, and how much there is to mend."""
    errors, warnings, notes = (len(report.failed(severity)) for severity in ("error", "warning", "info"))
    counted = [count(warnings, "warning")] if warnings else []
    counted += [count(notes, "note")] if notes else []
    noted = f" {' and '.join(counted)}." if counted else ""
    if report.exit_code == 3:
        return Verdict("UNREACHABLE", "The webhook did not answer.")
    if errors:
        return Verdict(
            "NOT YET", f"{count(errors, 'thing')} to mend before this works in the helpdesk.{noted}"
        )
    if report.exit_code:
        return Verdict("NOT YET", f"This webhook works in the helpdesk, but not as you want it.{noted}")
    return Verdict("PASSED", f"This webhook works in the helpdesk.{noted}")


def counted(results: Sequence[Result]) -> str:
    """Say how many of a room's rules hold; those that were not applied neither hold nor are broken."""
    skipped = sum(result.outcome == "skipped" for result in results)
    holds = sum(result.outcome == "passed" for result in results)
    applied = len(results) - skipped
    if not applied:
        return f"{count(skipped, 'rule')} not applied"
    told = f"all {count(applied, 'rule')} hold" if holds == applied else f"{holds} of {applied} rules hold"
    told = "its rule holds" if holds == applied == 1 else told
    return f"{told}, {skipped} not applied" if skipped else told


def shown(details: Sequence[str]) -> tuple[str, ...]:
    """Give as many details as a person reads, and say how many more there are; JSON and SARIF have all."""
    if len(details) <= _MOST_DETAILS:
        return tuple(details)
    return (*details[:_MOST_DETAILS], f"… and {len(details) - _MOST_DETAILS:,} more")


def count(number: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
