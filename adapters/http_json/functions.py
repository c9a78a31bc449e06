"""The functions of JMESPath in exact decimals, and three of our own for what JSON has no values for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from babel.numbers import get_currency_precision, is_currency
from jmespath.functions import Functions, signature

from adapters.base import Money

_NUMBER: Any = {"types": ["number", "string", "null"]}
_TEXT: Any = {"types": ["string", "null"]}


def read_number(text: str) -> Decimal:
    """Read a number that need not be whole; one that no double could hold is refused by ValueError."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("no number") from None
    if not number.is_finite() or abs(number.adjusted()) > 308:
        raise ValueError("no number of a size that JSON's numbers have")
    return number


class ExactFunctions(Functions):
    """JMESPath's functions, in Decimal, and money(), minor_money() and from_seconds()."""

    def _convert_to_jmespath_type(self, name: str) -> str:
        kind: str = "number" if name == "Decimal" else super()._convert_to_jmespath_type(name)  # type: ignore[misc]
        return kind

    def _get_allowed_pytypes(self, types: Any) -> tuple[list[str], list[list[str]]]:
        allowed, within = super()._get_allowed_pytypes(types)  # type: ignore[misc]
        return _with_decimal(allowed), [_with_decimal(kinds) for kinds in within]

    @signature({"types": []})
    def _func_to_number(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            return None
        try:
            return read_number(value) if isinstance(value, str) else value
        except ValueError:
            return None

    @signature({"types": []})
    def _func_to_string(self, value: Any) -> str:
        return value if isinstance(value, str) else _as_json(value)

    @signature({"types": []})
    def _func_type(self, value: Any) -> str:
        kind: str = "number" if isinstance(value, Decimal) else super()._func_type(value)  # type: ignore[misc]
        return kind

    @signature({"types": ["array-number"]})
    def _func_avg(self, values: list[Any]) -> Any:
        return sum(values, Decimal(0)) / len(values) if values else None

    @signature(_NUMBER, _TEXT)
    def _func_money(self, amount: Any, currency: Any) -> Any:
        return _money(amount, currency, 0)

    @signature(_NUMBER, _TEXT)
    def _func_minor_money(self, amount: Any, currency: Any) -> Any:
        return _money(amount, currency, get_currency_precision(currency.upper()) if currency else 0)

    @signature(_NUMBER)
    def _func_from_seconds(self, seconds: Any) -> Any:
        if seconds is None:
            return None
        try:
            return datetime.fromtimestamp(int(read_number(str(seconds))), UTC)
        except (OSError, OverflowError):
            raise ValueError("no time") from None


def problem_of_call(name: str, count: int) -> str:
    """Say what is wrong with a call of a function with so many values, if anything."""
    known: dict[str, Any] = ExactFunctions.FUNCTION_TABLE
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}()?" if near else f"there are {', '.join(sorted(known))}."
        return f"There is no function {name}(): {hint}"
    wanted = known[name]["signature"]
    if count == len(wanted) or (count > len(wanted) and wanted[-1].get("variadic")):
        return ""
    least = "at least " if wanted[-1].get("variadic") else ""
    values = "value" if len(wanted) == 1 else "values"
    return f"{name}() takes {least}{len(wanted)} {values}, and here it has {count or 'none'}."


def _as_json(value: Any) -> str:
    """Write a value as JSON; raises TypeError for what is none, as a cell that cannot be read."""
    if isinstance(value, Decimal):
        return str(value)

    def number(inner: Any) -> float:
        if isinstance(inner, Decimal):
            return float(inner)
        raise TypeError

    return json.dumps(value, separators=(",", ":"), default=number)


def _money(amount: Any, currency: Any, decimals: int) -> Money | None:
    if amount is None or not currency:
        return None
    if not is_currency(currency.upper(), "en"):
        raise ValueError("no currency")
    return Money(read_number(str(amount)).scaleb(-decimals), currency.upper())


def _with_decimal(kinds: Iterable[str]) -> list[str]:
    named = list(kinds)
    return [*named, "Decimal"] if "float" in named else named
