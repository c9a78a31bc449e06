"""What lint finds: where, what is wrong, how to mend it, and what ``--fix`` would write there."""

from __future__ import annotations

from dataclasses import dataclass

from harness.contract import Severity


@dataclass(frozen=True, slots=True)
class Replacement:
    """Text to put in the place of the template's characters from ``start`` to ``end``, offsets from 0."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a template, at one place of it.

    Lines and columns count from 1, in characters; the end is where the next character would be. ``fix`` is
    for people; ``replacement`` is there only where ``--fix`` may write it. ``subject`` is the field and the
    piece of the template that the finding is about: it stays the same while words, lines and data change.
    """

    rule_id: str
    severity: Severity
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    fix: str
    replacement: Replacement | None = None
    subject: str = ""
