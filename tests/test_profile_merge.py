"""Several sources' fields become one profile, visibly."""

from __future__ import annotations

from webhook_server.profile.changes import Change
from webhook_server.profile.formats import Formatter
from webhook_server.profile.keys import RESERVED
from webhook_server.profile.merge import Part, Shape, merge

write = Formatter().write


def merged(*parts, order=None):
    return merge([Part(name, record, shape) for name, record, shape in parts], write, order)


def test_earlier_source_wins_and_the_other_is_reported():
    fields, changes = merged(
        ("app", {"plan": "Pro"}, Shape()), ("billing", {"plan": "Basic", "id": 1}, Shape())
    )
    assert fields == {"plan": "Pro", "id": 1}
    assert changes == [Change("shadowed", "billing", "plan", "an earlier source gives plan")]


def test_reserved_names_get_the_source_in_front():
    fields, changes = merged(("app", dict.fromkeys(sorted(RESERVED), "x"), Shape()))
    assert list(fields) == [f"app_{name}" for name in sorted(RESERVED)]
    assert {change.kind for change in changes} == {"renamed"}
    assert len(changes) == len(RESERVED)


def test_rename_is_the_final_name_and_prefix_goes_before_the_others():
    shape = Shape(prefix="stripe_", rename={"customer_id": "token"})
    fields, changes = merged(("billing", {"customer_id": "cus_1", "plan": "Pro"}, shape))
    assert fields == {"token": "cus_1", "stripe_plan": "Pro"}
    assert [(change.key, change.became) for change in changes] == [
        ("customer_id", "token"),
        ("plan", "stripe_plan"),
    ]


def test_source_fields_choose_among_the_flattened_names():
    shape = Shape(fields=frozenset({"card_last4"}))
    fields, changes = merged(("billing", {"card": {"last4": "4242", "number": "4242…"}}, shape))
    assert fields == {"card_last4": "4242"}
    assert [(change.kind, change.key) for change in changes] == [("not_chosen", "card_number")]


def test_order_is_an_allow_list():
    fields, changes = merged(("app", {"c": 1, "b": 2, "a": 3}, Shape()), order=["a", "missing", "c"])
    assert list(fields.items()) == [("a", 3), ("c", 1)]
    assert [(change.kind, change.key) for change in changes] == [("not_chosen", "b")]
