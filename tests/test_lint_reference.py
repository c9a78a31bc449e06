"""The page about lint says what the rules say, and what it shows is what is printed."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.lint import RULES, lint_template
from harness.lint.reference import rules_text, with_rules
from harness.lint_command import lint

PAGE = (Path(__file__).parents[1] / "docs" / "lint.md").read_text("utf-8")


def test_rules_on_the_page_are_up_to_date():
    assert with_rules(PAGE) == PAGE, "run: python -m harness.lint.reference docs/lint.md"
    assert all(f"### {rule.id}\n" in PAGE for rule in RULES)


def test_marks_and_operators_are_each_one_piece_of_code():
    text = rules_text()
    assert "without `& < > \" '` look the same" in text
    assert "compares by `== != < > <= >=` and" in text
    assert "called `<b>Casey` changes" in text


def test_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="<!-- rules -->"):
        with_rules("# nothing")


def test_example_is_what_is_printed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profile.liquid").write_text("{% if {{plan}} == 'Pro' %}<b>Pro</b>{% endif %}\n")
    (shown,) = re.findall(
        r"^\$ custom-profile lint profile.liquid\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
    )
    printed = CliRunner().invoke(lint, ["profile.liquid"]).output
    assert [line.rstrip() for line in printed.splitlines()] == shown.splitlines()


@pytest.mark.parametrize(
    "template", re.findall(r"^```liquid\n(\{%[^`]*?lint: ignore.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
)
def test_silenced_example_is_clean(template):
    assert lint_template(template) == []
    assert lint_template(template.replace("lint:", "")) != []


def test_every_option_is_on_the_page():
    options = {name for parameter in lint.params for name in parameter.opts if name.startswith("--")}
    missing = {name for name in options - {"--api-token"} if f"`{name}" not in PAGE}
    assert missing == set()
    assert "Usage:" in CliRunner().invoke(lint, ["--help"]).output
