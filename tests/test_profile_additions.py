"""Constants, and texts and links made of a profile's fields."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook_server.profile.additions import LONGEST_ADDITION, AdditionError, Additions
from webhook_server.profile.changes import ChangeLog
from webhook_server.profile.keys import RESERVED
from webhook_server.profile.merge import combine


def added(templates, **fields):
    return combine([("app", fields)], None, Additions(templates))


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("https://admin.example.com/users/{id}", "https://admin.example.com/users/a%2Fb%3Fc%20d%26%C3%A9"),
        ("HTTP://x.example/?q={id}&n={count}", "HTTP://x.example/?q=a%2Fb%3Fc%20d%26%C3%A9&n=3"),
        ("{id} ({count})", "a/b?c d&é (3)"),
        ("{{{count}}}", "{3}"),
        ("{vip} {rate}", "true 1.5"),
        ("plain", "plain"),
        ("{{braces}}", "{braces}"),
        ("", ""),
        (7, 7),
        (1.5, 1.5),
        (True, True),
        (None, None),
    ],
)
def test_addition_is_made_of_constants_and_fields(template, made):
    fields, changes = added({"extra": template}, id="a/b?c d&é", count=3, vip=True, rate=1.5)
    assert fields["extra"] == made
    assert type(fields["extra"]) is type(made)
    assert changes == []


@pytest.mark.parametrize("fields", [{}, {"id": None}])
def test_addition_that_lacks_a_field_is_left_out_and_reported(fields):
    made, changes = added({"link": "https://x.example/{id}"}, **fields)
    assert "link" not in made
    assert [(change.kind, change.key) for change in changes] == [("unfilled", "link")]


def test_addition_may_use_the_additions_before_it():
    made, _ = added({"base": "https://x.example", "link": "{base}/users/{id}"}, id=3)
    assert made["link"] == "https://x.example/users/3"


def test_field_of_a_source_stays_and_the_addition_is_reported():
    made, changes = added({"id": "constant"}, id=3)
    assert made == {"id": 3}
    assert [(change.kind, change.key) for change in changes] == [("shadowed", "id")]


def test_addition_without_bounds_is_left_out():
    made, changes = added({"link": "https://x.example/{a}{a}"}, a="é" * LONGEST_ADDITION)
    assert "link" not in made
    assert [change.kind for change in changes] == ["dropped"]


@pytest.mark.parametrize(
    "template",
    [
        "{id.__class__}",
        "{id[0]}",
        "{id!r}",
        "{id:>10}",
        "{id:{width}}",
        "{}",
        "{0}",
        "{ id }",
        "{id",
        "id}",
        "{a b}",
        "{id!}",
    ],
)
def test_template_with_more_than_names_is_refused(template):
    with pytest.raises(AdditionError, match=r"^link: .*https://admin\.example\.com/users/\{id\}"):
        Additions({"link": template})


@pytest.mark.parametrize("value", [[], {}, float("nan"), float("inf"), 2**53 + 1, b"x"])
def test_constant_that_is_no_scalar_is_refused(value):
    with pytest.raises(AdditionError, match="give text, a number"):
        Additions({"extra": value})


@pytest.mark.parametrize("name", ["a b", "", "2fa", *sorted(RESERVED)])
def test_name_that_no_field_may_have_is_refused(name):
    with pytest.raises(AdditionError) as refusal:
        Additions({name: "x"})
    assert refusal.value.key == name


def test_names_are_told_in_order():
    assert Additions({"b": 1, "a": "{b}"}).names == ("b", "a")


@given(st.text().filter(lambda value: value.strip() and value.strip(".")))
def test_no_value_leaves_its_place_in_a_link(value):
    made, _ = added({"link": "https://admin.example.com/users/{id}?tab=1"}, id=value)
    parts = urlsplit(made["link"])
    assert (parts.netloc, parts.query, parts.fragment) == ("admin.example.com", "tab=1", "")
    assert unquote(parts.path.removeprefix("/users/"), errors="strict") == value


@pytest.mark.parametrize("dots", [".", "..", "", "  ", "\u00a0"])
def test_value_of_dots_or_nothing_makes_no_link(dots):
    log = ChangeLog("")
    fields = {"id": dots}
    Additions({"link": "https://admin.example.com/users/{id}/edit", "note": "user {id}"}).add_to(fields, log)
    assert fields == {"id": dots, "note": f"user {dots}"}
    assert [(change.kind, change.key) for change in log.changes()] == [("unfilled", "link")]


def test_addition_says_that_privacy_withholds_what_it_is_made_of():
    log = ChangeLog("")
    Additions({"link": "https://x.example/{app_pin}/{absent}"}).add_to({}, log, lambda: {"app_pin"})
    assert [change.reason for change in log.changes()] == ["privacy withholds app_pin"]
