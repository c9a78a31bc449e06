"""Writes the values of a record as JSON scalars: dates, money, numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

from babel import Locale
from babel.numbers import format_currency

from adapters.base import Money

Scalar = str | int | float | bool | None

LARGEST_EXACT = 2**53
"""Beyond this, JavaScript and many JSON readers round integers (RFC 8259, section 6)."""

LONGEST_INTEGER = 4300
"""Digits; longer integers Python itself refuses to write as text."""


class Unwritable(Exception):  # noqa: N818 - a value that is left out is no error of the program
    """Raise for a value that no JSON scalar can stand for; the text is the reason, without the value."""


class Formatter:
    """Writes values in one locale."""

    def __init__(self, locale: str = "en_US") -> None:
        self._locale = Locale.parse(locale)
        self._writers: Mapping[type, Callable[[Any], Scalar]] = {
            str: str,
            bool: bool,
            type(None): lambda _: None,
            int: _integer,
            float: _float,
            Decimal: _decimal,
            Money: self._money,
            datetime: _datetime,
            date: date.isoformat,
            time: time.isoformat,
            timedelta: lambda value: _float(value.total_seconds()),
            UUID: str,
        }

    def write(self, value: Any) -> Scalar:
        """Answer the JSON scalar for one value that is neither mapping nor list.

        Raises Unwritable for bytes and for types that are not known.
        """
        writer = self._writers.get(type(value))
        if writer is None:
            return self._write_other(value)
        return writer(value)

    def _write_other(self, value: Any) -> Scalar:
        if isinstance(value, Enum):
            return self.write(value.value)
        if isinstance(value, bytes | bytearray | memoryview):
            raise Unwritable("it is bytes, not text")
        for known, writer in self._writers.items():
            if isinstance(value, known):
                return writer(value)
        raise Unwritable(f"a value of type {type(value).__name__} cannot be written")

    def _money(self, money: Money) -> str | None:
        if not money.amount.is_finite():
            return None
        try:
            return format_currency(money.amount, money.currency, locale=self._locale)
        except InvalidOperation:  # more digits than Babel can round
            return f"{money.amount} {money.currency}"


def _integer(value: int) -> int | str:
    if -LARGEST_EXACT <= value <= LARGEST_EXACT:
        return int(value)
    if value.bit_length() > LONGEST_INTEGER * 3:
        raise Unwritable("it is an integer of thousands of digits")
    return str(int(value))


def _float(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _decimal(value: Decimal) -> int | float | str | None:
    """Write a number where that is exact, and text where a float would change it."""
    if not value.is_finite():
        return None
    if abs(value.adjusted()) > 40:
        return str(value)
    if value == value.to_integral_value():
        return _integer(int(value))
    nearest = float(value)
    return nearest if Decimal(repr(nearest)) == value else str(value)


def _datetime(value: datetime) -> str:
    """Write an aware time in UTC as the helpdesk's page does: ``2013-06-16 12:36:36 Z``."""
    if value.tzinfo is None:
        return value.strftime("%Y-%m-%d %H:%M:%S")
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        raise Unwritable("its time is beyond the calendar") from None
    return f"{value.replace(tzinfo=None, microsecond=0).isoformat(' ')} Z"


@cache
def formatter(locale: str) -> Formatter:
    """Answer the formatter of a locale."""
    return Formatter(locale)
