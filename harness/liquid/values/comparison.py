"""Values compared: equality, order, ``contains``, ``blank`` and ``empty``, what counts as true."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from harness.liquid.errors import InlineError
from harness.liquid.patterns import BLANK as SPACES
from harness.liquid.values.objects import BLANK, Interval, Literal
from harness.liquid.values.text import float_text, to_text

_LARGEST_SMALL = 2**62
_CLASSES = {str: "String", int: "Integer", float: "Float", date: "Date", datetime: "Time"}
_SIMPLE = frozenset((int, str))
_SCALARS = (str, int, float)


def is_true(value: Any) -> bool:
    """Tell what Ruby takes for true: everything but nil and false."""
    return value is not None and value is not False


def equal(left: Any, right: Any) -> bool:
    """Tell whether two values are equal: 1 is 1.0, and true is never 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(item, right[key]) for key, item in left.items())
    return bool(left == right)


def matches(left: Any, right: Any) -> bool:
    """Answer ``==`` in a condition, where either side may be ``blank`` or ``empty``."""
    if isinstance(left, Literal):
        return _is(left, right)
    if isinstance(right, Literal):
        return _is(right, left)
    return equal(left, right)


def _is(literal: Literal, value: Any) -> bool:
    if isinstance(value, (list, dict)):
        return not value
    if literal is not BLANK:
        return bool(value == "")
    if isinstance(value, str):
        return not value.strip(SPACES[:-1])
    return value is None or value is False


def order(left: Any, operator: str, right: Any) -> bool | None:
    """Answer ``<``, ``>``, ``<=``, ``>=``: nil between what has no order, an inline error between kinds."""
    if not (_is_ordered(left) and _is_ordered(right)):
        return None
    if _family(left) != _family(right):
        raise InlineError(f"comparison of {_class(left)} with {_named(right)} failed")
    left, right = _zoned(left), _zoned(right)
    if operator == "<":
        return bool(left < right)
    if operator == ">":
        return bool(left > right)
    return bool(left <= right) if operator == "<=" else bool(left >= right)


def _zoned(value: Any) -> Any:
    """Take a moment without a zone for UTC's: Python compares it with no other."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _is_ordered(value: Any) -> bool:
    return isinstance(value, (*_SCALARS, date)) and not isinstance(value, bool)


def _family(value: Any) -> type:
    if isinstance(value, (int, float)):
        return float
    return str if isinstance(value, str) else type(value)


def _class(value: Any) -> str:
    return _CLASSES.get(type(value), type(value).__name__)


def _named(value: Any) -> str:
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, int) and -_LARGEST_SMALL <= value < _LARGEST_SMALL:
        return str(value)
    return _class(value)


def contains(left: Any, right: Any) -> bool:
    """Answer ``contains``: a part of text, an item of a list or range, a key of a hash."""
    if right is None or right is False:
        return False
    if isinstance(left, str):
        return to_text(right) in left
    if isinstance(left, list):
        return any(equal(item, right) for item in left)
    if isinstance(left, dict):
        return is_key(left, right)
    if isinstance(left, Interval) and isinstance(right, (int, float)) and not isinstance(right, bool):
        return left.first <= right <= left.last
    return False


def is_key(mapping: dict[Any, Any], key: Any) -> bool:
    """Tell whether a hash has a key; Python would take 1, 1.0 and True for the same one."""
    if type(key) is str:
        return key in mapping
    return type(key) is int and key in mapping


def compare(left: Any, right: Any) -> int | None:
    """Answer Ruby's ``<=>``: -1, 0, 1, or None where there is no order."""
    if type(left) in _SIMPLE and type(left) is type(right):
        return int(left > right) - int(left < right)
    if isinstance(left, list) and isinstance(right, list):
        for one, other in zip(left, right, strict=False):
            result = compare(one, other)
            if result != 0:
                return result
        return (len(left) > len(right)) - (len(left) < len(right))
    if _is_ordered(left) and _is_ordered(right) and _family(left) == _family(right):
        left, right = _zoned(left), _zoned(right)
        return int(left > right) - int(left < right)
    return 0 if equal(left, right) else None
