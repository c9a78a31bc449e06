"""Several records for one address become one, and what is left out is told."""

from __future__ import annotations

from collections import UserDict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Unreadable
from adapters.memory import MemorySource
from webhook_server.config import load_settings
from webhook_server.profile.changes import Change
from webhook_server.profile.formats import Formatter
from webhook_server.profile.merge import Shape, Shaper
from webhook_server.profile.questions import MAX_ANSWERED, all_records
from webhook_server.profile.records import MAX_MERGED, RecordRule, choose
from webhook_server.wiring import build_service


def repr_of(value):
    return type(value).__name__ if isinstance(value, int) else repr(value)


NEWEST = RecordRule("newest", by="at")


def noon(hours=0):
    return datetime(2024, 1, 1, 12, tzinfo=timezone(timedelta(hours=hours)))


def test_no_record_is_none():
    assert choose([], RecordRule(), "app") == (None, [])


@pytest.mark.parametrize("rule", [RecordRule(), NEWEST, RecordRule("merge")])
def test_single_record_stays_as_it_is(rule):
    record = {"id": 1}
    assert choose([record], rule, "app") == (record, [])


def test_first_record_is_taken_and_the_others_are_counted():
    record, changes = choose([{"id": 1}, {"id": 2}, {"id": 3}], RecordRule(), "app")
    assert record == {"id": 1}
    reason = "3 records for one address: the first is taken"
    assert changes == [Change("not_chosen", "app", "", reason, count=2)]


@pytest.mark.parametrize(
    ("values", "newest"),
    [
        ([1, 3, 2], 1),
        ([1, 2.5, Decimal("2.75")], 2),
        (["10", "9"], 0),
        (["2024-01-02", "2024-01-10", "2023-12-31"], 1),
        (["2013-06-16 12:36:36 Z", "2013-06-16 12:36:37 Z"], 1),
        (["2013-06-16 12:36:36 +0200", "2013-06-16 11:36:36 Z"], 1),
        ([noon(-1), noon(), noon(1)], 0),
        ([noon(), datetime(2024, 1, 1, 13)], 1),  # noqa: DTZ001 - naive on purpose
        ([date(2024, 1, 1), noon()], 1),
        ([None, 3, float("nan")], 1),
        ([float("inf"), 3, Decimal("sNaN")], 1),
        ([3, 3, 3], 0),
        ([object(), b"x", [], True, 1], 4),
        (["nonsense", "2024-13-45", "2024-01-01"], 2),
        ([datetime.min.replace(tzinfo=timezone(timedelta(hours=5))), noon()], 1),
    ],
)
def test_newest_record_is_found_among_times_and_numbers(values, newest):
    records = [{"id": index, "at": value} for index, value in enumerate(values)]
    record, changes = choose(records, NEWEST, "app")
    assert record["id"] == newest
    assert [(change.kind, change.count) for change in changes] == [("not_chosen", len(values) - 1)]


@pytest.mark.parametrize(
    ("values", "reason"),
    [([1, noon()], "a time in some and a number in others"), ([None, "x"], "none has a time or number")],
)
def test_values_that_cannot_be_compared_take_the_first_and_say_so(values, reason):
    record, changes = choose([{"id": n, "at": value} for n, value in enumerate(values)], NEWEST, "app")
    assert record["id"] == 0
    assert reason in changes[0].reason


def test_newest_field_is_found_under_its_cleaned_name():
    record, _ = choose(
        [{"Created (UTC)": 1}, {"Created (UTC)": 2}], RecordRule("newest", by="created_utc"), "app"
    )
    assert record == {"Created (UTC)": 2}


def test_newest_field_is_found_where_it_is_nested():
    records = [{"id": 1, "meta": {"Seen At": 1}}, {"id": 2, "meta": {"Seen At": 9}}, {"id": 3, "meta": None}]
    record, _ = choose(records, RecordRule("newest", by="meta_seen_at"), "app")
    assert record["id"] == 2
    around = {"id": 4}
    around["meta"] = around
    assert choose([around, *records], RecordRule("newest", by="meta_seen_at"), "app")[0]["id"] == 2


def test_newest_without_a_field_is_refused():
    with pytest.raises(ValueError, match="by"):
        RecordRule("newest")


def test_merge_fills_what_earlier_records_lack():
    records = [{"id": 1, "plan": None}, {"id": 1, "plan": "Pro", "city": "Bonn"}, {"plan": "Basic"}]
    record, changes = choose(records, RecordRule("merge"), "app")
    assert record == {"id": 1, "plan": "Pro", "city": "Bonn"}
    assert [(change.kind, change.key) for change in changes] == [("shadowed", "plan")]


@pytest.mark.parametrize(
    "nothing",
    [float("nan"), float("-inf"), Decimal("NaN"), Decimal("sNaN"), None, {}, [], (), b"\x00", 10**5000],
    ids=repr_of,
)
def test_merge_takes_a_number_that_json_cannot_hold_for_a_lack(nothing):
    record, changes = choose([{"paid": nothing}, {"paid": 5}, {"paid": nothing}], RecordRule("merge"), "app")
    assert (record, changes) == ({"paid": 5}, [])
    record, _ = choose([{"paid": nothing}, {"paid": None}], RecordRule("merge"), "app")
    assert record["paid"] is nothing


def test_merge_tells_no_key_that_is_a_secret():
    secret = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"
    _, changes = choose([{secret: 1}, {secret: 2}], RecordRule("merge"), "app")
    assert [(change.kind, change.key) for change in changes] == [("shadowed", "")]


@pytest.mark.parametrize("count", [1, 2])
def test_numbered_records_are_flat_with_their_count(count):
    records = [{"id": number} for number in range(count)]
    record, _ = choose(records, RecordRule("numbered", name="account"), "app")
    fields, _ = Shaper(Formatter()).shape("app", record, Shape())
    assert fields == {f"account_{n + 1}_id": n for n in range(count)} | {"account_count": count}


def test_numbered_records_are_called_after_their_source_by_default():
    assert choose([{"id": 1}], RecordRule("numbered"), "crm")[0] == {"crm": [{"id": 1}]}


def test_records_beyond_those_that_are_merged_are_counted():
    records = [{"id": n, f"only_{n}": n} for n in range(MAX_MERGED + 5)]
    record, changes = choose(records, RecordRule("merge"), "app")
    assert list(record)[-1] == f"only_{MAX_MERGED - 1}"
    assert (changes[0].kind, changes[0].count) == ("dropped", 5)


@pytest.mark.parametrize("rule", [NEWEST, RecordRule("numbered")])
def test_all_records_that_are_taken_count(rule):
    records = [{"at": number} for number in range(MAX_ANSWERED)]
    record, changes = choose(records, rule, "app")
    assert record in ({"at": MAX_ANSWERED - 1}, {"app": records})
    assert "dropped" not in {change.kind for change in changes}


@pytest.mark.parametrize("rule", [RecordRule(), NEWEST, RecordRule("merge"), RecordRule("numbered")])
def test_records_beyond_those_that_are_taken_are_told(rule):
    records = [{"at": number} for number in range(MAX_ANSWERED + 1)]
    record, changes = choose(records, rule, "app")
    assert record != records[-1]
    assert record != {"app": records}
    told = "of more than 1000 records further ones are neither taken nor counted"
    assert Change("dropped", "app", "", told) in changes


def test_value_that_cannot_be_read_gives_way_to_a_later_record_and_is_told():
    records = [{"at": Unreadable("no date"), "id": None}, {"at": 5, "id": Unreadable("no number")}]
    record, changes = choose([*records, {"at": None, "id": None}], RecordRule("merge"), "app")
    assert record == {"at": 5, "id": Unreadable("no number")}
    assert changes == [Change("dropped", "app", "at", "no date")]


def test_record_whose_time_cannot_be_read_is_not_the_newest():
    records = [{"at": 1}, {"at": Unreadable("no date")}, {"at": 2}]
    assert choose(records, NEWEST, "app")[0] == {"at": 2}


class Odd(UserDict):
    def items(self):
        raise RuntimeError("casey's secret")

    __contains__ = None


@pytest.mark.parametrize("rule", [NEWEST, RecordRule("merge")])
def test_record_that_cannot_be_read_loses(rule):
    record, changes = choose([Odd(), {"at": 1, 2: "two"}], rule, "app")
    assert record["at"] == 1
    assert changes
    assert "secret" not in str(changes)


rows = st.lists(
    st.dictionaries(st.text(max_size=3), st.none() | st.integers() | st.floats() | st.text(), max_size=4),
    max_size=6,
)


@given(rows, st.sampled_from([RecordRule(), NEWEST, RecordRule("merge"), RecordRule("numbered")]))
def test_any_records_are_chosen_from_the_same_way_twice(records, rule):
    chosen = choose(records, rule, "app")
    assert chosen == choose(records, rule, "app")
    assert (chosen[0] is None) == (not records)


def test_merged_record_that_holds_itself_is_not_unfolded():
    record = {"id": 3}
    record["self"] = record
    merged, changes = choose([record, {"plan": "pro"}], RecordRule("merge"), "app")
    assert merged == {"id": 3, "plan": "pro"}
    assert [(change.key, change.reason) for change in changes] == [("self", "it holds itself")]


@pytest.mark.parametrize("records", ["", 'records = "numbered"\nnumbered_as = "pay"', 'records = "merge"'])
def test_several_records_are_read_whole_though_the_profile_wants_few_fields(records, tmp_path):
    (tmp_path / "payments.csv").write_text(
        "id,Created date (UTC),Amount,Currency,Status,Customer Email\n"
        "ch_1,2013-06-26 12:36:36,150.00,usd,Paid,casey@example.com\n"
    )
    field = "pay_1_last_charge_amount" if "numbered" in records else "last_charge_amount"
    (tmp_path / "custom_profile.toml").write_text(
        f'[server]\ndeadline = 30\n[profile]\nfields = ["{field}"]\n'
        '[[sources]]\nname = "pay"\ntype = "stripe_export"\n'
        f'payments = "{tmp_path / "payments.csv"}"\n{records}\n'
    )
    environ = {"CUSTOM_PROFILE_CONFIG": str(tmp_path / "custom_profile.toml"), "GROOVE_API_TOKEN": "tok-en"}
    service = build_service(load_settings(environ))
    assert service.answer("casey@example.com").fields == {field: "$150.00"}
    service.close()


@pytest.mark.timing
@pytest.mark.parametrize("nested", [False, True])
def test_records_under_two_spellings_are_told_apart_in_time_that_grows_with_their_number(nested):
    def seconds(count):
        more = {"tags": [count]} if nested else {}
        rows = [
            {f"column_{place}": f"{number} {place}" for place in range(30)} | more for number in range(count)
        ]

        class Same(MemorySource):
            def lookup_all(self, email):
                return [dict(row) for row in rows]

        started = process_time()
        assert len(all_records(Same({}), ["a@example.com", "A@example.com"])) == count
        return process_time() - started

    few, many = (min(seconds(count) for _ in range(5)) for count in (MAX_ANSWERED // 8, MAX_ANSWERED))
    assert many < 24 * few, "eight times the records cost eight times; 64 where each is held against each"


@pytest.mark.timing
def test_hundred_large_records_are_merged_in_no_time():
    large = [{f"column_{place}": place for place in range(10_000)} for _ in range(MAX_MERGED)]
    started = process_time()
    merged, _ = choose(large, RecordRule("merge"), "app")
    assert len(merged) == 10_000
    assert process_time() - started < 3


MERGE = RecordRule("merge")


@pytest.mark.parametrize(
    ("records", "merged"),
    [
        ([{"m": {"a": 1}}, {"m": {"b": 2}}], {"m": {"a": 1, "b": 2}}),
        ([{"m": {"a": None, "z": "1"}}, {"m": {"a": "Berlin"}}], {"m": {"a": "Berlin", "z": "1"}}),
        ([{"m": {"a": b"x"}}, {"m": {"a": "Berlin"}}], {"m": {"a": "Berlin"}}),
        (
            [{"m": {"n": {"a": 1}}}, {"m": {"n": {"b": 2}}}, {"m": {"c": 3}}],
            {"m": {"n": {"a": 1, "b": 2}, "c": 3}},
        ),
        ([{"m": {"a": Unreadable("odd")}}, {"m": {"a": 1}}], {"m": {"a": 1}}),
        ([{"m": {"a": 1}}, {"m": 5}], {"m": {"a": 1}}),
        ([{"m": 5}, {"m": {"a": 1}}], {"m": 5}),
    ],
)
def test_nested_fields_are_merged_one_by_one(records, merged):
    before = repr(records)
    assert choose(records, MERGE, "app")[0] == merged
    assert repr(records) == before


def test_nested_field_of_a_later_record_is_told_by_its_path():
    _, changes = choose([{"m": {"a": 1, "b": 1}}, {"m": {"a": 2, "b": 1}}], MERGE, "app")
    assert [(change.kind, change.key) for change in changes] == [("shadowed", "m_a")]


@pytest.mark.timing
def test_nested_mappings_that_hold_themselves_are_merged_within_bounds():
    first, second = {"a": 1}, {"b": 2}
    for mapping in (first, second):
        mapping.update(x=mapping, y=mapping, z=[mapping])
    started = process_time()
    merged, _ = choose([{"m": first}, {"m": second}], MERGE, "app")
    assert (merged["m"]["a"], merged["m"]["b"]) == (1, 2)
    assert process_time() - started < 1


def test_newest_is_found_by_the_name_that_rename_gives(tmp_path):
    (tmp_path / "custom_profile.toml").write_text(
        '[[sources]]\nname = "app"\ntype = "memory"\nrecords = "newest"\nnewest_by = "when"\n'
        'rename = { at = "when" }\n'
        'customers = { "casey@example.com" = [{ at = 1, id = 3 }, { at = 2, id = 7 }] }\n'
    )
    environ = {"CUSTOM_PROFILE_CONFIG": str(tmp_path / "custom_profile.toml"), "GROOVE_API_TOKEN": "tok-en"}
    service = build_service(load_settings(environ))
    assert service.answer("casey@example.com").fields == {"when": 2, "id": 7}
    service.close()
