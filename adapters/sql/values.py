"""How a column's value is read where the database does not say what it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from adapters.base import Unreadable
from adapters.json_objects import read_object
from adapters.sql.cells import unreadable

_WORDS = dict.fromkeys(("t", "true", "y", "yes", "on"), True) | dict.fromkeys(
    ("f", "false", "n", "no", "off"), False
)
"""What PostgreSQL reads as a boolean, and Rails wrote into SQLite."""


def read_datetime(value: object) -> datetime:
    """Read a date-time from ISO text, as SQLite keeps it."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def read_date(value: object) -> date:
    """Read a date from ISO text, whatever time follows it."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def read_boolean(value: object) -> bool:
    """Read a boolean from a number (0 is false) or a word, such as ``t`` or ``no``."""
    if isinstance(value, int | float | Decimal):
        return bool(value)
    word = str(value).strip().lower()
    return _WORDS[word] if word in _WORDS else bool(int(word))


def read_json(value: object) -> Any:
    """Read JSON from text, where the driver has not."""
    return json.loads(value, object_pairs_hook=read_object) if isinstance(value, str | bytes) else value


READERS: Mapping[str, Callable[[Any], Any]] = {
    "boolean": read_boolean,
    "date": read_date,
    "datetime": read_datetime,
    "integer": int,
    "json": read_json,
    "number": lambda value: Decimal(str(value)),
    "text": str,
}
"""The types that settings may name; a reader raises ValueError or ArithmeticError on other text."""


def read_as(column: str, kind: str, reader: Callable[[Any], Any], value: Any) -> Any:
    """Read a value by the reader of its kind; answer Unreadable where it is not of that kind."""
    if isinstance(value, Unreadable):
        return value
    try:
        return reader(value)
    except (ValueError, ArithmeticError, TypeError, RecursionError):
        return unreadable(column, kind)
