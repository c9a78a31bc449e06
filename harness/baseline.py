"""Findings that are known: a file of them, so that a check tells only what is new."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from harness.checks import Result

Known = frozenset[tuple[str, str]]
"""A rule's id and a finding's subject, which stays the same while its words change."""


class BaselineError(Exception):
    """Raise for a file that is no baseline; the message says what to do."""


def read_baseline(path: Path) -> Known:
    """Read a baseline's file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return frozenset((str(each["rule"]), str(each["subject"])) for each in document["findings"])
    except FileNotFoundError:
        raise BaselineError(f"There is no {path}: make it with --write-baseline.") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise BaselineError(f"{path} is no baseline: make it anew with --write-baseline.") from None


def write_baseline(path: Path, results: Iterable[Result]) -> int:
    """Write every finding into a baseline's file, and say how many they are; raises OSError."""
    found = sorted(
        {
            (result.rule.id, finding.subject)
            for result in results
            for finding in (*result.findings, *result.known)
        }
    )
    document = {"findings": [{"rule": rule, "subject": subject} for rule, subject in found]}
    path.write_text(f"{json.dumps(document, ensure_ascii=False, indent=2)}\n", encoding="utf-8")
    return len(found)


def without_known(results: Iterable[Result], known: Known) -> list[Result]:
    """Set known findings apart; a rule that nothing new breaks passes."""
    return [_judged_anew(result, known) for result in results]


def _judged_anew(result: Result, known: Known) -> Result:
    if result.outcome != "failed":
        return result
    fresh = tuple(each for each in result.findings if (result.rule.id, each.subject) not in known)
    old = tuple(each for each in result.findings if each not in fresh)
    return replace(result, outcome="failed" if fresh else "passed", findings=fresh, known=old)
