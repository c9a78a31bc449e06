"""Looking into values: keys, indexes, and the three commands ``size``, ``first`` and ``last``."""

from __future__ import annotations

import math
from typing import Any

from harness.liquid.errors import InlineError, internal_error
from harness.liquid.limits import LONGEST_NUMBER, too_much
from harness.liquid.values.comparison import is_key
from harness.liquid.values.numbers import leading_integer, to_integer
from harness.liquid.values.objects import Drop, Interval
from harness.liquid.values.text import to_text

COMMANDS = ("size", "first", "last")
_LARGEST_INDEX = 2**63
_LARGEST_WORD = 2**62


def look_up(value: Any, key: Any, *, is_command: bool) -> Any:
    """Follow one step of ``value.key`` or ``value[key]``; ``is_command`` for the three names after a dot."""
    if isinstance(value, dict):
        if type(key) is int or is_key(value, key):
            return value.get(key)
    elif isinstance(value, list):
        if type(key) is int:
            return item(value, _index(key))
    elif isinstance(value, Drop):
        return value.get(key)
    return command(value, key) if is_command else None


def _index(key: int) -> int:
    """Give an index back; raises an inline error for one that no machine's word holds."""
    if not -_LARGEST_INDEX <= key < _LARGEST_INDEX:
        raise internal_error()
    return key


def item(values: Any, index: int) -> Any:
    """Give a list's item or a text's character, nil beyond its ends."""
    return values[index] if -len(values) <= index < len(values) else None


def command(value: Any, name: str) -> Any:
    """Answer ``.size``, ``.first`` or ``.last``, nil where the value has no such thing."""
    if name == "size":
        return size(value)
    return first(value) if name == "first" else last(value)


def size(value: Any) -> int | None:
    """Count text's characters or items; an integer's size is its bytes, as Ruby has it."""
    if isinstance(value, (str, list, dict)):
        return len(value)
    if isinstance(value, Interval):
        return value.count()
    if isinstance(value, int) and not isinstance(value, bool):
        # Ruby keeps what has no more than 62 bits and a sign in a word of the machine.
        return 8 if -_LARGEST_WORD <= value < _LARGEST_WORD else -(-value.bit_length() // 8)
    return None


def first(value: Any) -> Any:
    """Give the first item, character, or pair of a hash."""
    if isinstance(value, str):
        return value[:1]
    if isinstance(value, list):
        return value[0] if value else None
    if isinstance(value, dict):
        return next(([key, item] for key, item in value.items()), None)
    return value.first if isinstance(value, Interval) else None


def last(value: Any) -> Any:
    """Give the last item or character; a hash has none."""
    if isinstance(value, str):
        return value[-1:]
    if isinstance(value, list):
        return value[-1] if value else None
    return value.last if isinstance(value, Interval) else None


def is_indexed(value: Any) -> bool:
    """Tell whether Ruby lets ``[]`` be asked of a value: true of integers, false of nil and floats."""
    return isinstance(value, (str, list, dict, Drop)) or (isinstance(value, int) and type(value) is not bool)


def select(value: Any, key: Any) -> Any:
    """Answer Ruby's ``value[key]``; raises an inline error where Ruby raises a TypeError."""
    if isinstance(value, dict):
        return value.get(key) if is_key(value, key) else None
    if isinstance(value, Drop):
        return value.get(key)
    if isinstance(value, str) and isinstance(key, str):
        return key if key in value else None
    if isinstance(key, Interval):
        return _bits(value, key) if isinstance(value, int) else _part(value, key)
    if isinstance(key, float) and math.isfinite(key):
        key = int(key)
    if type(key) is not int:
        raise internal_error() if isinstance(key, float) else _not_selectable(key)
    if isinstance(value, int):
        return (value >> key) & 1 if 0 <= key < LONGEST_NUMBER else int(key >= 0 and value < 0)
    return item(value, _index(key))


def _part(values: Any, places: Interval) -> Any:
    """Give the part of a text or list between two indexes, nil where it would begin beyond its ends."""
    start, end = (_index(place) + (len(values) if place < 0 else 0) for place in (places.first, places.last))
    return values[start : max(start, end + 1)] if 0 <= start <= len(values) else None


def _bits(number: int, places: Interval) -> int:
    """Give the bits of an integer between two places, all from the first on where the last is before it."""
    first, last = places.first, places.last
    if max(abs(first), abs(last)) > LONGEST_NUMBER:
        raise too_much(f"bits of a number beyond the {LONGEST_NUMBER:,}th")
    if first == last:
        return (number >> first) & 1 if first >= 0 else 0
    shifted = number >> first if first >= 0 else number << -first
    return shifted & ((1 << (last - first + 1)) - 1) if first < last else shifted


def _not_selectable(key: Any) -> InlineError:
    return InlineError(f"cannot select the property '{to_text(key)}'")


def end_of_range(value: Any) -> int:
    """Read one end of ``(a..b)`` that is known only when rendering."""
    if value is None:
        return 0
    if isinstance(value, str):
        return leading_integer(value)
    return to_integer(value)
