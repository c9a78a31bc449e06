"""What a template can hold beside JSON's values: a range of integers, and objects with named properties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Interval:
    """Ruby's range of integers: both ends belong to it, and an empty one keeps its ends."""

    first: int
    last: int

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.last + 1))

    def count(self) -> int:
        """Count its integers."""
        return max(0, self.last - self.first + 1)

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


class Drop:
    """An object whose properties a template may read: every name is one, most of them nil.

    ``label`` is what Ruby Liquid writes where a template shows the object itself; ``has_ends`` says that the
    filters ``first`` and ``last`` ask it.
    """

    __slots__ = ()
    label = "Liquid::Drop"
    has_ends = False

    def get(self, key: object) -> Any:
        """Give a property's value, nil for what is none."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.label


class Literal:
    """The words ``blank`` and ``empty`` in a condition, which ask about the other side."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return ""


BLANK, EMPTY = Literal("blank"), Literal("empty")
