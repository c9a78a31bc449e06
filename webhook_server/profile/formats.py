"""Writes the values of a record as JSON scalars: dates, money, numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

from babel import Locale

from adapters.base import Money, Unreadable
from webhook_server.profile.amounts import AmountWriter

Scalar = str | int | float | bool | None

LARGEST_EXACT = 2**53
"""Beyond this, JavaScript and many JSON readers round integers (RFC 8259, section 6)."""

LONGEST_INTEGER = 4300
"""Digits; longer integers Python itself refuses to write as text."""


class Unwritable(Exception):  # noqa: N818 - a value that is left out is no error of the program
    """Raise for a value that no JSON scalar can stand for; the text is the reason, without the value."""


class Formatter:
    """Writes values in one locale and time zone.

    ``writers`` holds, by exact type, what :meth:`write` does; each may raise Unwritable and nothing else.
    """

    def __init__(self, locale: str = "en_US", time_zone: tzinfo = UTC) -> None:
        self.locale = Locale.parse(locale)
        self._in_utc = time_zone is UTC or str(time_zone) == "UTC"
        self.time_zone = UTC if self._in_utc else time_zone
        self._amounts = AmountWriter(self.locale)
        self.writers: Mapping[type, Callable[[Any], Scalar]] = {
            str: sound_text,
            bool: bool,
            type(None): lambda _: None,
            int: _integer,
            float: _float,
            Decimal: _decimal,
            Money: self._money,
            datetime: self._datetime,
            date: date.isoformat,
            time: _time,
            timedelta: lambda value: _float(value.total_seconds()),
            UUID: UUID.__str__,
            Unreadable: _unreadable,
        }

    def write(self, value: Any) -> Scalar:
        """Answer the JSON scalar for one value that is neither mapping nor list.

        Raises Unwritable, and nothing else, for bytes and for types that are not known.
        """
        writer = self.writers.get(type(value))
        return self._write_other(value) if writer is None else writer(value)

    def _write_other(self, value: Any) -> Scalar:
        kind = type(value).__name__
        try:
            if isinstance(value, Enum):
                return self.write(value.value)
            if isinstance(value, bytes | bytearray | memoryview):
                raise Unwritable("it is bytes, not text")
            return self._write_subclass(value)
        except Unwritable:
            raise
        except Exception:  # noqa: BLE001 - the value is somebody else's object, and may do anything
            raise Unwritable(f"a value of type {kind} cannot be written") from None

    def _write_subclass(self, value: Any) -> Scalar:
        # The base's own methods: a subclass may have overridden what makes the plain value of it.
        if isinstance(value, str):
            return sound_text(str.__str__(value))
        if isinstance(value, int):
            return _integer(int.__int__(value))
        if isinstance(value, float):
            return _float(float.__float__(value))
        for known, writer in self.writers.items():
            if isinstance(value, known):
                written = writer(value)
                return sound_text(str.__str__(written)) if isinstance(written, str) else written
        raise Unwritable(f"a value of type {type(value).__name__} cannot be written")

    def _money(self, money: Money) -> str | None:
        try:
            return self._amounts.write(money.amount, str.__str__(money.currency))
        except Exception:  # noqa: BLE001 - Money takes what a source puts in
            raise Unwritable("its amount is no Decimal, or its currency no text") from None

    def _datetime(self, value: datetime) -> str:
        """Write an aware time as the helpdesk's page does: ``2013-06-16 12:36:36 Z``."""
        if value.tzinfo is None:
            return value.isoformat(" ")[:19]
        if value.tzinfo is not self.time_zone:
            value = self.localised(value)
        if self._in_utc:
            return f"{value.isoformat(' ')[:19]} Z"
        return f"{value.isoformat(' ')[:19]} {value.strftime('%z')}"

    def localised(self, value: datetime) -> datetime:
        """Move an aware time to the formatter's zone. Raises Unwritable where it leaves the calendar."""
        try:
            return value.astimezone(self.time_zone)
        except Exception:  # noqa: BLE001 - a tzinfo is somebody else's object
            raise Unwritable("its time is beyond the calendar, or its zone is none") from None


def sound_text(value: str) -> str:
    """Replace lone surrogates, which no UTF-8 can hold."""
    if value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unreadable(value: Unreadable) -> Scalar:
    raise Unwritable(value.reason)


def _integer(value: int) -> int | str:
    if -LARGEST_EXACT <= value <= LARGEST_EXACT:
        return value
    if value.bit_length() > LONGEST_INTEGER * 3:
        raise Unwritable("it is an integer of thousands of digits")
    return str(value)


def _float(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _time(value: time) -> str:
    try:
        return value.isoformat()
    except Exception:  # noqa: BLE001 - a tzinfo is somebody else's object
        raise Unwritable("its zone is none") from None


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


@cache
def formatter(locale: str, time_zone: tzinfo = UTC) -> Formatter:
    """Answer the formatter of a locale and time zone."""
    return Formatter(locale, time_zone)
