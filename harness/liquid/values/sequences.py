"""Values as sequences: what the filters of lists go through, and what loops do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.liquid.limits import check_items
from harness.liquid.values.objects import Interval


def items(value: Any) -> list[Any]:
    """Give the items that a filter works on: nested lists flattened, a hash as one item, nil as none."""
    if isinstance(value, list):
        return list(_flattened(value)) if any(isinstance(item, list) for item in value) else value
    if isinstance(value, Interval):
        check_items(value.count())
        return list(value)
    return [] if value is None else [value]


def _flattened(values: list[Any]) -> Iterator[Any]:
    for item in values:
        if isinstance(item, list):
            yield from _flattened(item)
        else:
            yield item


def segment(value: Any, start: int, end: int | None) -> list[Any]:
    """Give the items that a loop goes through, from ``start`` up to ``end``.

    Text is one item whatever the bounds, a hash gives its pairs, and what is no sequence gives none.
    """
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, Interval):
        size = value.count()
        last = size if end is None else min(max(end, 0), size)
        check_items(last - max(start, 0))
        return list(range(value.first + max(start, 0), value.first + last))
    if isinstance(value, dict):
        value = [[key, item] for key, item in value.items()]
    if not isinstance(value, list):
        return []
    return value[max(start, 0) : None if end is None else max(end, 0)]
