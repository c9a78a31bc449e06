"""--fix: safe, complete, and done after one time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_lint_any_text import TEXTS

from harness.lint import RULES, Finding, Replacement, fixing, lint_template
from harness.lint.fixing import diff, fix_template
from harness.liquid import TemplateError, render

CLEAN_TEXT = st.text(st.characters(exclude_characters="&<>\"'", exclude_categories=["Cs"]), max_size=8)
CLEAN_PROFILES = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), CLEAN_TEXT)
        for name in ("plan", "x", "full_name", "email", "a")
    },
)
SHOWN = st.sampled_from(
    [
        *("{{ full_name }}", '<p title="{{ plan }}">', "{{ email | upcase -}}", "{{ x | newline_to_br }}"),
        *("{% if {{plan}} == 'Pro' %}", "{% if {{ x }} and {{a}} %}", "{% endif %}", "{% for x in {{a}} %}"),
        *("{% endfor %}", "{% assign a = full_name | split: ' ' %}", "{{ a }}", "<a href='{{ x }}'>", " \n"),
        *("{% capture plan %}", "{% endcapture %}", "{% liquid\necho full_name\n%}", "{{ full_name y }}"),
        *("{{ email | default: full_name }}", "{% assign plan = x | append: full_name %}", "{% else %}"),
    ]
)
TEMPLATES = st.one_of(st.lists(SHOWN, max_size=12).map("".join), TEXTS)


def _rendered(template, profile):
    try:
        return render(template, profile)
    except TemplateError as error:
        return type(error)


@settings(max_examples=500, deadline=None)
@given(TEMPLATES, CLEAN_PROFILES)
def test_fixing_changes_nothing_for_a_profile_without_html(template, profile):
    fixed, _ = fix_template(template, is_chosen=lambda finding: finding.rule_id != "CP542")
    assert _rendered(fixed, profile) == _rendered(template, profile)


@settings(max_examples=300, deadline=None)
@given(TEMPLATES)
def test_fixing_twice_is_fixing_once(template):
    fixed, _ = fix_template(template)
    assert fix_template(fixed) == (fixed, 0)
    assert not [each for each in lint_template(fixed) if each.replacement]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.fixable], ids=lambda rule: rule.id)
def test_fixable_rule_mends_its_wrong_template(rule):
    fixed, mended = fix_template(rule.wrong)
    assert (lint_template(fixed), mended) == ([], 1)


def test_only_rules_that_say_so_are_fixed():
    mended = {each.rule_id for rule in RULES for each in lint_template(rule.wrong) if each.replacement}
    assert mended == {rule.id for rule in RULES if rule.fixable}


@pytest.mark.parametrize(
    ("template", "fixed"),
    [
        ("{{ full_name }}", "{{ full_name | escape }}"),
        ("{{-full_name-}}", "{{-full_name | escape-}}"),
        ("{{ full_name | newline_to_br }}", "{{ full_name | escape | newline_to_br }}"),
        ("{% if {{ a }} %}{% endif %}",) * 2,
        ("{% if a %}{%- elsif {{b}} -%}{% endif %}", "{% if a %}{%- elsif b -%}{% endif %}"),
        ('<a target="_blank">', '<a target="_blank" rel="noopener noreferrer">'),
        ('<a target=_blank rel="author">', '<a target=_blank rel="author noopener noreferrer">'),
        ("{% assign names = full_name | split: ' ' %}{{ names }}",) * 2,
    ],
)
def test_what_is_written_is_as_people_would_write_it(template, fixed):
    assert fix_template(template)[0] == fixed


def test_replacements_that_overlap_wait_for_the_next_round(monkeypatch):
    found = [
        Finding("CP514", "warning", 1, 1, 1, 1, "", "", Replacement(start, end, "-"))
        for start, end in ((0, 2), (1, 3), (3, 4))
    ]
    monkeypatch.setattr(fixing, "lint_template", lambda text, **_: found if text == "abcd" else [])
    assert fix_template("abcd") == ("-c-", 2)


def test_diff_is_as_diff_writes_it():
    assert diff("a\nb\n", "a\nc\n", "x") == "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
    assert diff("a", "b", "x").endswith(
        "-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"
    )
    assert diff("a\n", "", "/any/x").startswith("--- a/any/x\n+++ b/any/x\n")
    assert diff("a", "a", "x") == ""
