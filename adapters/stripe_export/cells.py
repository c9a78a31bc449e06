"""Reads the cells of Stripe's exports: amounts, dates, yes and no."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

_DECIMAL_COMMA = re.compile(r",\d{1,2}$")


def read_amount(cell: str) -> Decimal:
    """Read an amount in major units, with a decimal point or comma: ``1,234.50``, ``399,00``.

    Raises ValueError on anything else.
    """
    text = cell.strip().replace("\u00a0", "").replace(" ", "")
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
