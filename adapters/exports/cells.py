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

_SIGNS = re.compile(r"[\s\u00a0\u202f\u2009'\u2019]")
"""What separates thousands in some countries and means nothing else in an amount."""
_SHAPE = re.compile(r"[-+]?[0-9][0-9.,]*|[-+]?[.,][0-9]+")
_GROUPS = re.compile(r"[-+]?[0-9]{1,3}(?:[.,][0-9]{3})+")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d\d?)[-/.](\d\d?)(?:[ T](\d\d?)(:.*))?", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0[.,]")


class AmbiguousAmountError(ValueError):
    """An amount that means one thing with a decimal point and a thousand times as much without."""


def read_amount(cell: str, currency: str, decimal: str = "") -> Decimal:
    """Read an amount in major units, with a decimal point or comma: ``1,234.50``, ``399,00``.

    ``currency`` is an ISO 4217 code, ``decimal`` the decimal sign where other amounts of the file tell it.
    Where they do not, ``1,234`` is a thousand and more, and ``1.234`` may be either; with a currency of three
    decimals it is the other way round, with one of none both are thousands. Raises AmbiguousAmountError on
    what may be either, and ValueError on anything else.
    """
    text = _SIGNS.sub("", cell)
    if not _SHAPE.fullmatch(text):
        raise ValueError("it is no amount")
    text = _with_a_point(text, currency, decimal)
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError("it is no amount") from None
    if not amount.is_finite():
        raise ValueError("it is no amount")
    return amount


def decimal_sign(cell: str, currency: str) -> str:
    """Answer the decimal sign that an amount shows beyond doubt; "" where it shows none."""
    text = _SIGNS.sub("", cell).lstrip("+-")
    used = [sign for sign in ".," if sign in text]
    if not used or not _SHAPE.fullmatch(text):
        return ""
    sign = max(used, key=text.rfind)
    if len(used) == 2:
        return sign
    if not _GROUPS.fullmatch(text) or _LEADING_ZERO.match(text):
        return sign if text.count(sign) == 1 else ""
    is_thousands = text.count(sign) > 1 or get_currency_precision(currency) == 0
    return {",": ".", ".": ","}[sign] if is_thousands else ""


def _with_a_point(text: str, currency: str, decimal: str) -> str:
    """Write an amount with a decimal point alone, or none."""
    points, commas = text.count("."), text.count(",")
    if points and commas:  # whichever comes last is the decimal one, and comes once
        last, other = (".", ",") if text.rfind(".") > text.rfind(",") else (",", ".")
        whole = text.partition(last)[0].replace(".", ",") if other == "." else text.partition(last)[0]
        if text.count(last) > 1 or not _GROUPS.fullmatch(whole):
            raise ValueError("it is no amount")
        return text.replace(other, "").replace(last, ".")
    sign = "." if points else ","
    if points + commas == 0:
        return text
    if points + commas > 1:  # of several that are alike each separates thousands
        if not _GROUPS.fullmatch(text):
            raise ValueError("it is no amount")
        return text.replace(sign, "")
    if _GROUPS.fullmatch(text) and not _LEADING_ZERO.match(text):
        return _one_group(text, sign, currency, decimal)
    return text.replace(sign, ".")


def _one_group(text: str, sign: str, currency: str, decimal: str) -> str:
    """Read one sign with three digits behind it, which may be decimals or thousands."""
    decimals = get_currency_precision(currency)
    if decimals == 0 or (decimal and sign != decimal):
        return text.replace(sign, "")
    if sign == decimal and decimals == 3:
        return text.replace(sign, ".")
    if sign == decimal or (sign == ",") == (decimals == 3):
        named = "comma" if sign == "," else "point"
        raise AmbiguousAmountError(f"three digits follow its {named}, and {currency} has {decimals} decimals")
    return text if sign == "." else text.replace(",", "")


def read_time(cell: str) -> datetime:
    """Read a time that is UTC unless it says otherwise: ``2013-06-26 12:36[:36]``, ISO with a zone.

    The year may stand before slashes or dots, and numbers may lack their zeros: ``2013/6/26 9:05``. Raises
    ValueError on anything else.
    """
    text = cell.strip().removesuffix(" UTC")
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day, hour, rest = found.groups(default="")
        text = f"{year}-{month:0>2}-{day:0>2}" + (f" {hour:0>2}{rest}" if hour else "")
    time = datetime.fromisoformat(text)
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


def written(parts: int, currency: str) -> str:
    """Write what in_parts() wrote with the decimals of its currency, or more where it has more."""
    amount = Decimal(parts).scaleb(-DECIMALS).normalize()
    exponent = amount.as_tuple().exponent
    decimals = max(get_currency_precision(currency), -exponent if isinstance(exponent, int) else 0)
    return f"{amount:,.{decimals}f}"


def from_parts(parts: int) -> Decimal:
    """Read what in_parts() wrote, with two decimals where they are enough."""
    whole, rest = divmod(parts, 100)
    return Decimal(parts).scaleb(-DECIMALS) if rest else Decimal(whole).scaleb(-2)
