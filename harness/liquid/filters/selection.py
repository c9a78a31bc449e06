"""Filters that choose items of a list by a property, or take the property of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from harness.liquid.values.comparison import equal, is_true
from harness.liquid.values.lookup import is_indexed, select
from harness.liquid.values.objects import Drop
from harness.liquid.values.sequences import items


class _NoProperty(Exception):  # noqa: N818 - an answer: Ruby gives nil then
    """An item has no properties at all."""


def _property(item: Any, key: Any) -> Any:
    if not is_indexed(item):
        raise _NoProperty
    return select(item, key)


def _chosen(value: Any, key: Any, target: Any) -> Iterator[tuple[int, Any, bool]]:
    """Go through the items: index, item, and whether its property is the target, or true without one."""
    for index, item in enumerate(items(value)):
        found = _property(item, key)
        is_chosen = is_true(found) if target is None else equal(found, target)
        yield index, item, is_chosen


def where(value: Any, property: Any, target_value: Any = None) -> list[Any] | None:  # noqa: A002
    """Keep the items whose property is the target."""
    try:
        return [item for _, item, is_chosen in _chosen(value, property, target_value) if is_chosen]
    except _NoProperty:
        return None


def reject(value: Any, property: Any, target_value: Any = None) -> list[Any] | None:  # noqa: A002
    """Drop the items whose property is the target."""
    try:
        return [item for _, item, is_chosen in _chosen(value, property, target_value) if not is_chosen]
    except _NoProperty:
        return None


def has(value: Any, property: Any, target_value: Any = None) -> bool | None:  # noqa: A002
    """Tell whether any item's property is the target."""
    try:
        return any(is_chosen for _, _, is_chosen in _chosen(value, property, target_value))
    except _NoProperty:
        return None


def find(value: Any, property: Any, target_value: Any = None) -> Any:  # noqa: A002
    """Give the first item whose property is the target."""
    try:
        chosen = _chosen(value, property, target_value)
        return next((item for _, item, is_chosen in chosen if is_chosen), None)
    except _NoProperty:
        return None


def find_index(value: Any, property: Any, target_value: Any = None) -> int | None:  # noqa: A002
    """Give the place of the first item whose property is the target."""
    try:
        chosen = _chosen(value, property, target_value)
        return next((index for index, _, is_chosen in chosen if is_chosen), None)
    except _NoProperty:
        return None


def map_(value: Any, property: Any) -> list[Any]:  # noqa: A002
    """Give the property of each item, nil for an item that has none."""
    if property == "to_liquid":
        return items(value)
    return [select(item, property) if is_indexed(item) else None for item in items(value)]


def compact(value: Any, property: Any = None) -> list[Any] | None:  # noqa: A002
    """Drop the items that are nil, or whose property is."""
    values = items(value)
    if property is None:
        return [item for item in values if item is not None]
    try:
        return [item for item in values if _property(item, property) is not None]
    except _NoProperty:
        return None


def uniq(value: Any, property: Any = None) -> list[Any] | None:  # noqa: A002
    """Keep the first of equal items, or of those with an equal property; 1 and 1.0 are different here."""
    seen: set[Any] = set()
    kept, values = [], items(value)
    if len(values) < 2:
        return values
    try:
        for item in values:
            key = _identity(item if property is None else _property(item, property))
            if key not in seen:
                seen.add(key)
                kept.append(item)
    except _NoProperty:
        return None
    return kept


def _identity(value: Any) -> Any:
    """Give something hashable that is equal where Ruby's ``eql?`` is."""
    if isinstance(value, list):
        return (list, *map(_identity, value))
    if isinstance(value, dict):
        return (dict, frozenset((key, _identity(item)) for key, item in value.items()))
    return (type(value), id(value) if isinstance(value, Drop) else value)


FILTERS: dict[str, Callable[..., Any]] = {
    "compact": compact,
    "find": find,
    "find_index": find_index,
    "has": has,
    "map": map_,
    "reject": reject,
    "uniq": uniq,
    "where": where,
}
