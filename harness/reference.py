"""The rules as a page: ``python -m harness.reference docs/rules.md`` writes them into it."""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path

from harness.contract import OUR_CONVENTION, Rule
from harness.rules import RULES

_MADE = re.compile(r"(<!-- rules -->\n).*?(<!-- end of rules -->)", re.DOTALL)

_EXAMPLE = ("https://example.com/profile", "casey@example.com")


def rules_page() -> str:
    """Write a table of every rule, then a section for each."""
    rows = ["| Rule | Severity | What must hold |", "|---|---|---|"]
    rows += [f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity} | {rule.title} |" for rule in RULES]
    parts = ["\n".join(rows)]
    for room, rules in groupby(RULES, key=lambda rule: rule.room):
        parts.append(f"## {room}")
        parts += [_section(rule) for rule in rules]
    return "\n\n".join(parts) + "\n"


def with_rules(page: str) -> str:
    """Put the rules between a page's two marks; raises ValueError where it has none."""
    if not _MADE.search(page):
        raise ValueError("The page has no <!-- rules --> and <!-- end of rules --> to write between.")
    return _MADE.sub(lambda marks: marks[1] + rules_page() + marks[2], page)


def _section(rule: Rule) -> str:
    source = "Our convention" if rule.sentence == OUR_CONVENTION else f"“{rule.sentence}”"
    return (
        f'<a id="{rule.id.lower()}"></a>\n### {rule.id}: {rule.title}\n\n'
        f"*{rule.severity}* · {source}\n\n{_text(rule.looks_at)}\n\n"
        f"**Fix:** {_text(rule.fix)}\n\n```\n{rule.curl(*_EXAMPLE)}\n```"
    )


def _text(text: str) -> str:
    # GitHub's pages would otherwise take {% … %} and {{ … }} for their own.
    return re.sub(r"(?<!`)(\{%.*?%\}|\{\{.*?\}\})(?!`)", r"`\1`", text)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_rules(path.read_text(encoding="utf-8")), encoding="utf-8")
