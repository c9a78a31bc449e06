"""The rules as a page: ``python -m harness.lint.reference docs/lint.md`` writes them into it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from harness.contract import OUR_CONVENTION
from harness.lint import lint_template
from harness.lint.rule import TemplateRule
from harness.lint.rules import RULES

_RULES = re.compile(r"(<!-- rules -->\n).*?(<!-- end of rules -->)", re.DOTALL)
_OPERATOR = r"(?:[=!<>]=|[<>])(?=\s|$)"
_CODE = re.compile(
    rf"\{{%.*?%\}}|\{{\{{.*?\}}\}}|&(?: [<>\"'])+|{_OPERATOR}(?: {_OPERATOR})+"
    r"|<[a-zA-Z/!][^<>]*>\w*|\{\{|\| \w+(?:: '…')?"
)
"""What is Liquid's, HTML's, or a row of operators or marks."""
_CUSTOMERS: tuple[dict[str, Any], ...] = (
    {"id": 3, "last_charge_amount": "$150.00", "first_charge_created_at": "2013-06-26 12:36:36 Z"},
    {"id": 4},
)


def rules_text() -> str:
    """Write every rule: a table to find it in, then each with its reason, examples, and what is said."""
    rows = ["| Rule | Severity | What must hold | --fix | Needs fields |", "|---|---|---|---|---|"]
    rows += [_row(rule) for rule in RULES]
    return "\n".join([*rows, *map(_section, RULES), ""])


def with_rules(page: str) -> str:
    """Put the rules between a page's two marks; raises ValueError where it has none."""
    if not _RULES.search(page):
        raise ValueError("The page has no <!-- rules --> and <!-- end of rules --> to write between.")
    return _RULES.sub(lambda marks: marks[1] + rules_text() + marks[2], page)


def _row(rule: TemplateRule) -> str:
    link = f"[{rule.id}](#{rule.id.lower()})"
    marks = ("✓" if rule.fixable else "", "✓" if rule.needs_data else "")
    return f"| {link} | {rule.severity} | {_plain(rule.title)} | {marks[0]} | {marks[1]} |"


def _section(rule: TemplateRule) -> str:
    is_ours = rule.sentence == OUR_CONVENTION
    source = f"{OUR_CONVENTION}." if is_ours else f"the helpdesk's page: “{rule.sentence}”"
    found = lint_template(rule.wrong, profiles=_CUSTOMERS if rule.needs_data else ())[0]
    parts = [
        f"\n### {rule.id}",
        f"**{_plain(rule.title)}.** {_plain(rule.why)}",
        f"Wrong:\n\n```liquid\n{rule.wrong}\n```",
        f"Right:\n\n```liquid\n{rule.right}\n```",
        f"Says: {_plain(found.message)}",
        f"Fix: {_plain(found.fix)}" + (f" `--fix` {_plain(rule.fixable)}." if rule.fixable else ""),
        f"Comes from {source}",
    ]
    return "\n\n".join(parts)


def _plain(text: str) -> str:
    """Write text so that Markdown and GitHub's pages take nothing in it for their own."""
    return _CODE.sub(lambda found: f"`{found[0]}`", text)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_rules(path.read_text(encoding="utf-8")), encoding="utf-8")
