"""HTML and Liquid read together: every tag and attribute has its place, whatever stands in it."""

import pytest

from harness.lint import lint_template
from harness.lint.html import read_html
from harness.lint.outline import read_outline


def read(text):
    return read_html(text, read_outline(text))


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("<p class=\"a {{ x }}\" id='b' hidden title={{ y }}>", [("p", ["a {{ x }}", "b", "", "{{ y }}"])]),
        ("<p {% if a > b %}id='q'{% endif %}>x", [("p", ["q"])]),
        ("<script>if (a<b) { '</p>' }</script><b>", [("script", []), ("/script", []), ("b", [])]),
        ("<!-- <b> --><![CDATA[ <i> ]]><u>", [("u", [])]),
        ("<textarea><b></textarea>", [("textarea", []), ("/textarea", [])]),
        ("a < b <3 </ x><{{ tag }}>", []),
        ("<A HREF=x/>", [("a", ["x/"])]),
        ("{% raw %}<b>{{ x }}</b>{% endraw %}", [("b", []), ("/b", [])]),
        ("{% comment %}<b>{% endcomment %}{% doc %}<i>{% enddoc %}", []),
    ],
)
def test_tags_and_values_are_found_where_they_stand(text, tags):
    found = [
        ("/" * tag.is_end + tag.name, [text[each.start : each.end] for each in tag.attributes])
        for tag in read(text).tags
    ]
    assert found == tags


def test_masked_text_is_as_long_as_the_template():
    text = "<h{% if big %}1{% else %}2{% endif %} class='{{ a }}'>é{{ 東京 }}"
    html = read(text)
    assert len(html.masked) == len(text)
    assert [text[each.start : each.end] for each in html.tags[0].attributes] == ["{{ a }}"]


def rules(template, **options):
    return [each.rule_id for each in lint_template(template, **options)]


@pytest.mark.parametrize(
    "template",
    [
        "{% if u %}<a href='/'>{% endif %}x{% if u %}</a>{% endif %}",
        (
            "{% if a %}<h1>{% elsif b %}<h2>{% else %}<h3>{% endif %}x"
            "{% if a %}</h1>{% elsif b %}</h2>{% else %}</h3>{% endif %}"
        ),
        "{% unless a %}<b>{% endunless %}x{% if a %}{% else %}</b>{% endif %}",
        "{% case p %}{% when 1 %}<b>x{% else %}<b>y{% endcase %}</b>",
        "<ul>{% for x in tags %}<li>{{ x | escape }}{% endfor %}</ul>",
        (
            "{% for x in t %}{% if forloop.first %}<ul>{% endif %}<li>"
            "{% if forloop.last %}</ul>{% endif %}{% endfor %}"
        ),
        "{% capture open %}<b>{% endcapture %}{{ open }}x</b>",
        "<table><tr><td>a<td>b<tr><td>c</table><p>x<p>y<br><img src='/a.png'>",
        "<svg><path d='M0 0'/></svg>",
        "<h{% if big %}1{% else %}2{% endif %}>x</h{% if big %}1{% else %}2{% endif %}>",
    ],
)
def test_balanced_on_every_way_is_clean(template):
    assert rules(template) == []


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<b><i>x</b></i>", ["<i> is still open where </b> ends"]),
        ("{% if u %}<a>{% endif %}x{% if v %}</a>{% endif %}", ["on some ways", "on some ways"]),
        ("{% if u %}<a>{% endif %}{% assign u = 1 %}{% if u %}</a>{% endif %}", ["some ways", "some ways"]),
        ("{% for x in t %}<div>{% endfor %}", ["<div> is opened in a loop"]),
        ("<div>{% for x in t %}</div>{% endfor %}", ["<div> is never closed", "This loop ends an element"]),
        ("<p><div></div></p>", ["</p> ends nothing"]),
        ("<div/>", ["<div /> is not closed"]),
        ("<a href='x>y</a>", ["A quote or an angle bracket is missing"]),
        ('<a href="x>y</a> <b class="z">t</b>', ["A quote or an angle bracket is missing"]),
    ],
)
def test_imbalance_is_told_by_its_cause(template, words):
    found = lint_template(template)
    assert [each.rule_id for each in found] == ["CP541"] * len(words)
    assert all(word in each.message for word, each in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ full_name | upcase }}", ["CP531"]),
        ("{% assign n = full_name | default: email %}{{ n }}", ["CP531"]),
        ("{% assign n = full_name | escape %}{{ n }}", []),
        ("{{ 'Hi ' | append: first_name }}", ["CP531"]),
        ("{% capture n %}{{ full_name | escape }}{% endcapture %}{{ n }}", []),
        ("{{ full_name | size }}{{ email | url_encode }}{{ plan }}", []),
        ("{% assign n = full_name %}{% for n in tags %}{{ n }}{% endfor %}", []),
        ("{% for n in full_name %}{{ n }}{% endfor %}{{ forloop.index }}", ["CP531"]),
        ('<a href="{{ link }}">', ["CP532"]),
        ('<a href="mailto:{{ email | escape }}">', []),
        ('<a href="/x?q={{ company | escape }}">', ["CP533"]),
        ('<a href="/x/{{ customer_id }}">', []),
        ("<b onclick=\"go('{{ plan | escape }}')\">", ["CP534"]),
        ("<style>b{color:{{ colour }}}</style>", ["CP534"]),
        ("<!-- {{ full_name }} -->", []),
        ("<p title={{ plan | escape }}>", ["CP535"]),
        ("<p title={{ name }}>", ["CP535"]),
        ("<img width={{ width | plus: 0 }}><td colspan={{ order_count }}>", []),
    ],
)
def test_values_are_judged_by_where_they_stand(template, expected):
    assert [rule for rule in rules(template) if rule != "CP541"] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Casey & Co", ["CP531"]),
        ("a <b>", ["CP531"]),
        ("Pro", []),
        ("$150.00", []),
        ("2013-06-16 12:36:36 Z", []),
        ("cus_XdlkjDfljdl", []),
        (23, []),
        (True, []),
        (None, []),
    ],
)
def test_data_tells_what_can_hold_html(value, expected):
    found = rules("{% if field %}{{ field }}{% endif %}", profiles=[{"field": value}])
    assert found == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(23, []), ("$150.00", []), ("Pro", ["CP535"]), ("a b", ["CP535"]), ("2013-06-16 12:36", ["CP535"])],
)
def test_data_tells_what_needs_quotes(value, expected):
    assert rules("<img alt={{ field | escape }}>", profiles=[{"field": value}]) == expected
