"""A template's text and its places: an offset is a line and a column."""

from __future__ import annotations

from bisect import bisect_right
from string import Template

from harness.lint.findings import Finding, Replacement
from harness.lint.rule import TemplateRule

_LONGEST_SUBJECT = 200


class Source:
    """A template's text, which knows on which line and in which column a character stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        self._starts += [offset + 1 for offset, character in enumerate(text) if character == "\n"]

    def place(self, offset: int) -> tuple[int, int]:
        """Give line and column of an offset, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def finding(
        self,
        rule: TemplateRule,
        start: int,
        end: int,
        *,
        fix: str = "",
        replacement: Replacement | None = None,
        **words: object,
    ) -> Finding:
        """Make a rule's finding for the characters from ``start`` to ``end``.

        ``words`` fill the rule's message; ``fix`` stands for the rule's own where more is known.
        """
        line, column = self.place(start)
        end_line, end_column = self.place(max(start, end))
        return Finding(
            rule_id=rule.id,
            severity=rule.severity,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            message=Template(rule.message).substitute(words),
            fix=fix or Template(rule.fix).safe_substitute(words),
            replacement=replacement,
            subject=self._subject(start, end, str(words.get("name", ""))),
        )

    def _subject(self, start: int, end: int, name: str) -> str:
        piece = " ".join(self.text[start:end].split())[:_LONGEST_SUBJECT]
        return ": ".join(dict.fromkeys(filter(None, (name, piece))))
