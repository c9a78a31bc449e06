"""The reference page says what the rules say."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.commands import check, helpdesk
from harness.contract import RULES
from harness.reference import rules_table, with_rules

DOCS = Path(__file__).parents[1] / "docs"


def test_rules_page_is_up_to_date():
    page = (DOCS / "check.md").read_text(encoding="utf-8")
    assert page == with_rules(page), "run: python -m harness.reference docs/check.md"
    assert all(f"| {rule.id} | {rule.severity} |" in page for rule in RULES)


def test_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="<!-- rules -->"):
        with_rules("# nothing")


def test_table_has_a_row_of_five_cells_for_every_rule():
    rows = rules_table().splitlines()
    assert len(rows) == len(RULES) + 2
    assert {row.replace("\\|", "").count("|") for row in rows} == {6}


@pytest.mark.parametrize(("command", "page"), [(check, "check.md"), (helpdesk, "helpdesk.md")])
def test_every_option_is_on_its_page(command, page):
    text = (DOCS / page).read_text(encoding="utf-8")
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    missing = {
        name for name in options - {"--api-token"} if f"`{name}" not in text and f" `{name}" not in text
    }
    assert missing == set()
    assert "Usage:" in CliRunner().invoke(command, ["--help"]).output
