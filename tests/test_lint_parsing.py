"""Lint on templates that Liquid refuses: each reason is told, with its place."""

import pytest

from harness.lint import lint_template


@pytest.mark.parametrize(
    ("template", "rule", "place", "words"),
    [
        ("a\n  {% if plan %}b", "CP501", (2, 3), "'if' tag was never closed"),
        ("{% else %}", "CP501", (1, 1), "'else' stands outside of any block"),
        ("{% if a %}{% elseif b %}{% endif %}", "CP511", (1, 14), "did you mean “elsif”?"),
        ("\n{% plan %}", "CP511", (2, 4), "no tag “plan”"),
        ("{% if a %}{% endunless %}{% endif %}", "CP501", (1, 11), "not a valid delimiter"),
        ("{{ plan", "CP501", (1, 1), "not properly terminated"),
        ("{% for a %}{% endfor %}", "CP501", (1, 1), "for [item] in [collection]"),
    ],
)
def test_what_liquid_refuses_is_told_with_its_place(template, rule, place, words):
    (finding,) = lint_template(template)
    assert (finding.rule_id, finding.severity) == (rule, "error")
    assert (finding.line, finding.column) == place
    assert words in finding.message


def test_every_unknown_tag_is_told_at_once():
    found = lint_template("{% plan %}{% if a %}{% sparkle %}{% endif %}")
    assert [(each.rule_id, each.column) for each in found] == [("CP511", 4), ("CP511", 24)]


def test_a_tag_that_is_a_field_is_to_be_an_output():
    (finding,) = lint_template("{% plan %}")
    assert "{{ plan }}" in finding.fix
