"""Several sources' fields become one profile, visibly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory import MemorySource
from webhook_server.config import load_settings
from webhook_server.profile.additions import Additions
from webhook_server.profile.changes import Change
from webhook_server.profile.formats import Formatter
from webhook_server.profile.keys import RESERVED, is_identifier
from webhook_server.profile.known_fields import KnownFields
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.merge import Shape, Shaper, combine
from webhook_server.profile.privacy import Guard
from webhook_server.wiring import build_service

shaper = Shaper(Formatter())


def shaped(record, shape=None, source="billing"):
    return shaper.shape(source, record, shape or Shape())


def test_earlier_source_wins_and_the_other_is_reported():
    fields, changes = combine([("app", {"plan": "Pro"}), ("billing", {"plan": "Basic", "id": 1})])
    assert list(fields.items()) == [("plan", "Pro"), ("id", 1)]
    assert changes == [Change("shadowed", "billing", "plan", "an earlier source gives plan")]


def test_combining_changes_no_sources_fields():
    fields = {"id": 1}
    combined, _ = combine([("app", fields)], None, Additions({"kind": "customer"}))
    assert (fields, combined) == ({"id": 1}, {"id": 1, "kind": "customer"})


def test_null_of_an_earlier_source_wins_too():
    assert combine([("app", {"plan": None}), ("billing", {"plan": "Basic"})])[0] == {"plan": None}


def test_reserved_names_get_the_source_in_front():
    fields, changes = shaped(dict.fromkeys(sorted(RESERVED), "x"), source="app")
    assert list(fields) == [f"app_{name}" for name in sorted(RESERVED)]
    assert {change.kind for change in changes} == {"renamed"}
    assert len(changes) == len(RESERVED)


@pytest.mark.parametrize("source", ["first", "last", "full", "app", "name", "email"])
def test_no_name_of_a_source_makes_a_reserved_name(source):
    record = {name: name for name in sorted(RESERVED)}
    fields, changes = shaped(record, source=source)
    assert list(fields.values()) == list(record)
    assert not RESERVED & fields.keys()
    assert [change.became for change in changes] == list(fields)
    known = KnownFields(BoundSource(source, MemorySource({})), [record])
    assert known.names == fields.keys()
    assert all(map(known.may_give, fields))


def test_rename_is_the_final_name_and_prefix_goes_before_the_others():
    shape = Shape(prefix="stripe_", rename={"customer_id": "customer"})
    fields, changes = shaped({"customer_id": "cus_1", "plan": "Pro"}, shape)
    assert fields == {"customer": "cus_1", "stripe_plan": "Pro"}
    assert [(change.key, change.became) for change in changes] == [
        ("customer_id", "customer"),
        ("plan", "stripe_plan"),
    ]


def test_two_fields_renamed_to_one_name_meet_visibly():
    fields, changes = shaped({"a": 1, "b": 2}, Shape(rename={"b": "a"}))
    assert fields == {"a": 1}
    assert [(change.kind, change.key) for change in changes] == [("shadowed", "b")]


def test_source_fields_choose_among_the_flattened_names():
    shape = Shape(fields=frozenset({"card_last4"}))
    fields, changes = shaped({"card": {"last4": "4242", "exp": "12/30"}}, shape)
    assert fields == {"card_last4": "4242"}
    assert [(change.kind, change.key) for change in changes] == [("not_chosen", "card_exp")]


def test_order_is_an_allow_list_and_reports_what_it_leaves_out():
    fields, changes = combine([("app", {"c": 1, "b": 2, "a": 3})], ["a", "missing", "c"])
    assert list(fields.items()) == [("a", 3), ("c", 1)]
    assert [(change.kind, change.key) for change in changes] == [("not_chosen", "b")]


def test_order_holds_for_additions_which_may_use_what_it_leaves_out():
    additions = Additions({"link": "https://admin.example.com/{id}", "kind": "customer"})
    fields, changes = combine([("app", {"id": 3, "plan": "Pro"})], ["link", "plan"], additions)
    assert list(fields.items()) == [("link", "https://admin.example.com/3"), ("plan", "Pro")]
    assert [change.key for change in changes] == ["id", "kind"]


def test_each_shaper_has_a_guard_of_its_own():
    record = {"salary": 1, "password": "x"}
    allowing = Shaper(Formatter(), Guard(never=["salary"], allow=["password"]))
    assert shaped(record)[0] == {"salary": 1}
    assert allowing.shape("app", record, Shape())[0] == {"password": "x"}


names = st.text(st.sampled_from("abc_ (é1"), max_size=3)
sources = st.lists(
    st.tuples(st.sampled_from(["app", "crm"]), st.dictionaries(names, st.integers(), max_size=5))
)


@given(sources, st.none() | st.lists(names, max_size=4, unique=True))
def test_every_field_is_in_the_profile_or_in_the_changes(given_sources, order):
    parts = [(source, shaped(record, source=source)[0]) for source, record in given_sources]
    fields, changes = combine(parts, order)
    assert sum(len(part) for _, part in parts) == len(fields) + sum(change.count for change in changes)
    assert all(is_identifier(name) for name in fields)
    assert combine(parts, order) == (fields, changes)


def test_field_that_no_profile_is_made_of_is_not_even_looked_at():
    written = []

    class Noting(Formatter):
        def __init__(self):
            super().__init__()
            self.writers = self.writers | {int: lambda value: written.append(value) or value}

    some = Shaper(Noting(), wanted=frozenset({"id", "app_name", "plan_level"}))
    record = {
        "id": 1,
        "secret": 2,
        "Seen (UTC)": 3,
        "name": 4,
        "plan": {"level": 5, "price": 6},
        "plan_level": 7,
    }
    expected = {"id": 1, "app_name": 4, "plan_level": 5}
    for _ in range(3):  # the first teaches the shaper which fields are plain
        written.clear()
        fields, changes = some.shape("app", record, Shape())
        assert fields == expected
        assert sorted(written) == [1, 4, 5]
        told = {(change.kind, change.key) for change in changes}
        assert {("not_chosen", "secret"), ("not_chosen", "seen_utc"), ("not_chosen", "plan_price")} <= told


def test_nested_value_under_an_unwanted_name_is_still_looked_into():
    some = Shaper(Formatter(), wanted=frozenset({"plan_level"}))
    assert some.shape("app", {"plan": 1}, Shape())[0] == {}
    assert some.shape("app", {"plan": {"level": 5}}, Shape())[0] == {"plan_level": 5}


flat = st.dictionaries(names, st.integers() | st.dictionaries(names, st.integers(), max_size=3), max_size=5)
shapes = st.builds(
    Shape,
    st.sampled_from(["", "a_", "b"]),
    st.dictionaries(names, st.sampled_from(["a", "b_c", "email"]), max_size=2),
    st.none() | st.frozensets(names, max_size=3),
)


@given(flat, shapes, st.frozensets(names | st.sampled_from(["a_b", "app_email", "email"]), max_size=3))
def test_leaving_entries_out_unseen_takes_no_field_that_is_wanted(record, shape, wanted):
    whole, told = Shaper(Formatter()).shape("app", record, shape)
    some = Shaper(Formatter(), wanted=wanted)
    may_give = some.routes("app", shape).may_give
    unread = {key: value if may_give(key) else object() for key, value in record.items()}
    for given_record in (record, unread):
        fields, changes = some.shape("app", given_record, shape)
        shadowed = {change.key for change in (*told, *changes) if change.kind == "shadowed"}
        if not shadowed:  # of two fields of one name, the first that is wanted is in the profile
            assert fields == {name: value for name, value in whole.items() if name in wanted}
            assert len(fields) + sum(change.kind == "not_chosen" for change in changes) >= len(record)


def test_allow_list_leaves_what_links_and_other_lookups_are_made_of(tmp_path):
    (tmp_path / "custom_profile.toml").write_text(
        """
        [profile]
        fields = ["link", "seats"]
        [profile.add]
        link = "https://admin.example.com/users/{id}"
        [[sources]]
        name = "app"
        type = "memory"
        customers = { "casey@example.com" = { id = 3, crm_id = "c9", plan = "Pro" } }
        [[sources]]
        name = "crm"
        type = "memory"
        lookup_by = "crm_id"
        customers = { c9 = { seats = 5, owner = "Jo" } }
        """
    )
    environ = {"CUSTOM_PROFILE_CONFIG": str(tmp_path / "custom_profile.toml"), "GROOVE_API_TOKEN": "tok-en"}
    answer = build_service(load_settings(environ)).answer("casey@example.com")
    assert answer.fields == {"link": "https://admin.example.com/users/3", "seats": 5}
    told = {(change.source, change.key) for change in answer.changes if change.kind == "not_chosen"}
    assert told == {("app", "plan"), ("crm", "owner"), ("app", "id"), ("app", "crm_id")}


def test_what_is_left_out_is_told_by_the_name_that_its_source_gave():
    some = Shaper(Formatter(), wanted=frozenset({"id"}))
    _, changes = some.shape("app", {"id": 1, "name": "Casey"}, Shape(rename={"plan": "tier"}))
    assert [(change.kind, change.key) for change in changes] == [("not_chosen", "name")]
