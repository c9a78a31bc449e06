"""Reads numbers and times out of what a source gives: the values themselves, or text that holds them."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_LONGEST_MOMENT = 40
_LARGEST_ADJUSTED = 60


def read_number(value: Any) -> Decimal | None:
    """Answer a number exactly; None for what is none, for NaN and for booleans.

    Text counts if it is plain digits with a point (``12.50``).
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = str.__str__(value).strip() if len(value) <= 100 else ""
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    if isinstance(value, int):
        plain = int.__int__(value)
        return Decimal(plain) if plain.bit_length() <= 200 else None
    if isinstance(value, float):
        return Decimal(float.__repr__(value)) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        plausible = value.is_finite() and abs(value.adjusted()) <= _LARGEST_ADJUSTED
        return Decimal(value) if plausible else None
    return None


def read_moment(value: Any) -> datetime | None:
    """Answer a date-time, aware or naive as it was given; None for what is none.

    Text counts in ISO 8601 and as the helpdesk's page writes it (``2013-06-16 12:36:36 Z``). A date
    is its midnight.
    """
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if not isinstance(value, str) or len(value) > _LONGEST_MOMENT:
        return None
    text = str.__str__(value).strip().removesuffix(" UTC").replace(" Z", "Z")
    if text[:1].isdigit() and "-" in text:
        try:
            return datetime.fromisoformat(re.sub(r" ([+-][0-9])", r"\1", text))
        except ValueError:
            return None
    return None


def is_date_alone(value: Any) -> bool:
    """Tell whether a value names a day and no time of it."""
    if isinstance(value, str):
        return re.fullmatch(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*", value) is not None
    return isinstance(value, date) and not isinstance(value, datetime)
