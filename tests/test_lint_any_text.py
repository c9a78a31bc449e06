"""No text and no profile make lint raise, and places are always places of the text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.lint import BY_ID, lint_template

PIECES = st.sampled_from(
    [
        *("{%", "%}", "{{", "}}", "{%-", "-%}", " ", "\n", "if ", "endif", "for x in ", "endfor", "assign "),
        *(
            "x",
            "plan",
            "a.b",
            "[",
            "]",
            "(1..3)",
            "| ",
            "escape",
            "plus: 1",
            "'",
            '"',
            "==",
            "&&",
            "not ",
            ">",
        ),
        *(
            "<a href=",
            "<p>",
            "</p>",
            "<script>",
            "</script>",
            "<!--",
            "-->",
            "<![CDATA[",
            "<!x",
            "</",
            "<br/>",
        ),
        *('target="_blank"', "rel=", "=", "{% comment %}", "{% endcomment %}", "{% raw %}", "{% endraw %}"),
        *(
            "lint: ignore CP5xx",
            "liquid\n",
            "case plan",
            "when 1",
            "else",
            "capture y",
            "endcapture",
            "\ue000",
        ),
        *("{% if plan %}", "{% else %}", "{% endif %}", "{{ plan }}", "{% for x in plan %}", "{% endfor %}"),
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=200))
PROFILES = st.lists(
    st.dictionaries(
        st.one_of(st.sampled_from(["plan", "x", "name"]), st.text(max_size=4)),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([1])),
        max_size=4,
    ),
    max_size=3,
)


@settings(max_examples=600, deadline=None)
@given(TEXTS, PROFILES)
def test_no_text_makes_lint_raise(text, profiles):
    lines = text.split("\n")
    for each in lint_template(text, profiles=profiles):
        assert each.rule_id in BY_ID
        assert 1 <= each.line <= len(lines)
        assert 1 <= each.column <= len(lines[each.line - 1]) + 1
        assert (each.line, each.column) <= (each.end_line, each.end_column)
