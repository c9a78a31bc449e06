"""Which values a record may hold, and how one is copied and spoilt to see whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isnan
from typing import Any
from uuid import UUID

from adapters.base import Money, Unreadable

SCALARS = (str, int, float, bool, bytes, type(None))
NOT_A_NUMBER = object()
"""Stands for NaN, which equals nothing, not even itself."""

RICH = (Decimal, date, time, timedelta, UUID, Enum, Money, Unreadable)


def misfits(value: Any, path: str = "") -> Iterator[str]:
    """Name every place of a record whose value or key the contract does not know."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield f"{path or 'the record'} has a key of {type(key).__name__}"
            yield from misfits(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from misfits(item, f"{path}[{number}]")
    elif not isinstance(value, SCALARS + RICH):
        yield f"{path} is of type {type(value).__name__}"


def copy_of(value: Any) -> Any:
    """Copy a record with all that is nested in it, for comparing: what is no number equals itself there."""
    if isinstance(value, Mapping):
        return {key: copy_of(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        copies = [copy_of(inner) for inner in value]
        return copies if isinstance(value, list) else tuple(copies)
    if isinstance(value, Money):
        return Money(copy_of(value.amount), value.currency)
    is_nan = value.is_nan() if isinstance(value, Decimal) else isinstance(value, float) and isnan(value)
    return NOT_A_NUMBER if is_nan else value


def spoil(value: Any) -> None:
    """Change everything in a record that can be changed."""
    if isinstance(value, dict):
        for inner in value.values():
            spoil(inner)
        value.clear()
        value["spoiled"] = True
    elif isinstance(value, list):
        for inner in value:
            spoil(inner)
        value.append("spoiled")
