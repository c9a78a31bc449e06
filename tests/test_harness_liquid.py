"""The template language: the page's own examples, what lax mode forgives, and what it does not."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from harness.liquid import Template, TemplateLimitError, TemplateSyntaxError, render
from harness.liquid.dates import strftime

FIELDS = {
    "preferred_name": "Casey",
    "created_at": "2013-06-16 12:36:36 Z",
    "html": "<b>&</b>",
    "far": "99999999999999999999",
    "count": 3,
}


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("Name: {{preferred_name}}", "Name: Casey"),
        ("{{ created_at | date: '%Y-%m-%d' }}", "2013-06-16"),
        ('{{ created_at | date: "%B %e, %Y" }}', "June 16, 2013"),
        ("{% if missing %}a{% else %}b{% endif %}", "b"),
        ("{{ missing }}", ""),
        ("{{ html }}", "<b>&</b>"),
        ("{{ html | escape }}", "&lt;b&gt;&amp;&lt;/b&gt;"),
        ("{{ preferred_name | no_such_filter: 1 | upcase }}", "CASEY"),
        ("{{ count | divided_by: 0 }}after", "Liquid error: divided by 0after"),
        ("{{ far | date: '%Y' }}after", "3168873852651after"),
        ("{% if count == %}x{% endif %}after", "after"),
    ],
)
def test_template_renders_as_in_lax_mode(template, rendered):
    assert render(template, FIELDS) == rendered


@pytest.mark.parametrize(
    ("template", "message", "line"),
    [
        ("{% plan %}", "Unknown tag 'plan'", 1),
        ("\n{% endif %}", "Unknown tag 'endif'", 2),
        ("{% if a %}\nx", "'if' tag was never closed", 2),
        ("a\n{{ a", r"Variable '{{' was not properly terminated with regexp: /\}\}/", 2),
        ("a\n{{ {count} }}", r"Variable '{{ {count}' was not properly terminated with regexp: /\}\}/", 2),
        ("{% if a", r"Tag '{%' was not properly terminated with regexp: /\%\}/", 1),
        ("{% if a %}" * 5000, None, 1),
    ],
)
def test_broken_structure_raises_with_its_line(template, message, line):
    with pytest.raises(TemplateSyntaxError) as caught:
        Template(template)
    assert caught.value.line == line
    assert message in {None, caught.value.message}


@pytest.mark.parametrize(
    "template", ["{% for t in html limit:-1 %}x{% endfor %}", "{% for t in (1..3) limit:-1 %}x{% endfor %}"]
)
def test_loop_of_less_than_nothing_shows_nothing(template):
    assert render(template, {"html": ["a"]}) == ""


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in (1..1000) %}{% for j in (1..1000) %}x{% endfor %}{% endfor %}",
        (
            "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..40) %}"
            "{% capture a %}{{ a }}{{ a }}{% endcapture %}{% endfor %}"
        ),
        "{% for i in (1..5000) %}{{ (1..2000) | where: i | size }}{% endfor %}",
        "{% assign a = (1..9000) | reverse %}{% for i in (1..900) %}{{ a | sort | first }}{% endfor %}",
        "{% assign w = '' | split: '' %}{% for i in (1..900) %}{% assign w = w | concat: a %}{% endfor %}",
    ],
)
def test_template_that_asks_too_much_is_stopped(template):
    with pytest.raises(TemplateLimitError, match="too much"):
        render(template, {"a": [1] * 9000})


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("{{ utc }}", "2013-06-16 12:36:36 UTC"),
        ("{{ naive }}", "2013-06-16 12:36:36 UTC"),
        ("{{ there }}", "2013-06-16 14:36:36 +0200"),
        ("{{ day }} {{ day | append: '!' }}", "2013-06-16 2013-06-16!"),
        ("{{ there | date: '%T %z' }}", "14:36:36 +0200"),
        ("{% if naive < later %}before{% endif %}", "before"),
        (
            "{% if naive == 1 %}a{% endif %}{% if utc > 1 %}b{% endif %}",
            "Liquid error: comparison of Time with 1 failed",
        ),
        ("{{ moments | sort | first }}", "2013-06-16 12:36:36 UTC"),
    ],
)
def test_dates_of_python_are_shown_as_those_of_ruby(template, rendered):
    naive = datetime.fromisoformat("2013-06-16 12:36:36")
    utc = naive.replace(tzinfo=UTC)
    there = utc.astimezone(timezone(timedelta(hours=2)))
    fields = {"naive": naive, "utc": utc, "there": there, "later": utc + timedelta(1), "day": naive.date()}
    fields["moments"] = [fields["later"], naive]
    assert render(template, fields) == rendered


def test_partials_are_found_by_name():
    assert render("{% include 'row' %}", {"a": 1}, {"row": "[{{ a }}]"}) == "[1]"


def test_template_parsed_once_renders_often():
    template = Template("{{ a }}{% assign a = 9 %}")
    assert [template.render({"a": number}) for number in range(3)] == ["0", "1", "2"]


@pytest.mark.timing
@pytest.mark.parametrize("depth", [300, 500, 20_000])
def test_brackets_nested_beyond_reading_give_nothing(depth):
    started = time.process_time()
    assert Template("[{{ a" + "[b" * depth + "]" * depth + " }}]").render({"a": {}, "b": "a"}) == "[]"
    assert Template("[{{ " + "[" * depth + " }}]").render({}) == "[]"
    assert time.process_time() - started < 2


def test_asking_for_the_ends_of_a_long_list_costs_nothing():
    template = "{% for i in (1..9000) %}{{ a | size }}{{ a | first }}{% endfor %}"
    assert len(render(template, {"a": [1] * 9000})) == 9000 * 5


def test_long_forms_of_dates_are_not_kept():
    strftime._kept_plan.cache_clear()
    for size in (10, 100_000):
        assert render(f"{{{{ 0 | date: '%Y{'x' * size}' }}}}", {}) == "1970" + "x" * size
    assert strftime._kept_plan.cache_info().currsize == 1


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("a\n{{ n\n | times }}", 2),
        ("{% if\n9 o %}{% endif %}", 2),
        ("{%\n\n assign x = n | times %}", 3),
        ("{% for i in (1..2) %}\n{% echo\n n\n | times %}{% endfor %}", 3),
        ("{% if n %}\n\n{% elsif\n n %}{% endif %}{{ n | times }}", 4),
        ("{% liquid\n assign y = 1\n\n  assign x = n | times\n%}", 4),
    ],
)
def test_errors_in_the_page_are_told_on_the_line_where_the_markup_begins(template, line):
    (error,) = Template(template).report({"n": 1}).errors
    assert error.startswith(f"line {line}: ")
