"""Reads the cells of exports: amounts, dates, yes and no."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from babel.numbers import get_currency_precision

DECIMALS = 4
"""Decimals that an amount may have: more than any currency of ISO 4217 has."""
MOST_DIGITS = 17
"""Digits of an amount in such parts."""

_DECIMAL_COMMA = re.compile(r",\d{1,2}$")
_THREE_AFTER_A_POINT = re.compile(r"[-+]?\d+\.\d{3}")
_THREE_AFTER_A_COMMA = re.compile(r"[-+]?\d{1,3},\d{3}")


class AmbiguousAmountError(ValueError):
    """An amount that means one thing with a decimal point and a thousand times as much without."""


def read_amount(cell: str, currency: str) -> Decimal:
    """Read an amount in major units, with a decimal point or comma: ``1,234.50``, ``399,00``.

    ``currency`` is an ISO 4217 code: where it has three decimals, ``1.234`` is an amount with decimals and
    ``1,234`` may be either; elsewhere ``1,234`` is a thousand and more, and ``1.234`` may be either. Raises
    AmbiguousAmountError on those, and ValueError on anything else.
    """
    text = cell.strip().replace("\u00a0", "").replace(" ", "")
    decimals = get_currency_precision(currency)
    if (_THREE_AFTER_A_COMMA if decimals == 3 else _THREE_AFTER_A_POINT).fullmatch(text):
        after = "comma" if decimals == 3 else "point"
        raise AmbiguousAmountError(f"three digits follow its {after}, and {currency} has {decimals} decimals")
    if "." in text and "," in text:
        text = text.replace("." if text.rfind(",") > text.rfind(".") else ",", "")
    text = text.replace(",", ".") if _DECIMAL_COMMA.search(text) else text.replace(",", "")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError("it is no amount") from None
    if not amount.is_finite():
        raise ValueError("it is no amount")
    return amount


def read_time(cell: str) -> datetime:
    """Read a time that is UTC unless it says otherwise: ``2013-06-26 12:36[:36]``, ISO with a zone.

    Raises ValueError on anything else.
    """
    time = datetime.fromisoformat(cell.strip())
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def read_yes(cell: str) -> bool:
    """Read ``true``, ``yes`` or ``1`` as true, in any case."""
    return cell.strip().lower() in {"true", "yes", "1"}


def in_parts(amount: Decimal) -> int:
    """Write an amount as a whole number of ten-thousandths. Raises ValueError where that is not exact."""
    parts = amount.scaleb(DECIMALS)
    if parts != parts.to_integral_value() or abs(parts) >= 10**MOST_DIGITS:
        raise ValueError("it has too many digits")
    return int(parts)


def from_parts(parts: int) -> Decimal:
    """Read what in_parts() wrote, with two decimals where they are enough."""
    whole, rest = divmod(parts, 100)
    return Decimal(parts).scaleb(-DECIMALS) if rest else Decimal(whole).scaleb(-2)
