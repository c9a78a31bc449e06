"""Nested records → one level, as the helpdesk demands: "Nested keys will not work."."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webhook_server.profile.changes import Change
from webhook_server.profile.formats import Scalar, Unwritable
from webhook_server.profile.keys import clean_key

MAX_DEPTH = 20
"""Levels; a deeper value is dropped and reported, and so is a record that holds itself."""

MAX_FIELDS = 1000
"""Fields a source may give."""

MAX_ITEMS = 10
"""Numbered items of a list; ``<key>_count`` tells how many there were."""

MAX_TEXT = 65_536
"""Characters of one text; a longer one is cut."""


@dataclass(slots=True)
class _Flattening:
    source: str
    write: Callable[[Any], Scalar]
    fields: dict[str, Scalar] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)


def flatten(
    source: str, record: Mapping[Any, Any], write: Callable[[Any], Scalar]
) -> tuple[dict[str, Scalar], list[Change]]:
    """Answer a record's fields on one level, and what could not stay as it was.

    Paths join with ``_``. A list of scalars becomes one text; a list with objects in it becomes
    ``orders_1_total`` and so on, with ``orders_count``. ``write`` makes a scalar of a single value,
    or raises Unwritable.
    """
    work = _Flattening(source, write)
    for key, value in record.items():
        _add(work, clean_key(str(key)), str(key), value, depth=1)
    return work.fields, work.changes


def _add(work: _Flattening, key: str, given: str, value: Any, depth: int) -> None:
    if isinstance(value, Mapping | list | tuple | set | frozenset) and depth >= MAX_DEPTH:
        _note(work, "dropped", key, f"it is nested deeper than {MAX_DEPTH} levels")
    elif isinstance(value, Mapping):
        _add_mapping(work, key, value, depth)
    elif isinstance(value, list | tuple | set | frozenset):
        _add_list(work, key, value if isinstance(value, list | tuple) else sorted(value, key=repr), depth)
    else:
        _add_scalar(work, key, given, value)


def _add_mapping(work: _Flattening, key: str, value: Mapping[Any, Any], depth: int) -> None:
    if not value:
        _put(work, key, key, None)
    for inner, inner_value in value.items():
        path = f"{key}_{inner}"
        _add(work, clean_key(path), path, inner_value, depth + 1)


def _add_list(work: _Flattening, key: str, items: Sequence[Any], depth: int) -> None:
    if not any(isinstance(item, Mapping | list | tuple | set | frozenset) for item in items):
        _put(work, key, key, ", ".join(_texts(work, key, items)) or None)
        return
    for number, item in enumerate(items[:MAX_ITEMS], 1):
        _add(work, f"{key}_{number}", f"{key}_{number}", item, depth + 1)
    if len(items) > MAX_ITEMS:
        _note(work, "dropped", key, f"only the first {MAX_ITEMS} of {len(items)} items are shown")
    _put(work, f"{key}_count", f"{key}_count", len(items))


def _texts(work: _Flattening, key: str, items: Sequence[Any]) -> Iterator[str]:
    for item in items:
        try:
            scalar = work.write(item)
        except Unwritable as reason:
            _note(work, "dropped", key, f"an item of the list: {reason}")
            continue
        if scalar is not None:
            yield str(scalar).lower() if isinstance(scalar, bool) else str(scalar)


def _add_scalar(work: _Flattening, key: str, given: str, value: Any) -> None:
    try:
        scalar = work.write(value)
    except Unwritable as reason:
        _note(work, "dropped", key, str(reason))
        return
    _put(work, key, given, scalar)


def _put(work: _Flattening, key: str, given: str, scalar: Scalar) -> None:
    if key in work.fields:
        _note(work, "shadowed", given, f"the source gives another field of the name {key}")
        return
    if len(work.fields) >= MAX_FIELDS:
        _note(work, "dropped", key, f"a source may give {MAX_FIELDS} fields")
        return
    if isinstance(scalar, str) and len(scalar) > MAX_TEXT:
        scalar = scalar[:MAX_TEXT]
        _note(work, "dropped", key, f"its text is cut after {MAX_TEXT} characters")
    if key != given:
        work.changes.append(Change("renamed", work.source, given, "a key must be a Liquid identifier", key))
    work.fields[key] = scalar


def _note(work: _Flattening, kind: Any, key: str, reason: str) -> None:
    if len(work.changes) < MAX_FIELDS:
        work.changes.append(Change(kind, work.source, key, reason))
