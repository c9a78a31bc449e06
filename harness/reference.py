"""The rules as a page: ``python -m harness.reference docs/check.md`` writes their table into it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from harness.contract import OUR_CONVENTION, RULES, Rule

_TABLE = re.compile(r"(<!-- rules -->\n).*?(<!-- end of rules -->)", re.DOTALL)


def rules_table() -> str:
    """Write every rule as a row of a Markdown table."""
    rows = ["| Rule | Severity | What must hold | Where it comes from | Fix |", "|---|---|---|---|---|"]
    rows += [_row(rule) for rule in RULES]
    return "\n".join(rows) + "\n"


def with_rules(page: str) -> str:
    """Put the table between a page's two marks; raises ValueError where it has none."""
    if not _TABLE.search(page):
        raise ValueError("The page has no <!-- rules --> and <!-- end of rules --> to write between.")
    return _TABLE.sub(lambda marks: marks[1] + rules_table() + marks[2], page)


def _row(rule: Rule) -> str:
    source = OUR_CONVENTION if rule.sentence == OUR_CONVENTION else f"“{rule.sentence}”"
    cells = (rule.id, rule.severity, rule.title, source, rule.fix)
    return "| " + " | ".join(_cell(text) for text in cells) + " |"


def _cell(text: str) -> str:
    # GitHub's pages would otherwise take {% … %} and | for their own.
    return text.replace("|", "\\|").replace("{%", "`{%").replace("%}", "%}`")


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_rules(path.read_text(encoding="utf-8")), encoding="utf-8")
