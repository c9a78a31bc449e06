"""The reference page says what the rules say."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.check_command import check
from harness.commands import helpdesk
from harness.contract import OUR_CONVENTION
from harness.record_command import record_command
from harness.reference import rules_page, with_rules
from harness.rules import RULES
from harness.rules.registry import rule

DOCS = Path(__file__).parents[1] / "docs"


def test_rules_page_is_up_to_date():
    page = (DOCS / "rules.md").read_text(encoding="utf-8")
    assert page == with_rules(page), "run: python -m harness.reference docs/rules.md"


def test_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="<!-- rules -->"):
        with_rules("# nothing")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_says_all_there_is_to_say(rule):
    page = rules_page()
    assert f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity} | {rule.title} |" in page
    assert rule.curl("https://example.com/profile", "casey@example.com") in page
    assert rule.looks_at.endswith(".")
    assert rule.fix.endswith((".", "}."))
    assert rule.sentence == OUR_CONVENTION or f"“{rule.sentence}”" in page


def test_rule_of_an_id_that_is_taken_is_refused():
    with pytest.raises(ValueError, match="two rules CP101"):
        rule("CP101", "error", "Again", sentence=OUR_CONVENTION, fix="")(lambda _: [])


@pytest.mark.parametrize(
    ("command", "page"), [(check, "check.md"), (record_command, "check.md"), (helpdesk, "helpdesk.md")]
)
def test_every_option_is_on_its_page(command, page):
    text = (DOCS / page).read_text(encoding="utf-8")
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    missing = {
        name for name in options - {"--api-token"} if f"`{name}" not in text and f" `{name}" not in text
    }
    assert missing == set()
    assert "Usage:" in CliRunner().invoke(command, ["--help"]).output
