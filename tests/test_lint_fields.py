"""Names, guards, comparisons: what the template says of fields, and what the profiles say."""

import pytest

from harness.lint import lint_template

PRO = {"plan": "Pro", "orders": 3, "since": "2013-06-16", "orders_total": "$150.00"}


def found(template, *profiles):
    return [(each.rule_id, each.column) for each in lint_template(template, profiles=profiles)]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ plam }}", [("CP521", 4)]),
        ("{% if Plan %}{% endif %}", [("CP521", 7)]),
        ("{% for x in ordesr %}{{ x }}{% endfor %}", [("CP521", 13)]),
        ("{{ plan | append: sicne }}", [("CP521", 19)]),
        ("{% assign plam = 1 %}{{ plam }}", []),
        ("{% capture y %}{% endcapture %}{{ y }}{% increment i %}", []),
        ("{% if shoe_size %}{{ shoe_size }}{% endif %}", []),
        ("{{ shoe_size }}", [("CP521", 4)]),
        ("{% if first_orders_total %}{{ first_orders_total }}{% endif %}", []),
        ("{% if plam %}{% endif %}", [("CP521", 7)]),
        ("{{ full_name | escape }}{{ forloop.index }}{{ 'plam' }}", []),
        ("{{ orders.total }}", [("CP523", 4)]),
        ("{{ plan.size }}{{ plan.first }}{{ plan[0] }}", []),
    ],
)
def test_names_are_looked_up_in_the_profiles(template, expected):
    assert found(template, PRO) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{% if shoe_size %}{{ shoe_size }}{% endif %}", [("CP521", 7)]),
        ("{% if plan %}x{% elsif shoe_size > 3 %}{{ shoe_size }}{% endif %}", [("CP521", 24)]),
        ("{% unless plan and shoe_size %}x{% endunless %}", [("CP521", 20)]),
        ("{% assign shoe_size = 1 %}{% if shoe_size %}x{% endif %}", []),
        ("{% if plan %}{{ plan }}{% endif %}", []),
    ],
)
def test_what_an_if_asks_for_and_none_of_several_has_is_told_once(template, expected):
    assert found(template, PRO, {"orders": 1}, {"orders": 2}) == expected
    assert found(template, PRO, {"orders": 1}, {}) == []
    assert found(template) == []


def test_nearest_name_is_offered():
    (finding,) = lint_template("{{ order_total }}", profiles=[PRO])
    assert "did you mean “orders_total”?" in finding.message


NESTED = {
    "stripe": {"customer_token": "x"},
    "rows": [[{"x": 1}]],
    "user": {"email": "e"},
    "note": [{}],
    "note_to": "<b>",
    "plan": "Pro",
    "plan.name": "Pro",
    "plan_nam e": "x",
}


@pytest.mark.parametrize(
    ("template", "said", "fix"),
    [
        (
            "{{ stripe.customer_token }}",
            "holds an object: nested keys will not work",
            "stripe_customer_token,",
        ),
        ("{% if stripe %}x{% endif %}", "“stripe” holds an object", "as stripe_customer_token,"),
        ('<b title="{{ stripe.size }}">x</b>', "“stripe.size” shows as nothing", "as stripe_size"),
        ("{% for r in rows %}{{ r.x }}{% endfor %}", "“rows” holds objects", "as rows_x,"),
        ("{{ user.email }}", "“user” holds an object", "own name, for example email."),
        ("{{ note }}", "so it shows as nothing.", "as note_id,"),
        ("{{ plan.name }}", "a single level", "its field “plan.name” as plan_name, and show that"),
    ],
)
def test_field_that_holds_an_object_shows_nothing(template, said, fix):
    (finding,) = lint_template(template, profiles=[NESTED])
    assert (finding.rule_id, finding.severity) == ("CP523", "error")
    assert said in finding.message
    assert fix in finding.fix


@pytest.mark.parametrize(
    ("template", "better"),
    [
        ("{{ user.email }}", "email"),
        ("{{ customer.name }}", "full_name"),
        ("{{ stripe.customer_token }}", "stripe_customer_token"),
    ],
)
def test_what_is_looked_into_has_a_flat_name(template, better):
    (finding,) = lint_template(template)
    assert (finding.rule_id, better in finding.fix) == ("CP523", True)


@pytest.mark.parametrize(
    ("template", "better"), [("{{ plan.name }}", "plan."), ("{{ plan.titel }}", "plan_title.")]
)
def test_field_that_is_text_is_offered_itself_where_no_other_is_near(template, better):
    (finding,) = lint_template(template, profiles=[{"plan": "Pro", "plan_title": "Pro plan"}])
    assert finding.fix.endswith(f"for example {better}")


@pytest.mark.parametrize(
    ("template", "is_told"),
    [
        ("Plan: {{ plan }}", True),
        ("{% if plan %}Plan: {{ plan }}{% endif %}", False),
        ("{% if orders %}Plan: {{ plan }}{% endif %}", False),
        ("{% if id %}Plan: {{ plan }}{% endif %}", True),
        ("{% unless plan %}None{% else %}{{ plan }}{% endunless %}", False),
        ("{% if plan == blank %}None{% else %}{{ plan }}{% endif %}", False),
        ("Plan: {{ plan | default: 'none' }}", False),
        ("Plan: {{ plan | default: '' | escape }}", False),
        ("Plan: {{ plan | default: nothing }}", True),
        ("{% assign p = plan | upcase %}{{ p }}", True),
        (
            (
                "{% assign has = false %}{% if plan %}{% assign has = true %}{% endif %}"
                "{% if has %}{{ plan }}{% endif %}"
            ),
            False,
        ),
        ("{% capture p %}Plan: {{ plan }}{% endcapture %}{% if plan %}{{ p }}{% endif %}", False),
        ("{% capture p %}Plan: {{ plan }}{% endcapture %}{{ p }}", True),
        ("{% capture p %}Plan: {{ plan }}{% endcapture %}{% assign q = p | strip %}{{ q }}", True),
        ("{% capture p %}Plan: {{ plan }}{% endcapture %}", False),
        ("{% capture p %}{{ plan }}{% endcapture %}{% assign p = 'x' %}{{ p }}", False),
        ("{% capture p %}{{ plan }}{% endcapture %}{% for p in (1..2) %}{{ p }}{% endfor %}", False),
        ("{% assign p = 'Plan: ' | append: plan %}{{ p }}", True),
        ("{% assign p = 'Plan: ' | append: plan %}{% if plan %}{{ p }}{% endif %}", False),
        (
            "{% assign p = 'None' %}{% if plan %}{% assign p = 'Plan: ' | append: plan %}{% endif %}{{ p }}",
            False,
        ),
        ("{{ plan | append: ' plan' }}", True),
        ("{{ plan | default: 'No' | append: ' plan' }}", False),
        ("{{ id | append: ' ' | append: plan }}", False),
        ("<b class=\"{{ 'plan-' | append: plan | escape }}\">y</b>", False),
        ('<b class="x {{ plan | escape }}">y</b>', False),
        ('<a href="{{ plan | escape }}">y</a>', True),
        ("<!-- {{ plan }} -->", False),
    ],
)
def test_what_some_lack_needs_a_guard_that_holds_for_them(template, is_told):
    told = [
        each
        for each in lint_template(template, profiles=[{**PRO, "id": 1}, {"id": 2}])
        if each.rule_id == "CP522"
    ]
    assert bool(told) is is_told


def test_a_template_with_unknown_tags_is_watched_too():
    assert [rule for rule, _ in found("{% sparkle %}Plan: {{ plan }}", PRO, {})] == ["CP511", "CP522"]


@pytest.mark.parametrize(
    ("template", "rules"),
    [
        ("<h3>{{ name }}</h3>", []),
        ("<th>Name</th><td>{{ name }}</td>", ["CP524"]),
        ("Hello {{ name }}!", ["CP524"]),
        ("{% if name %}x{% endif %}", ["CP524"]),
        ("{{ name | split: ' ' | first }}", ["CP524"]),
        ("{{ status }}", []),
        ("<b>Order status</b>: {{ status }}", ["CP525"]),
        ("{% if status == 'past_due' %}x{% endif %}", ["CP525"]),
        ("{% if status == 'open' %}x{% endif %}", []),
    ],
)
def test_reserved_names_are_told_where_they_are_misunderstood(template, rules):
    assert [rule for rule, _ in found(template)] == rules


def test_reserved_field_that_the_webhook_sends_is_never_shown():
    assert found("{{ status }}{{ email | escape }}", {"status": "gold", "email": "a@b.c"}) == [("CP525", 4)]


@pytest.mark.parametrize(
    ("condition", "is_told"),
    [
        ("orders > '2'", True),
        ("orders == '3'", True),
        ("plan > 100", True),
        ("orders_total >= 100", True),
        ("orders > 2 and plan == 'Pro'", False),
        ("plan.size > 2", False),
        ("plan contains 3", False),
        ("plan == blank or orders != nil", False),
        ("email == 3", True),
        ("unknown > 3", False),
    ],
)
def test_text_and_numbers_are_told_apart(condition, is_told):
    told = lint_template("{% if " + condition + " %}x{% endif %}", profiles=[PRO])
    assert any(each.rule_id == "CP536" for each in told) is is_told


@pytest.mark.parametrize(
    ("template", "is_told"),
    [
        ("{% assign n = plan | plus: 0 %}{% if n > 3 %}x{% endif %}", False),
        ("{% assign n = plan | append: 'x' %}{% if n > 3 %}x{% endif %}", True),
        ("{% capture n %}3{% endcapture %}{% if n == 3 %}x{% endif %}", True),
        ("{% for i in (1..3) %}{% if i == 2 %}x{% endif %}{% endfor %}", False),
        ("{% if forloop.index == 2 %}x{% endif %}", False),
    ],
)
def test_variables_are_what_they_are_made_from(template, is_told):
    assert any(each.rule_id == "CP536" for each in lint_template(template)) is is_told


def test_a_case_is_told_with_what_it_asks():
    (finding,) = lint_template("{% case orders %}{% when '3' %}x{% endcase %}", profiles=[PRO])
    assert "“orders == '3'”" in finding.message


def test_a_field_of_the_step_is_what_was_meant():
    (finding,) = lint_template("{{ customer.plan }}", profiles=[{"company": "Kiln", **PRO}])
    assert "for example plan." in finding.fix


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ("vip == 'true'", "true or false with text: they are never equal."),
        ("vip != 'yes'", "true or false with text: they are never equal, and this is always true."),
        ("vip == 1", "true or false with a number"),
        ("plan == true", "true or false with text"),
        ("vip == true", ""),
        ("vip and vip != false", ""),
        ("mixed == 'true' or mixed == true", ""),
        ("vip == nil or plan == blank", ""),
        ("nowhere == true", ""),
    ],
)
def test_true_and_false_are_compared_with_their_like(condition, what):
    profiles = [{"vip": True, "plan": "Pro", "mixed": "true"}, {"vip": False, "plan": "Free", "mixed": True}]
    told = lint_template(f"{{% if {condition} %}}x{{% endif %}}", profiles=profiles)
    assert [each.rule_id for each in told] == ["CP536"] * bool(what)
    assert all(what in each.message and "without quotes" in each.fix for each in told)


def test_the_variable_of_a_broken_loop_is_no_field():
    assert found("{% for t of plan %}{{ t }}{% endfor %}", PRO) == [("CP501", 1)]


@pytest.mark.parametrize("loop", ["{% for x in plan %}", "{% for y in plan %}{% for x in plan %}"])
def test_loop_that_is_being_written_has_its_variable(loop):
    assert [rule for rule, _ in found(f"{loop}{{{{ x }}}}{{% if x %}}", PRO)] == ["CP501"]


def test_variable_of_a_loop_is_not_offered_for_itself_behind_it():
    (finding,) = lint_template("{% for x in plan %}{% endfor %}{{ x }}", profiles=[PRO])
    assert "“x”, and a loop's variable ends with the loop." in finding.message
    assert "before {% endfor %}" in finding.fix


def test_far_name_is_not_offered():
    (finding,) = lint_template("{{ tags }}", profiles=[PRO])
    assert finding.message == "No profile has a field “tags”."


def test_the_caret_is_under_the_comparison():
    (finding,) = lint_template("{% if plan == 'x' and orders > '2' %}x{% endif %}", profiles=[PRO])
    assert (finding.column, finding.end_column) == (23, 35)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{% case orders %}{% when '3' %}x{% when 4 or 5 %}y{% endcase %}", [("CP536", 26)]),
        ("{% case plan %}{% when 'Pro', 'Basic' %}x{% endcase %}", []),
        ("{% case plan %}{% when 'Pro', 3 %}x{% endcase %}", [("CP536", 31)]),
    ],
)
def test_cases_are_of_the_kind_of_what_is_asked(template, expected):
    assert found(template, PRO) == expected
