"""The shape of many answers: which keys there are, of which types, for how many customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_TYPES = {str: "text", bool: "boolean", type(None): "null", dict: "object", list: "list"}


def type_name(value: Any) -> str:
    """Name the type of a JSON value as the reports do."""
    return _TYPES.get(type(value), "number")


@dataclass(frozen=True, slots=True)
class Shape:
    """For each key how many of ``customers`` have it, by type of value; empty answers are not counted."""

    customers: int
    types: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, answers: Iterable[Mapping[str, Any]]) -> Shape:
        """Count what answers hold."""
        found = [answer for answer in answers if answer]
        types: dict[str, Counter[str]] = {}
        for answer in found:
            for key, value in answer.items():
                types.setdefault(key, Counter())[type_name(value)] += 1
        return cls(len(found), types)

    def count(self, key: str) -> int:
        """Say how many customers have a key."""
        return sum(self.types.get(key, {}).values())

    def known_types(self, key: str) -> set[str]:
        """Give the types that a key's values have; null is no type of its own: it stands for none."""
        return set(self.types.get(key, {})) - {"null"}
