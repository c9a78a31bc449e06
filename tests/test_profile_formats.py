"""Values are written as JSON scalars, by locale, time zone and the formats that settings ask for."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.numbers import format_currency
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.base import Money
from webhook_server.profile.elapsed import days_in_words
from webhook_server.profile.field_formats import OPTIONS, FormatError, make_format
from webhook_server.profile.formats import Formatter, Unwritable
from webhook_server.profile.merge import Shape, Shaper

plain = Formatter("en_US")
berlin = Formatter("de_DE", ZoneInfo("Europe/Berlin"))
NOON = datetime(2013, 6, 16, 12, 36, 36, tzinfo=UTC)
NAIVE = datetime(2013, 6, 16, 12, 36, 36)  # noqa: DTZ001 - naive on purpose


class Plan(Enum):
    PRO = "Pro"


class OddZone(tzinfo):
    def utcoffset(self, moment):
        raise RuntimeError("casey's secret")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("text", "text"),
        ("half \ud83d", "half \ufffd"),
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
        (Decimal("sNaN"), None),
        (Money(Decimal("150.00"), "USD"), "$150.00"),
        (Money(Decimal(1500), "JPY"), "¥1,500"),
        (Money(Decimal("1E+26"), "USD"), "1E+26 USD"),
        (Money(Decimal("-1E-999999"), "USD"), "$0.00"),
        (Money(Decimal("-0.00"), "USD"), "$0.00"),
        (Money(Decimal("-0E+999999"), "USD"), "$0.00"),
        (Money(Decimal("-0.005"), "USD"), "$0.00"),
        (Money(Decimal("-0.0051"), "USD"), "-$0.01"),
        (Money(Decimal("-0.4"), "JPY"), "¥0"),
        (Money(Decimal("NaN"), "USD"), None),
        (NOON, "2013-06-16 12:36:36 Z"),
        (NOON.replace(microsecond=999_999), "2013-06-16 12:36:36 Z"),
        (NOON.astimezone(timezone(timedelta(hours=2))), "2013-06-16 12:36:36 Z"),
        (NAIVE, "2013-06-16 12:36:36"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01 00:00:00 Z"),
        (date(2013, 6, 16), "2013-06-16"),
        (time(12, 30), "12:30:00"),
        (timedelta(minutes=1), 60.0),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Plan.PRO, "Pro"),
    ],
)
def test_value_is_written_as_json_scalar(value, written):
    assert plain.write(value) == written


@pytest.mark.parametrize(
    "value",
    [
        b"bytes",
        object(),
        10**5000,
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))),
        NAIVE.replace(tzinfo=OddZone()),
        time(12, tzinfo=OddZone()),
        Money("x", "USD"),
        Money(Decimal(1), None),
    ],
    ids=["bytes", "object", "digits", "calendar", "zone", "time", "amount", "currency"],
)
def test_value_without_a_scalar_is_refused_with_a_reason(value):
    with pytest.raises(Unwritable, match=r"bytes|type object|digits|calendar|zone|amount"):
        plain.write(value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (NOON, "2013-06-16 14:36:36 +0200"),
        (NOON.replace(month=1), "2013-01-16 13:36:36 +0100"),
        (NAIVE, "2013-06-16 12:36:36"),
    ],
)
def test_time_is_written_in_the_formatters_zone(value, written):
    assert berlin.write(value) == written


def test_zone_called_utc_is_written_as_the_helpdesks_page_does():
    assert Formatter("en_US", ZoneInfo("UTC")).write(NOON) == "2013-06-16 12:36:36 Z"


@pytest.mark.parametrize(
    "locale", ["en_US", "de_DE", "de_CH", "hi_IN", "fr_FR", "ar_EG", "ja_JP", "sv_SE", "es_ES"]
)
@given(
    amount=st.decimals(
        allow_nan=False, allow_infinity=False, places=3, min_value=-(10**15), max_value=10**15
    ),
    currency=st.sampled_from(["USD", "EUR", "JPY", "BHD", "INR", "XTS", "made up", ""]),
)
@example(amount=Decimal("-0.001"), currency="USD")
@example(amount=Decimal("-0.4"), currency="JPY")
@example(amount=Decimal("-0.0"), currency="INR")
def test_prepared_amounts_are_exactly_babels(locale, amount, currency):
    formatter = Formatter(locale)
    expected = format_currency(amount, currency, locale=locale)
    nothing = format_currency(0, currency, locale=locale)
    if format_currency(-amount, currency, locale=locale) == nothing:
        expected = nothing  # and not -$0.00
    assert [formatter.write(Money(amount, currency)) for _ in range(2)] == [expected] * 2


@pytest.mark.parametrize(
    ("spec", "formatter", "value", "written"),
    [
        ("money", plain, Money(Decimal("9.5"), "EUR"), "€9.50"),
        ({"type": "money", "currency": "USD"}, plain, 150, "$150.00"),
        ({"type": "money", "currency": "USD"}, plain, 19.99, "$19.99"),
        ({"type": "money", "currency": "USD"}, plain, "1234.5", "$1,234.50"),
        ({"type": "money", "currency": "EUR"}, berlin, Decimal("1234.5"), "1.234,50\xa0€"),
        ({"type": "money", "currency": "USD", "minor_units": True}, plain, 1999, "$19.99"),
        ({"type": "money", "currency": "JPY", "minor_units": True}, plain, 1999, "¥1,999"),
        ({"type": "money", "currency": "USD"}, plain, Money(Decimal(1), "EUR"), "€1.00"),
        ("date", plain, NOON, "Jun 16, 2013"),
        ("date", plain, "2013-06-16T23:00:00+00:00", "Jun 16, 2013"),
        ("date", berlin, "2013-06-16 23:00:00 Z", "17.06.2013"),
        ("date", berlin, date(2013, 6, 16), "16.06.2013"),
        ({"type": "date", "pattern": "long"}, plain, date(2013, 6, 16), "June 16, 2013"),
        ({"type": "date", "pattern": "d MMM y"}, plain, "2013-06-16", "16 Jun 2013"),
        ({"type": "date", "pattern": "YYYY-'W'ww"}, plain, "2013-06-16", "2013-W25"),
        ({"type": "date", "pattern": "y-DDD"}, plain, "2013-06-16", "2013-167"),
        ({"type": "date", "pattern": "'100 %d' d"}, plain, "2013-06-16", "100 %d 16"),
        ("datetime", plain, NOON, "Jun 16, 2013, 12:36:36\u202fPM"),
        ("datetime", berlin, NOON, "16.06.2013, 14:36:36"),
        ("datetime", berlin, NAIVE, "16.06.2013, 12:36:36"),
        (
            {"type": "datetime", "pattern": "y-MM-dd HH:mm"},
            berlin,
            "2013-06-16 14:36:36 +0200",
            "2013-06-16 14:36",
        ),
        ("number", plain, 1234567, "1,234,567"),
        ("number", berlin, Decimal("1234.5"), "1.234,5"),
        ({"type": "number", "decimals": 2}, plain, 3, "3.00"),
        ({"type": "number", "decimals": 0}, plain, 2.5, "2"),
        ({"type": "number", "decimals": 0}, plain, -0.5, "0"),
        ({"type": "number", "decimals": 0}, plain, -0.51, "-1"),
        ({"type": "number", "decimals": 2}, berlin, "-0.001", "0,00"),
        ("number", plain, -0.0, "0"),
        ({"type": "money", "currency": "USD"}, plain, -0.001, "$0.00"),
        ("number", plain, 10**40, f"{10**40:,}"),
        (
            "number",
            plain,
            Decimal("123456789012345678901234567890.125"),
            "123,456,789,012,345,678,901,234,567,890.125",
        ),
        ({"type": "number", "decimals": 2}, plain, 12345678901234567, "12,345,678,901,234,567.00"),
        ("yes/no", plain, 1.0, "yes"),
        ("yes/no", plain, 0.0, "no"),
        ("yes/no", plain, Decimal("1.00"), "yes"),
        ("yes/no", plain, True, "yes"),
        ("yes/no", plain, 0, "no"),
        ("yes/no", plain, "Off", "no"),
        ({"type": "yes/no", "yes": "ja", "no": "nein"}, plain, False, "nein"),
        ("text", plain, 7, "7"),
        ("text", plain, True, "true"),
        ({"type": "text", "length": 5}, plain, "abcdefgh", "abcd…"),
    ],
)
def test_field_is_written_as_its_format_says(spec, formatter, value, written):
    assert make_format(spec, formatter)(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (NOON, "3 years ago"),
        ("2016-06-16 12:36:00 Z", "36 seconds ago"),
        (datetime(2016, 6, 18, 13, tzinfo=UTC), "in 2 days"),
        (date(2016, 6, 15), "1 day ago"),
        ("2016-04-10", "2 months ago"),
        (NAIVE.replace(year=2016, hour=10), "2 hours ago"),
        (date(2016, 6, 16), "today"),
        (datetime(2016, 6, 16, 12, 36, 36, tzinfo=UTC), "now"),
        (date(2012, 7, 17), "3 years ago"),
        (date(2012, 6, 16), "4 years ago"),
        (date(2015, 8, 1), "10 months ago"),
        (datetime(2016, 5, 16, 12, 36, 37, tzinfo=UTC), "4 weeks ago"),
        (datetime(2016, 5, 16, 12, 36, 36, tzinfo=UTC), "1 month ago"),
        (date(1, 1, 1), "2015 years ago"),
        (datetime(9999, 12, 31, tzinfo=UTC), "in 7983 years"),
    ],
)
def test_since_tells_how_long_ago_a_time_was(value, written):
    now = datetime(2016, 6, 16, 12, 36, 36, tzinfo=UTC)
    assert make_format("since", plain, now=lambda: now)(value) == written


@given(st.dates(), st.dates(), st.sampled_from(["en", "de", "ko", "ar", "ja"]))
def test_since_counts_whole_units_of_any_two_days(day, today, locale):
    told = days_in_words(day, today, Locale.parse(locale))
    assert told
    if locale == "en":
        assert (told == "today") == (day == today)
        assert told.startswith("in ") == (day > today)
        years = abs(today.year - day.year)
        if "year" in told:
            assert int(re.search("[0-9]+", told)[0]) in {years, years - 1}


@pytest.mark.parametrize(("locale", "written"), [("de", "heute"), ("ko", "0일 전")])
def test_this_very_day_is_told_in_other_languages_too(locale, written):
    today = datetime(2016, 6, 16, 12, tzinfo=UTC)
    formatter = Formatter(locale)
    assert make_format("since", formatter, now=lambda: today)(date(2016, 6, 16)) == written


def test_since_uses_the_language_and_zone_of_the_formatter():
    midnight = datetime(2016, 6, 16, 22, 30, tzinfo=UTC)  # the 17th in Berlin
    assert make_format("since", berlin, now=lambda: midnight)(date(2016, 6, 15)) == "vor 2 Tagen"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("mony", "did you mean money"),
        ("", "Known are: money, date, datetime, since, number, yes/no, text"),
        ({}, "a table with a type: money"),
        (7, "a table with a type: money"),
        ({"type": "date", "patern": "long"}, "did you mean pattern"),
        ({"type": "date", "pattern": "lnog"}, "short, medium, long, full, or a CLDR pattern"),
        ({"type": "date", "pattern": 7}, "CLDR pattern"),
        ({"type": "date", "pattern": "%Y-%m-%d"}, "pattern such as d MMM y; 'yyyy-MM-dd' is probably meant"),
        ({"type": "datetime", "pattern": "%-d. %B %y, %H:%M"}, "'d. MMMM yy, HH:mm' is probably meant"),
        ({"type": "datetime", "pattern": "%Y-%m-%dT%H:%M"}, "yyyy-MM-dd'T'HH:mm"),
        ({"type": "date", "pattern": "%Y week %U"}, "CLDR pattern such as d MMM y."),
        ({"type": "date", "pattern": "DD.MM.YYYY"}, "'dd.MM.yyyy' is probably meant"),
        ({"type": "date", "pattern": "YYYY-MM-dd 'Day D'"}, "yyyy-MM-dd 'Day D'"),
        ({"type": "date", "pattern": "'day'"}, "CLDR pattern"),
        ({"type": "date", "pattern": "dd/mm/yyyy"}, "'dd/MM/yyyy' is probably meant"),
        ({"type": "datetime", "pattern": "yyyy-mm-dd HH:MM"}, "'yyyy-MM-dd HH:mm' is probably meant"),
        ({"type": "datetime", "pattern": "DD.mm.YYYY HH.MM.ss"}, "'dd.MM.yyyy HH.mm.ss' is probably meant"),
        ({"type": "since", "pattern": "long"}, "it takes none"),
        ({"type": "money", "currency": "dollars"}, "ISO 4217"),
        ({"type": "money", "currency": "USD", "minor_units": "yes"}, "true or false"),
        ({"type": "number", "decimals": -1}, "from 0 to 10"),
        ({"type": "number", "decimals": True}, "from 0 to 10"),
        ({"type": "yes/no", "yes": 1}, "text"),
        ({"type": "text", "length": 0}, "from 1"),
    ],
)
def test_wrong_format_is_refused_with_what_is_allowed(spec, message):
    with pytest.raises(FormatError, match=message):
        make_format(spec, plain)


@pytest.mark.parametrize(
    "pattern",
    [
        "HH:mm",
        "h:mm a",
        "mm:ss",
        "dd.MM.yyyy HH:mm:ss",
        "MM/yy",
        "yyyy-MM-dd'T'HH:mm:ss",
        "d. MMMM y, H 'h' mm",
    ],
)
def test_pattern_with_months_and_minutes_in_their_places_is_taken(pattern):
    make_format({"type": "datetime", "pattern": pattern}, plain)


@pytest.mark.parametrize("name", OPTIONS)
@given(
    value=st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.decimals()
    | st.datetimes(timezones=st.timezones() | st.none())
    | st.dates()
    | st.binary()
    | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9:]{0,8})?( ?Z|[+-][0-9]{4})?", fullmatch=True)
)
def test_any_value_is_formatted_or_refused(name, value):
    for formatter in (plain, berlin):
        try:
            written = make_format(name, formatter)(value)
        except Unwritable:
            continue
        json.dumps(written, allow_nan=False)
        assert value is not None or written is None


def test_value_that_its_format_cannot_write_leaves_plainly_and_is_reported():
    shape = Shape(
        prefix="app_", formats={"app_at": make_format("date", plain), "app_paid": make_format("money", plain)}
    )
    fields, changes = Shaper(plain).shape("app", {"at": "soon", "paid": 5}, shape)
    assert fields == {"app_at": "soon", "app_paid": 5}
    assert [(change.kind, change.key) for change in changes if change.kind != "renamed"] == [
        ("unformatted", "at"),
        ("unformatted", "paid"),
    ]


def test_format_holds_for_the_name_in_the_profile_and_each_item_of_a_list():
    shape = Shape(rename={"dates": "days"}, formats={"days": make_format("date", plain), "dates": None})
    fields, _ = Shaper(plain).shape("app", {"dates": [date(2013, 6, 16), None, "2013-06-17"]}, shape)
    assert fields == {"days": "Jun 16, 2013, Jun 17, 2013"}
