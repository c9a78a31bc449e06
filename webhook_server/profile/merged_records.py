"""The records of one customer → one record, in which later ones fill what earlier ones lack."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from adapters.base import Unreadable
from webhook_server.profile.changes import ChangeLog
from webhook_server.profile.flatten import MAX_DEPTH, MAX_VALUES
from webhook_server.profile.formats import LONGEST_INTEGER
from webhook_server.profile.keys import LONGEST_KEY, key_text
from webhook_server.profile.privacy import key_looks_like

MOST_ENTRIES = 10_000
"""Entries of one record, or of one mapping in it, that are merged."""

_EARLIER = "an earlier record of this customer gives it"
_PLAIN = (str, int, float, bool, Decimal, datetime, date)
_EMPTY = frozenset({dict, list, tuple, set, frozenset})
_NEVER = frozenset({type(None), bytes, bytearray, memoryview})


def merge_records(records: Sequence[Mapping[str, Any]], log: ChangeLog) -> dict[str, Any]:
    """Make one record; the first that has a field wins, a field of a nested mapping too.

    The records stay as they are. What is lost is told to ``log``.
    """
    merging = _Merging(records, log)
    merged: dict[str, Any] = {}
    for number, record in enumerate(records, 1):
        merging.fill(merged, record, f"record {number}", ())
    return merged


class _Merging:
    def __init__(self, records: Sequence[Mapping[str, Any]], log: ChangeLog) -> None:
        self._wholes = {id(record) for record in records}
        self._log = log
        self._made: dict[int, dict[str, Any]] = {}
        self._values = 0

    def fill(
        self, merged: dict[str, Any], record: Mapping[str, Any], which: str, path: tuple[str, ...]
    ) -> None:
        """Add what ``merged`` lacks of a record, or of the mapping that stands in it under ``path``."""
        for key, value in self._entries(record, which, path):
            name = key_text(key)
            if id(value) in self._wholes:
                self._log.note("dropped", _told(*path, name), "it holds itself")
            elif _is_lacking(merged.get(name)):
                if name not in merged or not _is_lacking(value):
                    merged[name] = value
            elif not _is_lacking(value):
                self._fill_one(merged, value, which, (*path, name))

    def _fill_one(self, merged: dict[str, Any], value: Any, which: str, path: tuple[str, ...]) -> None:
        first = merged[path[-1]]
        if type(first) is Unreadable:
            self._log.note("dropped", _told(*path), first.reason)
            merged[path[-1]] = value
        elif self._may_merge(first, value, path):
            both = self._made.get(id(first))
            if both is None:
                both = merged[path[-1]] = {}
                self._made[id(both)] = both
                self.fill(both, first, which, path)
            self.fill(both, value, which, path)
        elif not _same(first, value):
            self._log.note("shadowed", _told(*path), _EARLIER)

    def _may_merge(self, first: Any, value: Any, path: tuple[str, ...]) -> bool:
        is_nested = issubclass(type(first), Mapping) and issubclass(type(value), Mapping)
        return is_nested and first is not value and len(path) < MAX_DEPTH and self._values < MAX_VALUES

    def _entries(self, record: Mapping[str, Any], which: str, path: tuple[str, ...]) -> list[tuple[Any, Any]]:
        try:
            entries = list(islice(record.items(), MOST_ENTRIES))
            further = len(record) - len(entries)
        except Exception:  # noqa: BLE001 - a mapping of an adapter may do anything
            self._log.note("dropped", _told(*path), f"{which} cannot be read")
            return []
        if further > 0:
            reason = f"of {which} {MOST_ENTRIES:,} entries are merged"
            self._log.note("dropped", _told(*path), reason, count=further)
        if path:
            self._values += len(entries)
        return entries


def _is_lacking(value: Any) -> bool:
    """Tell whether a value gives nothing.

    Null and what JSON has null for, empty lists and objects, bytes, and integers too long to be written.
    """
    kind = type(value)
    if kind in _NEVER:
        return True
    if kind is float:
        return not math.isfinite(value)
    if kind is Decimal:
        return not value.is_finite()
    if kind is int:
        return bool(value.bit_length() > LONGEST_INTEGER * 3)
    return kind in _EMPTY and not value


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    return type(one) in _PLAIN and type(one) is type(other) and bool(one == other)


def _told(*path: str) -> str:
    """Answer a key as it may be told: one that is a secret itself is told nowhere."""
    names = [name[:LONGEST_KEY] for name in path]
    return "" if any(key_looks_like(name) for name in names) else "_".join(names)
