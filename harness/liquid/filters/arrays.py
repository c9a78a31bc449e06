"""Filters on lists as wholes: their ends, their order, their sums."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from harness.liquid.errors import InlineError
from harness.liquid.filters.numbers import total
from harness.liquid.limits import check_items, check_length
from harness.liquid.values import lookup
from harness.liquid.values.comparison import compare, is_true
from harness.liquid.values.numbers import to_integer
from harness.liquid.values.objects import Drop
from harness.liquid.values.sequences import items
from harness.liquid.values.text import to_text

_UNIFORM: tuple[set[type], ...] = ({int}, {str}, {float})
_CAPITALS = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def size(value: Any) -> int:
    """Count characters or items, 0 for what has none."""
    return lookup.size(value) or 0


def first(value: Any) -> Any:
    """Give the first item or character; of a loop, whether it is at its first."""
    return value.get("first") if isinstance(value, Drop) and value.has_ends else lookup.first(value)


def last(value: Any) -> Any:
    """Give the last item or character; of a loop, whether it is at its last."""
    return value.get("last") if isinstance(value, Drop) and value.has_ends else lookup.last(value)


def join(value: Any, glue: Any = " ") -> str:
    """Write the items with a text between them."""
    texts, between = [to_text(item) for item in items(value)], to_text(glue)
    check_length(sum(map(len, texts)) + len(texts) * len(between))
    return between.join(texts)


def reverse(value: Any) -> list[Any]:
    """Turn the order round."""
    return items(value)[::-1]


def concat(value: Any, array: Any) -> list[Any]:
    """Add the items of another list."""
    if not isinstance(array, list):
        raise InlineError("concat filter requires an array argument")
    check_items(len(items(value)) + len(array))
    return [*items(value), *array]


def slice_(value: Any, offset: Any, length: Any = None) -> Any:
    """Give characters of a text or items of a list; one, where no length is given."""
    start = to_integer(offset)
    count = 1 if length is None or length is False else to_integer(length)
    sequence = value if isinstance(value, list) else to_text(value)
    if start < 0:
        start += len(sequence)
    if start < 0 or start > len(sequence) or count < 0:
        return [] if isinstance(value, list) else ""
    return sequence[start : start + count]


def sort(value: Any, property: Any = None) -> Any:  # noqa: A002 - Ruby Liquid's name for it
    """Sort by order, nil last; items of kinds that have no order are an inline error."""
    return _sorted(value, property, _compared)


def sort_natural(value: Any, property: Any = None) -> Any:  # noqa: A002
    """Sort as text, capitals and small letters alike, nil last."""
    return _sorted(value, property, _compared_as_text)


def _sorted(value: Any, key: Any, compared: Callable[[Any, Any], int]) -> list[Any] | None:
    values = items(value)
    if key is None:
        if compared is _compared and _is_uniform(values):
            return sorted(values)
        return sorted(values, key=functools.cmp_to_key(compared))
    if not all(map(lookup.is_indexed, values)):
        return None
    if len(values) < 2:
        return list(values)
    ordered = functools.cmp_to_key(compared)
    return sorted(values, key=lambda item: ordered(lookup.select(item, key)))


def _is_uniform(values: list[Any]) -> bool:
    """Tell whether Python orders the values as Ruby does: of one simple kind, each equal to itself."""
    return set(map(type, values)) in _UNIFORM and all(value == value for value in values)


def _compared(left: Any, right: Any) -> int:
    result = compare(left, right)
    if result is not None:
        return result
    if left is None or right is None:
        return 1 if left is None else -1
    raise InlineError("cannot sort values of incompatible types")


def _compared_as_text(left: Any, right: Any) -> int:
    if left is None or right is None:
        return (left is None) - (right is None)
    one, other = to_text(left).translate(_CAPITALS), to_text(right).translate(_CAPITALS)
    return (one > other) - (one < other)


def sum_(value: Any, property: Any = None) -> int | float:  # noqa: A002
    """Add up the items, or one property of each."""
    values = items(value)
    if property is not None:
        values = [lookup.select(each, property) if lookup.is_indexed(each) else 0 for each in values]
    return total(items(values))


def default(value: Any, default_value: Any = "", options: Any = None) -> Any:
    """Give another value for nil, false and what is empty; ``allow_false`` keeps false."""
    keeps_false = isinstance(options, dict) and is_true(options.get("allow_false"))
    is_missing = value is None or (value is False and not keeps_false)
    return default_value if is_missing or (isinstance(value, (str, list, dict)) and not value) else value


FILTERS: dict[str, Callable[..., Any]] = {
    "concat": concat,
    "default": default,
    "first": first,
    "join": join,
    "last": last,
    "reverse": reverse,
    "size": size,
    "slice": slice_,
    "sort": sort,
    "sort_natural": sort_natural,
    "sum": sum_,
}
