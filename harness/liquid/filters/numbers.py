"""Filters that calculate. Text counts as the number it begins with, anything else as 0."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Any, TypeAlias

from harness.liquid.errors import InlineError, internal_error
from harness.liquid.limits import check_number
from harness.liquid.values.numbers import EXACT, from_number, to_number

_DIVISION = Context(prec=60, Emax=999_999, Emin=-999_999, traps=[])
_LARGEST_PLACES = 2**31
_MOST_PLACES = 1_500
_Number: TypeAlias = int | Decimal


def plus(value: Any, operand: Any) -> int | float:
    """Add."""
    return _calculate(value, operand, lambda a, b: a + b, EXACT.add)


def minus(value: Any, operand: Any) -> int | float:
    """Subtract."""
    return _calculate(value, operand, lambda a, b: a - b, EXACT.subtract)


def times(value: Any, operand: Any) -> int | float:
    """Multiply."""
    return _calculate(value, operand, lambda a, b: a * b, EXACT.multiply)


def divided_by(value: Any, operand: Any) -> int | float:
    """Divide; two integers give an integer, rounded down, and decimals by zero give infinity."""
    return _calculate(value, operand, _quotient, _DIVISION.divide)


def modulo(value: Any, operand: Any) -> int | float:
    """Give the rest of a division, with the divisor's sign."""
    if to_number(operand) == 0 and not _is_nan(to_number(value)):
        raise _by_zero()
    return _calculate(value, operand, lambda a, b: a % b, _rest)


def _quotient(dividend: int, divisor: int) -> int:
    if not divisor:
        raise _by_zero()
    return dividend // divisor


def _rest(dividend: Decimal, divisor: Decimal) -> Decimal:
    if divisor.is_infinite() and dividend.is_finite():
        return dividend if (dividend < 0) == (divisor < 0) or not dividend else divisor
    rest = EXACT.remainder(dividend, divisor)
    if rest.is_nan():
        return rest
    if not rest:
        return rest.copy_abs()  # Ruby has no rest of -0.0
    return EXACT.add(rest, divisor) if (rest < 0) != (divisor < 0) else rest


def _by_zero() -> InlineError:
    return InlineError("divided by 0")


def _calculate(
    value: Any,
    operand: Any,
    with_integers: Callable[[int, int], int],
    with_decimals: Callable[[Decimal, Decimal], Decimal],
) -> int | float:
    left, right = to_number(value), to_number(operand)
    if isinstance(left, int) and isinstance(right, int):
        return check_number(with_integers(left, right))
    return from_number(with_decimals(EXACT.create_decimal(left), EXACT.create_decimal(right)))


def absolute(value: Any) -> int | float:
    """Drop the sign."""
    number = to_number(value)
    return from_number(number.copy_abs()) if isinstance(number, Decimal) else abs(number)


def at_least(value: Any, n: Any) -> int | float:
    """Give the larger of two numbers."""
    least, number = to_number(n), to_number(value)
    return from_number(least if _is_less(number, least) else number)


def at_most(value: Any, n: Any) -> int | float:
    """Give the smaller of two numbers."""
    most, number = to_number(n), to_number(value)
    return from_number(most if _is_less(most, number) else number)


def _is_less(left: _Number, right: _Number) -> bool:
    return not _is_nan(left) and not _is_nan(right) and left < right


def _is_nan(number: _Number) -> bool:
    return isinstance(number, Decimal) and number.is_nan()


def round_(value: Any, n: Any = 0) -> int | float:
    """Round half away from zero, to ``n`` places."""
    number, places = to_number(value), _places(n)
    if isinstance(number, int):
        return number if places >= 0 else _rounded_integer(number, -places)
    if places <= 0:
        return _whole(number, ROUND_HALF_UP) if not places else _tens(number, -places)
    if not number.is_finite() or places > _MOST_PLACES:
        return float(number)
    return float(number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT))


def _tens(number: Decimal, zeros: int) -> int:
    if not number.is_finite() or zeros > _MOST_PLACES:
        return _whole(number, ROUND_HALF_UP) * 0
    return _whole(number.quantize(Decimal(1).scaleb(zeros), ROUND_HALF_UP, EXACT), ROUND_HALF_UP)


def _places(n: Any) -> int:
    places = to_number(n)
    if isinstance(places, Decimal) and not places.is_finite():
        raise internal_error()
    whole = int(places)
    if not -_LARGEST_PLACES < whole < _LARGEST_PLACES:
        raise internal_error()
    return whole


def _rounded_integer(number: int, zeros: int) -> int:
    if zeros > number.bit_length():
        return 0
    unit: int = 10**zeros
    rounded = (abs(number) + unit // 2) // unit * unit
    return rounded if number >= 0 else -rounded


def ceil(value: Any) -> int:
    """Round up."""
    number = to_number(value)
    return number if isinstance(number, int) else _whole(number, ROUND_CEILING)


def floor(value: Any) -> int:
    """Round down."""
    number = to_number(value)
    return number if isinstance(number, int) else _whole(number, ROUND_FLOOR)


def _whole(number: Decimal, rounding: str) -> int:
    if number.is_nan():
        raise InlineError("Computation results in 'NaN' (Not a Number)")
    if number.is_infinite():
        raise InlineError(f"Computation results in '{'-' if number < 0 else ''}Infinity'")
    return check_number(int(number.to_integral_value(rounding)))


def total(values: list[Any]) -> int | float:
    """Add values up."""
    result: _Number = 0
    for number in map(to_number, values):
        if isinstance(result, int) and isinstance(number, int):
            result = check_number(result + number)
        else:
            result = EXACT.add(EXACT.create_decimal(result), EXACT.create_decimal(number))
    return from_number(result) if not isinstance(result, Decimal) or not math.isnan(result) else math.nan


FILTERS: dict[str, Callable[..., Any]] = {
    "abs": absolute,
    "at_least": at_least,
    "at_most": at_most,
    "ceil": ceil,
    "divided_by": divided_by,
    "floor": floor,
    "minus": minus,
    "modulo": modulo,
    "plus": plus,
    "round": round_,
    "times": times,
}
