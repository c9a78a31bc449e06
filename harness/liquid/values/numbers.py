"""Values as numbers, as Ruby's ``to_i``, ``Integer()`` and BigDecimal read them."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Any

from harness.liquid.errors import InlineError
from harness.liquid.limits import too_much
from harness.liquid.patterns import BLANK, SPACE
from harness.liquid.values.text import float_text, to_text

_LEADING = re.compile(rf"{SPACE}*([+-]?[0-9]+(?:_[0-9]+)*)")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+\Z")
_INTEGER = re.compile(
    rf"{SPACE}*([+-]?)(?:0[xX]([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)|0[bB]([01]+(?:_[01]+)*)"
    rf"|0[oO]?_?([0-7]+(?:_[0-7]+)*)|(?:0[dD])?([0-9]+(?:_[0-9]+)*)){SPACE}*\Z"
)
_LEADING_ZERO = re.compile(rf"{SPACE}*[+-]?0[0-9_]")
_BASES = (16, 2, 8, 10)

EXACT = Context(prec=2000, Emax=999_999, Emin=-999_999, traps=[])
"""Ruby's BigDecimal adds and multiplies without rounding."""


def to_integer(value: Any) -> int:
    """Read an argument that must be an integer, as ``Integer()`` does; other text is an inline error."""
    if type(value) is int:
        return value
    found = _INTEGER.match(to_text(value))
    if not found:
        raise InlineError("invalid integer")
    for digits, base in zip(found.groups()[1:], _BASES, strict=True):
        if digits:
            if base == 10 and _LEADING_ZERO.match(to_text(value)) and "d" not in to_text(value).lower():
                raise InlineError("invalid integer")
            return _parsed(found[1] + digits, base)
    raise InlineError("invalid integer")


def _parsed(digits: str, base: int = 10) -> int:
    try:
        return int(digits, base)
    except ValueError:
        raise too_much("a number of more than 4,300 digits") from None


def leading_integer(text: str) -> int:
    """Read the integer that a text begins with, 0 where it begins with none."""
    found = _LEADING.match(text)
    return _parsed(found[1]) if found else 0


def to_number(value: Any) -> int | Decimal:
    """Read a value for arithmetic: a float is decimal, text that begins with no number is 0."""
    kind = type(value)
    if kind is int or kind is Decimal:
        return value  # type: ignore[no-any-return]
    if kind is float:
        return Decimal(float_text(value))
    if kind is str:
        stripped = value.strip(BLANK)
        return Decimal(stripped) if _DECIMAL.match(stripped) else leading_integer(value)
    return 0


def from_number(number: int | Decimal) -> int | float:
    """Give the result of arithmetic back as a value: decimals become floats."""
    return float(number) if isinstance(number, Decimal) else number
