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
    "template",
    [
        (
            "<table>{% for t in ts %}{% if forloop.first %}<tr>{% endif %}<td>x</td>"
            "{% if forloop.last %}</tr>{% endif %}{% endfor %}</table>"
        ),
        (
            "<table>{% assign ts = tags | split: ', ' %}{% for t in ts %}"
            "{% assign m = forloop.index0 | modulo: 3 %}{% if m == 0 %}<tr>{% endif %}<td>x</td>"
            "{% if m == 2 or forloop.last %}</tr>{% endif %}{% endfor %}</table>"
        ),
        (
            "{% for t in ts %}{% assign m = forloop.index0 | modulo: 3 %}{% if m == 0 %}<div>{% endif %}x"
            "{% if m == 2 or forloop.last %}</div>{% endif %}{% endfor %}"
        ),
        (
            "{% assign c = 0 %}<table>{% for t in (1..6) %}{% if c == 0 %}<tr>{% endif %}"
            "{% assign c = c | plus: 1 %}<td>x</td>{% if c == 3 %}</tr>{% assign c = 0 %}{% endif %}"
            "{% endfor %}</table>"
        ),
        (
            "<table>{% for t in (1..6) %}{% capture r %}{% cycle 'odd', 'even' %}{% endcapture %}"
            "{% if r == 'odd' %}<tr>{% endif %}<td>x</td>{% if r == 'even' %}</tr>{% endif %}"
            "{% endfor %}</table>"
        ),
        (
            "{% case p %}{% when 'Pro' %}<b>{% when 'Free' %}<i>{% else %}<u>{% endcase %}x"
            "{% case p %}{% when 'Pro' %}</b>{% when 'Free' %}</i>{% else %}</u>{% endcase %}"
        ),
        "{% if p == 'Pro' %}<b>{% endif %}x{% unless p != 'Pro' %}</b>{% endunless %}",
        "{% if p %}{% if q %}<b>{% endif %}{% endif %}x{% if p and q %}</b>{% endif %}",
        (
            "{% assign open = false %}{% if p %}{% assign open = true %}<ul>{% endif %}"
            "{% if open %}<li>a</li></ul>{% endif %}"
        ),
        "{% if n > 10 %}<div class='a'>{% else %}<div>{% endif %}x</div>",
        "{% if u == nil %}<i>{% else %}<b>{% endif %}x{% if u != nil %}</b>{% else %}</i>{% endif %}",
    ],
)
def test_what_cannot_come_out_unbalanced_is_clean(template):
    assert rules(template) == []


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<b><i>x</b></i>", ["<i> is still open where </b> ends"]),
        (
            "{% if u %}<a>{% endif %}x{% if v %}</a>{% endif %}",
            ["where “u” is there.", "where “v” is there."],
        ),
        ("{% if u %}<a>{% endif %}{% assign u = 1 %}{% if u %}</a>{% endif %}", ["where “u” is missing."]),
        ("{% if n >= 10 %}<b>{% endif %}{% unless n < 10 %}</b>{% endunless %}", ["where “n” is missing."]),
        ("{% if p == 'Pro' and n > 9 %}<b>{% endif %}{% if p == 'Pro' %}</b>{% endif %}", ["“p” is “Pro”"]),
        (
            "{% if a == 1 %}{% if b == 'x' %}{% if c > 7 %}<i>{% endif %}{% endif %}{% endif %}",
            ["“a” is 1 and “b” is “x” and “c” is 8."],
        ),
        ("{% for x in t %}{% if forloop.first %}<div>{% endif %}{% endfor %}", ["<div> is opened in a loop"]),
        ("{% for x in t %}<div>{% endfor %}", ["<div> is opened in a loop"]),
        ("<!-- note <p>{{ id }}</p>", ["This comment never ends"]),
        ("<!-- note -- > <div></div>", ["This comment never ends"]),
        ("<!-- note --><!----><!-->", []),
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
        ("{{ full_name | strip_html }}", ["CP531"]),
        ("{{ full_name | strip_html | escape }}", []),
        ("{{ full_name | escape | url_decode }}", ["CP531"]),
        ("{{ full_name | url_encode | url_decode | escape }}", []),
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
    ("template", "words"),
    [
        ("<a href=\"javascript:show('{{ company | url_encode }}')\">", "a javascript: address"),
        ('<a href=" JavaScript: show({{ company }})">', "a javascript: address"),
        ('<iframe src="data:text/html,{{ company | escape }}">', "a data: address"),
        ('<a href="javascript:show({{ orders | plus: 0 }})">', ""),
        ('<a href="{{ company | escape }}">', "href as the whole address"),
        ('<a href="{% if id %}{{ full_name | strip | escape }}{% endif %}/x">', "href as the whole address"),
        ('{% assign to = company | default: "/" %}<a href="{{ to | escape }}">', "href as the whole address"),
        ('<iframe src="{{ company | escape }}">', "src as the whole address"),
        ('{% assign to = "/x?q=" | append: company %}<a href="{{ to | escape }}">', ""),
        ("<a href=\"{{ company | prepend: 'https://' | escape }}\">", ""),
        ('<a href="{{ company | url_encode }}">', ""),
        ('<a href="{{ company_url | escape }}"><img src="{{ company | escape }}">', ""),
        ('<p style="color: {{ company | escape }}">', "the attribute style"),
        ('<p style="width: {{ capacity | escape }}%; color: {{ colour | escape }}">', ""),
    ],
)
def test_no_filter_makes_text_safe_where_it_is_run_or_led_to(template, words):
    found = [each for each in lint_template(template) if each.rule_id != "CP541"]
    assert [each.rule_id for each in found] == ["CP534"] * bool(words)
    assert all(words in each.message for each in found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Kiln & Co", ["CP534"]), ("https://kiln.example/", []), ("/kiln", []), (23, []), (None, ["CP534"])],
)
def test_data_tells_whether_a_whole_address_is_typed(value, expected):
    template = '{% if company %}<a href="{{ company | escape }}">Open</a>{% endif %}'
    assert rules(template, profiles=[{"company": value}]) == expected


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
    ("template", "fix"),
    [
        ("{{ tags }}", "Add | join: ', ' | escape."),
        ("{{ tags | join: ' ' }}", "Add | escape."),
        ("{% for tag in tags %}{{ tag }}{% endfor %}", "Add | escape."),
        ("{{ seats }}", None),
        ("{{ rows }}", None),
    ],
)
def test_list_is_told_as_one(template, fix):
    profile = {"tags": ["a", ["b c"]], "seats": [1, 2], "rows": [{"x": "a b"}]}
    found = [each for each in lint_template(template, profiles=[profile]) if each.rule_id == "CP531"]
    assert [each.fix for each in found] == ([fix] if fix else [])
    assert all("since it is a list of texts in your data" in each.message for each in found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(23, []), ("$150.00", []), ("Pro", ["CP535"]), ("a b", ["CP535"]), ("2013-06-16 12:36", ["CP535"])],
)
def test_data_tells_what_needs_quotes(value, expected):
    assert rules("<img alt={{ field | escape }}>", profiles=[{"field": value}]) == expected
