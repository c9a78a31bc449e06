"""Nested records become one level within bounds, and nothing disappears unseen."""

from __future__ import annotations

import json
from collections import UserDict
from datetime import UTC
from decimal import Decimal
from enum import Enum
from time import perf_counter, process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Money
from webhook_server.profile.changes import MAX_CHANGES
from webhook_server.profile.flatten import (
    MAX_DEPTH,
    MAX_FIELDS,
    MAX_ITEMS,
    MAX_JOINED,
    MAX_SET,
    MAX_TEXT,
    MAX_VALUES,
)
from webhook_server.profile.formats import Formatter
from webhook_server.profile.keys import LONGEST_KEY, clean_key, is_identifier
from webhook_server.profile.merge import Shape, Shaper
from webhook_server.profile.shaping import MAX_ALL_TEXT
from webhook_server.web.schemas import FlatProfile

formatter = Formatter("en_US")
LOSSES = {"dropped", "shadowed", "cut", "withheld", "not_chosen"}


def flat(record, shape=None):
    return Shaper(formatter).shape("app", record, shape or Shape())


def lost(changes):
    return sum(change.count for change in changes if change.kind in LOSSES)


@pytest.mark.parametrize(
    ("key", "cleaned"),
    [
        ("created_at", "created_at"),
        ("custId", "custId"),
        ("Created (UTC)", "created_utc"),
        ("preferred name", "preferred_name"),
        ("2fa", "_2fa"),
        ("Größe", "grosse"),
        ("Straße (Nº)", "strasse_no"),
        ("téléphone", "telephone"),
        ("te\u0301le\u0301phone", "telephone"),
        ("\uff21\uff22\u3000\uff11", "ab_1"),
        ("øl \u2013 brød", "ol_brod"),
        ("soft\u00adware\u200b", "software"),
        ("", "field"),
        ("%", "field"),
        ("名前", "u540du524d"),
        ("名前 2", "u540du524d_2"),
        ("名前2", "u540du524d_2"),
        ("メールaddress", "u30e1u30fcu30eb_address"),
        ("Имя", "u0438u043cu044f"),
        ("ИМЯ", "u0438u043cu044f"),
        ("й", "u0439"),
        ("и\u0306", "u0439"),
        ("की", "u0915u0940"),
        ("कि", "u0915u093f"),
        ("هاتف ٢", "u0647u0627u062au0641_2"),
        ("🙂", "u1f642"),
        ("\ud800", "field"),
        ("x" * 1_000_000, "x" * LONGEST_KEY),
        ("名" * 1_000_000, "u540d" * (LONGEST_KEY // 5)),
        ("ﷺ" * LONGEST_KEY, clean_key("صلى الله عليه وسلم" * LONGEST_KEY)),
    ],
)
def test_key_becomes_an_identifier(key, cleaned):
    assert clean_key(key) == cleaned


@given(st.text())
def test_cleaning_a_key_twice_changes_nothing(key):
    assert clean_key(clean_key(key)) == clean_key(key)
    assert is_identifier(clean_key(key))


def test_keys_of_any_script_keep_apart_and_can_be_renamed_as_they_were_given():
    record = {"電話": "1", "住所": "2", "電話 (自宅)": "3", "имя": {"Отчество": "4"}}
    fields, changes = flat(record)
    assert list(fields.values()) == ["1", "2", "3", "4"]
    assert [change.key for change in changes if change.kind == "renamed"][:3] == list(record)[:3]
    renamed, _ = flat(record, Shape(rename={clean_key("電話"): "phone", clean_key("имя_отчество"): "middle"}))
    assert renamed["phone"] == "1"
    assert renamed["middle"] == "4"


def test_nested_record_joins_its_paths():
    fields, changes = flat({"stripe": {"customer_token": "cus_1", "card": {"last4": "4242"}}, "address": {}})
    assert fields == {"stripe_customer_token": "cus_1", "stripe_card_last4": "4242", "address": None}
    assert changes == []


@pytest.mark.parametrize("key", ["blank", "empty", "false", "nil", "null", "true"])
def test_key_that_liquid_reads_as_a_value_is_renamed_visibly(key):
    fields, changes = flat({key: 1})
    assert fields == {f"_{key}": 1}
    assert [(change.kind, change.became) for change in changes] == [("renamed", f"_{key}")]


def test_list_of_scalars_becomes_one_text():
    fields, _ = flat({"tags": ["vip", 3, True, None], "none": [], "set": {"b", "a"}})
    assert fields == {"tags": "vip, 3, true", "none": None, "set": "a, b"}


def test_list_of_objects_is_numbered_and_counted():
    fields, _ = flat({"orders": [{"total": 1}, {"total": 2}]})
    assert fields == {"orders_1_total": 1, "orders_2_total": 2, "orders_count": 2}


def test_long_list_is_cut_and_says_so():
    fields, changes = flat({"orders": [{"total": 1}] * (MAX_ITEMS + 5)})
    assert fields["orders_count"] == MAX_ITEMS + 5
    assert len(fields) == MAX_ITEMS + 1
    assert [(change.kind, change.key, change.count) for change in changes] == [("cut", "orders", 5)]


@pytest.mark.parametrize("count", [MAX_JOINED + 7, 300_000])
def test_long_list_of_scalars_is_cut_and_says_so(count):
    fields, changes = flat({"numbers": [1] * count})
    assert fields == {"numbers": ", ".join(["1"] * MAX_JOINED)}
    assert [(change.kind, change.count) for change in changes] == [("cut", count - MAX_JOINED)]


def test_list_of_long_texts_stops_where_its_text_is_full():
    fields, changes = flat({"notes": ["x" * MAX_TEXT] * 1000})
    assert len(fields["notes"]) == MAX_TEXT
    assert [(change.kind, change.count) for change in changes] == [("cut", 999)]


def test_set_is_written_in_one_order():
    words = {f"word{number}" for number in range(50)}
    assert flat({"words": words})[0] == {"words": ", ".join(sorted(words))}


def test_set_that_is_too_large_to_sort_is_dropped():
    fields, changes = flat({"large": set(range(MAX_SET + 1)), "small": set(range(3))})
    assert fields == {"small": "0, 1, 2"}
    assert [(change.kind, change.key) for change in changes] == [("dropped", "large")]


def test_keys_that_meet_keep_the_first_and_report_the_other():
    fields, changes = flat({"a b": 1, "a_b": 2, "a": {"b": 3}})
    assert fields == {"a_b": 1}
    assert [change.kind for change in changes] == ["renamed", "shadowed", "shadowed"]


def test_second_record_of_a_source_is_shaped_as_the_first():
    shaper, shape = Shaper(formatter), Shape(prefix="p_")
    record = {"a b": 1, "a_b": 2, "name": "x", "text": "y" * 20, "bytes": b"", "when": "2024"}
    first = shaper.shape("app", record, shape)
    assert [shaper.shape("app", record, shape) for _ in range(3)] == [first] * 3
    assert shaper.shape("crm", {"name": 1}, Shape())[0] == {"crm_name": 1}
    assert shaper.shape("app", {"name": 1}, Shape())[0] == {"app_name": 1}


def test_record_that_holds_itself_ends_at_once():
    record = {"id": 3}
    record["self"] = record
    record["list"] = [record]
    fields, changes = flat(record)
    assert fields == {"id": 3, "list_count": 1}
    assert [(change.key, change.reason) for change in changes] == [
        ("self", "it holds itself"),
        ("list_1", "it holds itself"),
    ]


def test_large_record_that_holds_itself_keeps_its_room():
    record = {f"field_{number}": number for number in range(MAX_FIELDS)}
    own = {"first": None} | record
    own["first"] = own
    fields, changes = flat(own)
    assert (fields, [change.key for change in changes]) == (record, ["first"])


def test_shared_value_that_does_not_hold_itself_is_written_each_time():
    shared = {"city": "Bonn"}
    assert flat({"home": shared, "work": shared})[0] == {"home_city": "Bonn", "work_city": "Bonn"}


def test_deep_record_is_bounded():
    record = {"id": 1}
    for _ in range(200):
        record = {"n": record}
    fields, changes = flat(record)
    assert fields == {}
    assert [change.reason for change in changes] == [f"it is nested deeper than {MAX_DEPTH} levels"]


@pytest.mark.timing
def test_value_that_multiplies_itself_is_bounded_in_time():
    value = {"x": 1}
    for _ in range(MAX_DEPTH - 3):
        value = dict.fromkeys("abcdefghij", value)
    started = process_time()
    fields, changes = flat({"bomb": value, "after": 1})
    assert process_time() - started < 2
    assert len(fields) <= MAX_FIELDS
    assert lost(changes) >= MAX_FIELDS
    assert len(changes) <= MAX_CHANGES + 8


def test_huge_record_is_bounded_and_every_loss_counted():
    fields, changes = flat({f"field_{number}": number for number in range(10_000)})
    assert len(fields) == MAX_FIELDS
    assert lost(changes) == 9_000
    assert len(changes) == MAX_CHANGES + 1
    assert changes[-1].count == 8_000


def test_record_without_end_is_bounded():
    class Endless(UserDict):
        def items(self):
            number = 0
            while True:
                number += 1
                yield f"field_{number}", number

    fields, changes = flat(Endless())
    assert len(fields) == MAX_FIELDS
    assert lost(changes) >= MAX_VALUES - MAX_FIELDS


@pytest.mark.timing
@pytest.mark.parametrize(
    "part", ["x", "é", "1 ", "12345", "4-", "eyJ", "eyJ.", "$2", "xox-", "-----BEGIN A", "sk_live_"]
)
def test_long_text_is_cut_and_says_so(part):
    text = part * (1_000_000 // len(part))
    started = perf_counter()
    fields, changes = flat({"text": text})
    assert fields == {"text": text[:MAX_TEXT]}
    assert [change.reason for change in changes] == [f"its text is cut after {MAX_TEXT} characters"]
    assert perf_counter() - started < 1


def test_all_texts_of_a_source_together_are_bounded():
    fields, changes = flat({f"text_{number}": "x" * 1_000_000 for number in range(100)})
    assert sum(map(len, fields.values())) == MAX_ALL_TEXT
    assert len(fields) + sum(change.kind == "dropped" for change in changes) == 100


def test_bytes_are_left_out_and_reported():
    fields, changes = flat({"id": 3, "photo": b"\x89PNG", "mixed": ["a", b"b"]})
    assert fields == {"id": 3, "mixed": "a"}
    assert [(change.kind, change.key) for change in changes] == [("dropped", "photo"), ("dropped", "mixed")]


class Raising:
    def __str__(self):
        raise RuntimeError("casey's secret")

    __repr__ = __hash__ = __len__ = __iter__ = __str__


class Lying:
    @property
    def __class__(self):
        raise RuntimeError("casey's secret")


class OddText(str):
    __slots__ = ()

    def __str__(self):
        raise RuntimeError("casey's secret")

    __len__ = __getitem__ = isascii = encode = __format__ = __str__


class OddMapping(UserDict):
    def items(self):
        raise RuntimeError("casey's secret")

    __len__ = __bool__ = __iter__ = items


class OddNumber(int):
    def __le__(self, other):
        raise RuntimeError("casey's secret")

    __ge__ = __lt__ = __gt__ = __neg__ = bit_length = __str__ = __repr__ = __le__


class OddKey:
    def __str__(self):
        raise RuntimeError("casey's secret")


class Plan(Enum):
    PRO = "Pro"
    ODD = Raising


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Raising(), "dropped"),
        (Lying(), "dropped"),
        (OddMapping(), "dropped"),
        (object(), "dropped"),
        (b"bytes", "dropped"),
        (10**5000, "dropped"),
        (Plan.ODD, "dropped"),
        (Money("x", None), "dropped"),
        (OddText("plain"), "plain"),
        (OddText("4242 4242 4242 4242"), "withheld"),
        (OddNumber(7), 7),
        (Plan.PRO, "Pro"),
        ("\ud83d half", "\ufffd half"),
        (float("nan"), None),
    ],
    ids=[f"value{number}" for number in range(14)],
)
@pytest.mark.parametrize(
    "wrap",
    [lambda value: value, lambda value: [value], lambda value: {"in": value}],
    ids=["alone", "in a list", "in a mapping"],
)
def test_odd_value_costs_only_itself(value, written, wrap):
    fields, changes = flat({"id": 3, "odd": wrap(value), "after": 4})
    assert (fields["id"], fields["after"]) == (3, 4)
    rest = {key: scalar for key, scalar in fields.items() if key not in {"id", "after"}}
    if written in {"dropped", "withheld"}:
        assert [change.kind for change in changes] == [written]
        assert all(scalar is None or key == "odd_count" for key, scalar in rest.items())
    else:
        assert list(rest.values()) in ([written], [str(written)])
    assert "secret" not in str(changes)
    json.dumps(fields, allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "key",
    [3, None, 2.5, ("a", "b"), b"key", OddKey(), OddText("key"), 10**5000, "", "\ud800"],
    ids=[f"key{number}" for number in range(10)],
)
def test_odd_key_becomes_an_identifier(key):
    for record in ({key: "kept"}, {"nested": {key: "kept"}}):
        for shaped in (flat(record), flat(UserDict(record))):
            fields, _ = shaped
            assert list(fields.values()) == ["kept"]
            assert all(is_identifier(name) for name in fields)


def test_numbers_and_their_texts_as_keys_meet():
    fields, changes = flat({1: "a", "1": "b"})
    assert fields == {"_1": "a"}
    assert [change.kind for change in changes] == ["renamed", "shadowed"]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text(st.characters(categories=["Cs", "L", "N"]), max_size=8)
    | st.decimals()
    | st.datetimes(timezones=st.just(UTC) | st.none())
    | st.binary()
    | st.builds(Money, st.decimals(), st.sampled_from(["USD", "JPY", "BHD", "nonsense"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text() | st.integers() | st.none(), values, max_size=8))
def test_any_record_becomes_strict_flat_json(record):
    fields, changes = flat(record)
    assert FlatProfile().validate(dict(fields)) == {}
    text = json.dumps(fields, allow_nan=False, ensure_ascii=False)
    assert json.loads(text.encode()) == fields
    assert flat(record) == (fields, changes)
    again, changed = flat(fields)
    # A list of numbers is text the second time, and may look like a card.
    assert again == fields or {change.reason for change in changed} == {"it looks like a card number"}


@given(
    st.dictionaries(st.text(min_size=1), st.integers() | st.binary() | st.text() | st.floats(), max_size=8)
)
def test_nothing_disappears_unseen(record):
    shaper, shape = Shaper(formatter), Shape(fields=frozenset({"a", "b", "field"}))
    for chosen in (Shape(), shape, shape):
        fields, changes = shaper.shape("app", record, chosen)
        assert len(fields) + lost(changes) == len(record)


keys = st.text(max_size=4) | st.sampled_from(["a", "y", "email", "password", "A b", "unwanted"])
odd = st.sampled_from(
    ["4111 1111 1111 1111", "é" * 9, "long " * 300, float("nan"), 10**9999, {"b": 1}, [1, 2]]
)
wanted = frozenset({"y", "x_b", "x_a_b", "app_email", *(f"x_{letter}" for letter in "acdefghij0123456789")})


@given(
    st.dictionaries(keys, st.integers() | st.text() | st.decimals() | st.none() | odd, max_size=8),
    st.sampled_from([None, wanted]),
)
def test_what_is_remembered_of_keys_changes_no_answer(record, wanted):
    shape = Shape(prefix="x_", rename={"a": "y"})
    expected = Shaper(formatter, wanted=wanted).shape("app", record, shape)
    shaper = Shaper(formatter, wanted=wanted)
    for earlier in (dict.fromkeys(record, 1), record):
        shaper.shape("app", earlier, shape)
        assert shaper.shape("app", record, shape) == expected


def test_record_of_a_known_kind_is_shaped_without_a_walk(monkeypatch):
    shaper, shape = Shaper(formatter), Shape(rename={"a": "y"})
    expected = shaper.shape("app", {"a": 1, "b c": "text"}, shape)
    monkeypatch.setattr("webhook_server.profile.merge.shape_record", None)
    assert shaper.shape("app", {"a": 1, "b c": "text"}, shape) == expected
    with pytest.raises(TypeError):
        shaper.shape("app", {"a": 1, "b c": "4111 1111 1111 1111"}, shape)


def test_exact_decimal_is_never_rounded_by_the_way():
    assert flat({"rate": Decimal("0.1234567890123456789")})[0] == {"rate": "0.1234567890123456789"}


def test_what_json_cannot_hold_is_replaced_and_counted():
    fields, changes = flat(
        {"rate": float("nan"), "list": [float("inf"), 1], "text": "a\ud800b", "none": None}
    )
    assert fields == {"rate": None, "list": "1", "text": "a\ufffdb", "none": None}
    assert [(change.kind, change.key) for change in changes] == [
        ("replaced", "rate"),
        ("replaced", "list"),
        ("replaced", "text"),
    ]


PROSE = "lorem ipsum dolor 2013-06-16 sit amet = " * 26_214
NEAR_CARDS = "4111 1111 1111 1112 " * 52_429


@pytest.mark.timing
@pytest.mark.parametrize(
    "record",
    [
        {f"f{number}": PROSE for number in range(10_000)},
        {f"f{number}": NEAR_CARDS for number in range(2_000)},
        {f"f{number}": NEAR_CARDS[:990] for number in range(20_000)},
        {f"f{number}": f"4111 1111 1111 1111 {NEAR_CARDS[:900]}" for number in range(20_000)},
        {f"f{number}": list(range(1_000)) for number in range(20_000)},
        {f"f{number}": [b"x"] * 1_000 for number in range(1_000)},
    ],
    ids=["prose", "near cards", "short near cards", "cards", "lists of numbers", "lists of bytes"],
)
def test_largest_record_takes_little_time_and_all_of_it_is_told(record):
    started = process_time()
    fields, changes = Shaper(Formatter()).shape("app", record, Shape())
    assert process_time() - started < 2
    told = sum(change.count for change in changes if change.kind in LOSSES)
    assert len(fields) + told >= min(len(record), 10_000)


def test_keys_as_long_as_books_are_not_kept():
    some = Shaper(Formatter(), wanted=frozenset({"a"}))
    shape = Shape()
    for number in range(50):
        some.shape("app", {f"{number} {'k' * 1_000_000}": 1}, shape)
    routes = some.routes("app", shape)
    assert not routes.plain
    assert not routes._parts
    assert all(len(change.key) <= 200 for change in some.shape("app", {f"é{'k' * 1_000_000}": 1}, Shape())[1])
