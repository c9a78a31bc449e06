"""What lax mode accepts, and what it makes of it: each told by its cause, once."""

import pytest

from harness.lint import lint_template
from harness.liquid import render


def told(template):
    return [(each.rule_id, each.column) for each in lint_template(template)]


def test_name_that_begins_with_a_digit_is_told_as_one():
    for template in ("{{ 2fa | upcase }}", "{% if 2fa == '3x' %}x{% endif %}", "{% assign x = 2fa %}{{ x }}"):
        (finding,) = lint_template(template)
        assert finding.message == "Only lax mode accepts this, since “2fa” begins with a digit."
        assert finding.fix.endswith(": _2fa.")
    (finding,) = lint_template("{{ 2fa enabled }}")
    assert "it reads no more than “2fa”" in finding.message


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{% if {{plan}} == 'Pro' %}x{% endif %}", [("CP514", 7)]),
        ("{% if {{ plan }} %}x{% endif %}", [("CP514", 7)]),
        ("{% for x in {{tags}} %}x{% endfor %}", [("CP514", 13)]),
        ("{% if a && b %}x{% endif %}", [("CP516", 9)]),
        ("{% if a || b %}x{% endif %}", [("CP516", 9)]),
        ("{% if a = 'x' %}x{% endif %}", [("CP516", 9)]),
        ("{% if a === 'x' %}x{% endif %}", [("CP516", 9)]),
        ("{% if not a %}x{% endif %}", [("CP516", 7)]),
        ("{% if !a %}x{% endif %}", [("CP516", 7)]),
        ("{% if a>2 %}x{% endif %}", [("CP516", 8)]),
        ("{% if a == 'x>2&&!' %}x{% endif %}", []),
        ("{% if (a or b) and c %}x{% endif %}", [("CP515", 7)]),
        ("{% if a %}x{% else if b %}y{% endif %}", [("CP515", 20)]),
        ("{{ plan name }}", [("CP515", 4)]),
        ("{{ '1' | append: 2fa }}", [("CP515", 18)]),
        ("{% for x in 2fa_keys %}x{% endfor %}", [("CP515", 13)]),
        ("{{ \u201cplan\u201d }}", [("CP515", 4)]),
        ("{{ plan | append 'x' }}", [("CP513", 11)]),
        ("{{ plan | upcase: 1 }}", [("CP513", 11)]),
        ("{{ plan | truncate: 5, '...', 1 }}", [("CP513", 11)]),
        ("{{ plan | upcase | datetime: 'x' }}", [("CP512", 20)]),
        ("{% assign x = plan | titleize %}", [("CP512", 22)]),
        ("{% liquid\n assign x = plan | titleize\n if x = 2\n endif\n%}", [("CP512", 20), ("CP516", 7)]),
        ("{{ }}{{ 'a' }}{{ (1..3) }}{{ a[0] | first }}{{ -1.5 | abs }}", []),
        ("{% for i in (1..n) limit: 2, offset: x reversed %}x{% endfor %}", []),
        ("{% case x %}{% when 'a', 'b' or 3 %}y{% endcase %}{% if a contains c or d %}x{% endif %}", []),
        ("{% raw %}{{ a b }}{% endraw %}{% comment %}{% if a = 1 %}{% endcomment %}", []),
    ],
)
def test_lax_syntax_is_told_by_its_cause(template, expected):
    assert told(template) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{optional} {1} {} [plans] 100% plan 5%",
        "{% raw %}{{ plan }}{plans}{% endraw %}",
        "<script>f({plan})</script><style>a{plan}</style><!-- {plan} -->",
        "{% if plan %}{ {% endif %}",
        "<p style='color: red'>{{ plan }}</p>",
    ],
)
def test_braces_around_what_is_no_field_are_text(template):
    assert lint_template(template, profiles=[{"plan": "Pro"}]) == []


@pytest.mark.parametrize("word", ["is", "equals", "starts_with", "=>", "=<", "=!"])
def test_operator_of_another_language_is_told_with_what_agents_see(word):
    template = f"{{% if plan {word} 'Pro' %}}x{{% endif %}}"
    (finding,) = lint_template(template, profiles=[{"plan": "Pro"}] * 3)
    shown = render(template, {"plan": "Pro"})
    assert (finding.rule_id, finding.severity) == ("CP516", "error")
    assert f"Liquid error: Unknown operator {word}" in shown
    assert shown in finding.message


@pytest.mark.parametrize("template", ["{% if a == %}x{% endif %}", "{% assign x == 3 %}"])
def test_what_lax_mode_reads_is_told_in_words_of_liquid(template):
    (finding,) = lint_template(template)
    assert "None" not in finding.message
    assert "nothing of it" in finding.message or "“a == nil”" in finding.message


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% if a && b %}x{% endif %}", "Write and."),
        ("{% if a>2 %}x{% endif %}", "a > 2"),
        ("{% if a &gt; 2 %}x{% endif %}", "> and not &gt;"),
        ("{% if a &lt;= 2 %}x{% endif %}", "> and not &gt;"),
        ("{{#if plan}}", "Handlebars"),
        ("{{/if}}", "Handlebars"),
        ("{% if plan }x{% endif %}", "{% if plan %}"),
        ("{% if a %}{% else }x{% endif %}", "{% else %}"),
        ("{{ \u201cplan\u201d }}", "straight quotes"),
        ("{% if (a or b) and c %}x{% endif %}", "no parentheses"),
        ("{% if a %}x{% else if b %}y{% endif %}", "{% elsif … %}"),
        ("{% if {{ plan }} %}x{% endif %}", "{% if plan %}"),
        ("{{ plan }", "Write }} where"),
        ("{{ plan", "Write }} where"),
        ("{% if plan", "Write %} where"),
        ("{% for x in a %}{% endif %}", "opposite order"),
        ("{% elsif plan %}", "between {% if … %} and {% endif %}"),
        ("{% assign x 3 %}", "“Valid syntax”"),
        ("{{{ plan }}}", "two braces on each side"),
        ("{plan}", "Write {{ plan }}."),
        ("${ plan }", "Write {{ plan }}."),
        ("{ { plan | upcase } }", "Write {{ plan }}."),
        ("<p title='<%= plan %>'>x</p>", "Write {{ plan }}."),
        ("[[plan]]", "Write {{ plan }}."),
        ("%plan%", "Write {{ plan }}."),
        ("{% if plan is 'Pro' %}x{% endif %}", "Write ==."),
        ("{% if b and plan equals 'Pro' %}x{% endif %}", "Write ==."),
        ("{% if plan is not 'Pro' %}x{% endif %}", "Write !=."),
        ("{% if plan has 'Pro' %}x{% endif %}", "Write contains."),
        ("{% if plan starts_with 'Pro' %}x{% endif %}", "one of == != < > <= >= contains"),
        ("{% if a => 2 %}x{% endif %}", "Write >=."),
        ("{% if a =< 2 %}x{% endif %}", "Write <=."),
        ("{% if plan =! 'Pro' %}x{% endif %}", "Write !=."),
        ("{% if plan == \u201cPro\u201d %}x{% endif %}", "straight quotes"),
        ("{% if not b %}x{% endif %}", "{% unless … %}"),
        ("{% if plan == %}x{% endif %}", "an operator between them"),
        ("{% assign x == 3 %}{{ x }}", "single ="),
        ("{% assign x = a * 12 %}{{ x }}", "by filters"),
        ("{{ plan | default 'x' }}", "| default: …"),
        ("{{ plan | truncate 10 }}", "| truncate: …"),
        ("{{ if plan }}", "{% if plan %}"),
        ("{{ endif }}", "{% endif %}"),
        ("{{ a * 12 }}", "by filters"),
        ("{{ 'x' + plan }}", "append"),
        ("{{ plan ?? 'none' }}", "| default: '…'"),
        ("{{ plan ? 'a' : 'b' }}", "{% else %}"),
        ("{{ plan == 'Pro' }}", "{% if … %}"),
    ],
)
def test_fix_says_what_to_write(template, words):
    (finding,) = lint_template(template, profiles=[{"plan": "Pro", "a": 3, "b": True, "c": True}])
    assert words in finding.fix
