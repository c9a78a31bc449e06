"""docs/liquid.md says what the code does: its tables and its snippets are run."""

from __future__ import annotations

import re

import liquid_pages
import pytest

ROWS = liquid_pages.rows()
SNIPPETS = re.findall(
    r"^```python\n(.*?)^```$", liquid_pages.PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize(("template", "ours", "theirs"), ROWS, ids=[row[0] for row in ROWS])
def test_row_says_what_both_show(template, ours, theirs):
    assert liquid_pages.shown_by_us(template) == ours
    assert liquid_pages.shown_by_python_liquid(template) == theirs


def test_every_rule_has_rows_and_most_rows_tell_a_difference():
    rules = liquid_pages.PAGE.read_text("utf-8").split("### ")[1:]
    assert len(rules) >= 15
    assert all("| `" in rule for rule in rules)
    assert sum(ours != theirs for _, ours, theirs in ROWS) > len(ROWS) * 2 / 3


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippet_runs(snippet):
    exec(compile(snippet, "docs/liquid.md", "exec"), {"__name__": "snippet"})  # noqa: S102 - our own page
