"""No text, as template or as data, makes anything but output or the errors that are documented."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.liquid import Template, TemplateLimitError, TemplateSyntaxError
from harness.liquid.filters import FILTERS
from harness.liquid.filters.arity import bounds
from harness.liquid.tags import TAGS

MARKS = ["{{", "}}", "{%", "%}", "{%-", "-%}", *"{}%-|:,.'\"()[] \n=<>!&?#_\\019aé"]
EXPRESSIONS = ["blank", "empty", "nil", "true", "self", "forloop", "a", "b.c", "d[0]", "'x'", "1.5", "(1..3)"]
GLUE = [" and ", " or ", " contains ", " in ", "limit:1", "offset:continue", "with", "for", "as", "reversed"]
BRANCHES = ["{% else %}", "{% elsif a %}", "{% when a %}", "else", "elsif", "when"]
WORDS = [
    *MARKS,
    *EXPRESSIONS,
    *GLUE,
    *BRANCHES,
    *(f"| {name}" for name in FILTERS),
    *(f"{{% {tag.name} a in d %}}" for tag in TAGS),
    *(f"{{% end{tag.name} %}}" for tag in TAGS),
]
TEMPLATES = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
NUMBERS = st.one_of(st.integers(), st.floats(), st.integers(-(10**40), 10**40))
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), NUMBERS, st.text(max_size=20), st.dates().map(str), st.datetimes().map(str)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries({"a": VALUES, "b": VALUES, "d": VALUES})
ARGUMENTS = st.lists(st.sampled_from(["a", "b", "d", "'x'", "0", "-1", "nil", "'%Y'", "k: a"]), max_size=3)
ANY = settings(max_examples=400, deadline=timedelta(seconds=5), suppress_health_check=[HealthCheck.too_slow])


def _rendered(template, fields):
    try:
        output = Template(template, {"x": "{{ a }}{% break %}"}).render(fields)
    except (TemplateSyntaxError, TemplateLimitError):
        return
    assert isinstance(output, str)


@ANY
@given(TEMPLATES, FIELDS)
def test_any_template_gives_output_or_a_documented_error(template, fields):
    _rendered(template, fields)


@ANY
@given(st.sampled_from(sorted(FILTERS)), ARGUMENTS, FIELDS)
def test_any_filter_takes_any_values(name, arguments, fields):
    expression = f"a | {name}{': ' if arguments else ''}{', '.join(arguments)}"
    _rendered(
        f"{{{{ {expression} }}}}{{% assign z = {expression} %}}{{{{ z | first }}}}{{{{ z.size }}}}", fields
    )


@ANY
@given(st.lists(st.sampled_from(sorted(FILTERS)), min_size=2, max_size=4), FIELDS)
def test_any_filters_follow_one_another(names, fields):
    given = {name: ": 7, d"[: (0, 3, 6)[bounds(FILTERS[name])[0] - 1]] for name in names}
    chain = "".join(f" | {name}{given[name]}" for name in names)
    _rendered(f"{{{{ a{chain} }}}}{{{{ a | divided_by: 0.0{chain} }}}}", fields)


@ANY
@given(st.text(max_size=40), st.one_of(VALUES, st.text("0123456789-/:., +TZapmw'", max_size=40)))
def test_any_text_is_a_form_of_a_date_or_a_date(form, value):
    _rendered("{{ a | date: b }}{{ b | date: a }}", {"a": value, "b": form})


@ANY
@given(
    st.lists(st.sampled_from([*EXPRESSIONS, "a.first", "d[a]"]), min_size=2, max_size=2),
    st.sampled_from(["==", "!=", "<", ">", "<=", ">=", "<>", "contains", "=", "is"]),
    FIELDS,
)
def test_any_values_can_be_compared(sides, operator, fields):
    condition = f"{sides[0]} {operator} {sides[1]}"
    _rendered(
        f"{{% if {condition} %}}y{{% endif %}}{{% case a %}}{{% when {sides[1]} %}}{{% endcase %}}", fields
    )
