"""Reads what Stripe's API writes: amounts in the smallest unit, seconds since 1970, metadata."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from adapters.base import Money

# By Stripe's own list (docs.stripe.com/currencies), which is not that of ISO 4217: UGX and ISK have two.
_NO_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def read_money(amount: Any, currency: Any) -> Money:
    """Read an amount of the smallest unit. Raises ValueError for what is none."""
    code = read_currency(currency)
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise ValueError("an amount is no whole number")
    decimals = 0 if code in _NO_DECIMALS else 3 if code in _THREE_DECIMALS else 2
    return Money(Decimal(amount).scaleb(-decimals), code)


def read_currency(currency: Any) -> str:
    """Read a currency's code. Raises ValueError for what is none."""
    if not isinstance(currency, str) or len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        raise ValueError("a currency is no ISO 4217 code")
    return currency.upper()


def read_time(seconds: Any) -> datetime | None:
    """Read a time, None where there is none. Raises ValueError for what is none."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise ValueError("a time is no whole number")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OSError, OverflowError):
        raise ValueError("a time is none") from None


def sums(amounts: Iterable[tuple[int, str]]) -> Money | list[Money] | None:
    """Add amounts of the smallest unit up: one sum, or one for each of several currencies; None for none."""
    totals: dict[str, int] = {}
    for amount, currency in amounts:
        code = read_currency(currency)
        totals[code] = totals.get(code, 0) + read_whole(amount)
    made = [read_money(total, code) for code, total in sorted(totals.items())]
    return made[0] if len(made) == 1 else made or None


def read_whole(number: Any) -> int:
    """Read a whole number. Raises ValueError for what is none."""
    if isinstance(number, bool) or not isinstance(number, int):
        raise ValueError("an amount is no whole number")
    return number


def read_metadata(found: Any) -> dict[str, str] | None:
    """Read an object's metadata, None where there is none."""
    if not isinstance(found, Mapping):
        return None
    return {str(key): str(value) for key, value in found.items()} or None
