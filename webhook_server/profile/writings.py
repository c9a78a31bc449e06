"""The formats of single fields: what each makes of a value, in the formatter's locale and time zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Any, Literal

from babel.dates import (
    get_date_format,
    get_datetime_format,
    get_time_format,
    parse_pattern,
)
from babel.numbers import format_decimal, get_currency_precision

from adapters.base import Money
from webhook_server.profile.elapsed import days_in_words, time_in_words
from webhook_server.profile.formats import Formatter, Scalar, Unwritable
from webhook_server.profile.readings import is_date_alone, read_moment, read_number
from webhook_server.profile.routes import FieldFormat

Length = Literal["full", "long", "medium", "short"]
_LENGTHS: Mapping[str, Length] = {"full": "full", "long": "long", "medium": "medium", "short": "short"}

_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})


_ROOM = Context(prec=200)
"""Digits enough for every number that is read (see readings.py), before and behind the point."""


def money(formatter: Formatter, currency: str = "", *, minor_units: bool = False) -> FieldFormat:
    """Write Money, and with ``currency`` also plain numbers; ``minor_units``: they count cents."""
    scale = get_currency_precision(currency) if currency and minor_units else 0

    def write(value: Any) -> Scalar:
        if isinstance(value, Money):
            return formatter.write(value)
        amount = _number(value)
        if not currency:
            raise Unwritable("it is a plain number, and the format money has no currency")
        return formatter.write(Money(amount.scaleb(-scale), currency.upper()))

    return write


def number(formatter: Formatter, decimals: int | None = None) -> FieldFormat:
    """Write a number with the locale's signs, rounded to ``decimals`` places (default: as many as it has)."""
    quantum = None if decimals is None else Decimal(1).scaleb(-decimals)
    pattern = None if decimals is None else f"#,##0{'.' if decimals else ''}{'0' * decimals}"

    def write(value: Any) -> Scalar:
        amount = _number(value)
        with localcontext(_ROOM):  # Babel quantizes to the digits that it writes, in the context's precision
            if quantum is not None:
                amount = amount.quantize(quantum, ROUND_HALF_EVEN)
            if not amount:  # -0, and what rounds to it
                amount = amount.copy_abs()
            return format_decimal(amount, pattern, formatter.locale, decimal_quantization=pattern is not None)

    return write


def date_in_words(formatter: Formatter, pattern: str = "medium") -> FieldFormat:
    """Write the day of a date or time: ``Jun 16, 2013``."""
    locale = formatter.locale
    prepared = get_date_format(_LENGTHS[pattern], locale) if pattern in _LENGTHS else parse_pattern(pattern)

    def write(value: Any) -> Scalar:
        return prepared.apply(_moment(formatter, value), locale)

    return write


def datetime_in_words(formatter: Formatter, pattern: str = "medium") -> FieldFormat:
    """Write a time: ``Jun 16, 2013, 12:36:36 PM``."""
    locale = formatter.locale
    if pattern not in _LENGTHS:
        prepared = parse_pattern(pattern)
        return lambda value: prepared.apply(_moment(formatter, value), locale)
    length = _LENGTHS[pattern]
    day, clock = get_date_format(length, locale), get_time_format(length, locale)
    together = str(get_datetime_format(length, locale)).replace("'", "")

    def write(value: Any) -> Scalar:
        moment = _moment(formatter, value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=formatter.time_zone)
        return together.replace("{0}", clock.apply(moment, locale)).replace("{1}", day.apply(moment, locale))

    return write


def since(formatter: Formatter, now: Callable[[], datetime]) -> FieldFormat:
    """Write how long ago a time was, or how far it is: ``3 years ago``, ``in 2 days``, ``today``.

    A date alone is told in days, months and years of the formatter's time zone.
    """

    def write(value: Any) -> Scalar:
        moment = _moment(formatter, value)
        if is_date_alone(value):
            today = now().astimezone(formatter.time_zone).date()
            return days_in_words(date(moment.year, moment.month, moment.day), today, formatter.locale)
        zone: tzinfo = formatter.time_zone
        moment = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
        return time_in_words(moment.astimezone(UTC), now().astimezone(UTC), formatter.locale)

    return write


def yes_no(formatter: Formatter, yes: str = "yes", no: str = "no") -> FieldFormat:
    """Write a boolean, 0 or 1, or text such as ``true`` and ``off``, as a word."""

    def write(value: Any) -> Scalar:
        number = read_number(value)
        word = str(formatter.write(value)).strip().lower()
        if word in _TRUE or number == 1:
            return yes
        if word in _FALSE or number == 0:
            return no
        raise Unwritable("it is neither true nor false")

    return write


def text(formatter: Formatter, length: int | None = None) -> FieldFormat:
    """Write everything as text; one longer than ``length`` characters ends with ``…``."""

    def write(value: Any) -> Scalar:
        scalar = formatter.write(value)
        if scalar is None:
            return None
        written = str(scalar).lower() if isinstance(scalar, bool) else str(scalar)
        return written if length is None or len(written) <= length else f"{written[: length - 1]}…"

    return write


def _number(value: Any) -> Decimal:
    amount = read_number(value)
    if amount is None:
        raise Unwritable("it is no number")
    return amount


def _moment(formatter: Formatter, value: Any) -> datetime:
    moment = read_moment(value)
    if moment is None:
        raise Unwritable("it is no date or time: those in text are read in ISO 8601")
    return moment if moment.tzinfo is None else formatter.localised(moment)
