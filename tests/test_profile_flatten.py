"""Nested records become one level, and nothing disappears unseen."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Money
from webhook_server.profile.flatten import MAX_DEPTH, MAX_FIELDS, MAX_ITEMS, MAX_TEXT, flatten
from webhook_server.profile.formats import Formatter, Unwritable
from webhook_server.profile.keys import clean_key, is_identifier
from webhook_server.web.schemas import FlatProfile

write = Formatter("en_US").write


def flat(record):
    return flatten("app", record, write)


class Plan(Enum):
    PRO = "Pro"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("text", "text"),
        (None, None),
        (True, True),
        (23, 23),
        (2**53, 2**53),
        (2**53 + 1, "9007199254740993"),
        (-(2**60), str(-(2**60))),
        (1.5, 1.5),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("12.50"), 12.5),
        (Decimal("3.00"), 3),
        (Decimal("0.1234567890123456789"), "0.1234567890123456789"),
        (Decimal("1E+500"), "1E+500"),
        (Decimal("NaN"), None),
        (Money(Decimal("150.00"), "USD"), "$150.00"),
        (Money(Decimal(1500), "JPY"), "¥1,500"),
        (Money(Decimal("1E+26"), "USD"), "1E+26 USD"),
        (Money(Decimal("NaN"), "USD"), None),
        (datetime(2013, 6, 16, 12, 36, 36, tzinfo=UTC), "2013-06-16 12:36:36 Z"),
        (
            datetime(2013, 6, 16, 14, 36, 36, 999, tzinfo=timezone(timedelta(hours=2))),
            "2013-06-16 12:36:36 Z",
        ),
        (datetime(2013, 6, 16, 12, 36, 36), "2013-06-16 12:36:36"),  # noqa: DTZ001 - naive on purpose
        (date(2013, 6, 16), "2013-06-16"),
        (timedelta(minutes=1), 60.0),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Plan.PRO, "Pro"),
    ],
)
def test_value_is_written_as_json_scalar(value, written):
    assert write(value) == written


@pytest.mark.parametrize(
    "value",
    [b"bytes", object(), 10**5000, datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))],
    ids=["bytes", "object", "digits", "calendar"],
)
def test_value_without_a_scalar_is_refused_with_a_reason(value):
    with pytest.raises(Unwritable, match=r"bytes|type object|digits|calendar"):
        write(value)


def test_money_is_written_by_locale():
    assert Formatter("de_DE").write(Money(Decimal("1234.5"), "EUR")) == "1.234,50\N{NO-BREAK SPACE}€"


@pytest.mark.parametrize(
    ("key", "cleaned"),
    [
        ("created_at", "created_at"),
        ("custId", "custId"),
        ("Created (UTC)", "created_utc"),
        ("preferred name", "preferred_name"),
        ("2fa", "_2fa"),
        ("größe", "groe"),
        ("", "field"),
        ("名前", "field"),
    ],
)
def test_key_becomes_an_identifier(key, cleaned):
    assert clean_key(key) == cleaned


def test_nested_record_joins_its_paths():
    fields, changes = flat({"stripe": {"customer_token": "cus_1", "card": {"last4": "4242"}}, "empty": {}})
    assert fields == {"stripe_customer_token": "cus_1", "stripe_card_last4": "4242", "empty": None}
    assert changes == []


def test_list_of_scalars_becomes_one_text():
    fields, _ = flat({"tags": ["vip", 3, True, None], "none": []})
    assert fields == {"tags": "vip, 3, true", "none": None}


def test_list_of_objects_is_numbered_and_counted():
    fields, _ = flat({"orders": [{"total": 1}, {"total": 2}]})
    assert fields == {"orders_1_total": 1, "orders_2_total": 2, "orders_count": 2}


def test_long_list_is_cut_and_says_so():
    fields, changes = flat({"orders": [{"total": 1}] * (MAX_ITEMS + 5)})
    assert fields["orders_count"] == MAX_ITEMS + 5
    assert len(fields) == MAX_ITEMS + 1
    assert [(change.kind, change.key) for change in changes] == [("dropped", "orders")]


def test_keys_that_meet_keep_the_first_and_report_the_other():
    fields, changes = flat({"a b": 1, "a_b": 2, "a": {"b": 3}})
    assert fields == {"a_b": 1}
    assert [change.kind for change in changes] == ["renamed", "shadowed", "shadowed"]


def test_record_that_holds_itself_ends():
    record = {"id": 3}
    record["self"] = record
    fields, changes = flat(record)
    assert fields["self_self_id"] == 3
    assert any(change.reason == f"it is nested deeper than {MAX_DEPTH} levels" for change in changes)


def test_huge_record_is_bounded():
    fields, changes = flat({f"field_{number}": number for number in range(10_000)})
    assert len(fields) == MAX_FIELDS
    assert changes
    fields, changes = flat({"text": "x" * 1_000_000})
    assert len(fields["text"]) == MAX_TEXT
    assert changes[0].reason == f"its text is cut after {MAX_TEXT} characters"


def test_bytes_are_left_out_and_reported():
    fields, changes = flat({"id": 3, "photo": b"\x89PNG", "mixed": ["a", b"b"]})
    assert fields == {"id": 3, "mixed": "a"}
    assert [(change.kind, change.key) for change in changes] == [("dropped", "photo"), ("dropped", "mixed")]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.decimals()
    | st.datetimes(timezones=st.just(UTC) | st.none())
    | st.binary()
    | st.builds(Money, st.decimals(), st.sampled_from(["USD", "JPY"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), values, max_size=8))
def test_any_record_becomes_strict_flat_json(record):
    fields, changes = flat(record)
    assert FlatProfile().validate({f"app_{key}": value for key, value in fields.items()}) == {}
    assert all(is_identifier(key) for key in fields)
    text = json.dumps(fields, allow_nan=False)
    assert json.loads(text) == fields
    assert flat(record) == (fields, changes)


@given(st.dictionaries(st.text(min_size=1), st.integers() | st.binary(), max_size=8))
def test_nothing_disappears_unseen(record):
    fields, changes = flat(record)
    lost = [change for change in changes if change.kind in {"dropped", "shadowed"}]
    assert len(fields) + len(lost) == len(record)
