"""How a column's value is read where the database does not say what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from adapters.errors import SourceDataError


def read_datetime(value: object) -> datetime:
    """Read a date-time from ISO text, as SQLite keeps it."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def read_date(value: object) -> date:
    """Read a date from ISO text, whatever time follows it."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


READERS: Mapping[str, Callable[[Any], Any]] = {
    "boolean": lambda value: bool(int(value)),
    "date": read_date,
    "datetime": read_datetime,
    "integer": int,
    "number": lambda value: Decimal(str(value)),
    "text": str,
}
"""The types that settings may name; a reader raises ValueError or ArithmeticError on other text."""


def read_as(column: str, kind: str, reader: Callable[[Any], Any], value: Any) -> Any:
    """Read a value by the reader of its kind. Raises SourceDataError, which names the column alone."""
    try:
        return reader(value)
    except (ValueError, ArithmeticError, TypeError):
        raise SourceDataError(f"the column {column!r} holds a value that is no {kind}") from None
