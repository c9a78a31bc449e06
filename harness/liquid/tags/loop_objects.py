"""``forloop`` and ``tablerowloop``: what a loop tells its block."""

from __future__ import annotations

from typing import Any

from harness.liquid.values.objects import Drop


class _Loop(Drop):
    """What both kinds of loop tell."""

    __slots__ = ("length", "position")
    has_ends = True

    def __init__(self, length: int) -> None:
        self.length = length
        self.position = 0

    def get(self, key: object) -> Any:
        """Give a property, nil for what is none."""
        position, length = self.position, self.length
        if key == "index":
            return position + 1
        if key == "index0":
            return position
        if key == "first":
            return position == 0
        if key == "last":
            return position == length - 1
        return self._rare(key)

    def _rare(self, key: object) -> Any:
        if key == "length":
            return self.length
        if key == "rindex":
            return self.length - self.position
        return self.length - self.position - 1 if key == "rindex0" else None


class ForLoop(_Loop):
    """``forloop``; ``parent`` is the loop around it, if any."""

    __slots__ = ("name", "parent")
    label = "Liquid::ForloopDrop"

    def __init__(self, name: str, length: int, parent: ForLoop | None) -> None:
        super().__init__(length)
        self.name = name
        self.parent = parent

    def _rare(self, key: object) -> Any:
        if key == "parentloop":
            return self.parent
        return self.name if key == "name" else super()._rare(key)


class TableRowLoop(_Loop):
    """``tablerowloop``, with the row and column of the present cell, both from 1."""

    __slots__ = ("column", "columns", "row")
    label = "Liquid::TablerowloopDrop"

    def __init__(self, length: int, columns: int) -> None:
        super().__init__(length)
        self.columns = columns
        self.row = self.column = 1

    def go_on(self) -> None:
        """Go on to the next cell."""
        self.position += 1
        if self.column == self.columns:
            self.column = 1
            self.row += 1
        else:
            self.column += 1

    def _rare(self, key: object) -> Any:
        properties = {
            "col": self.column,
            "col0": self.column - 1,
            "row": self.row,
            "col_first": self.column == 1,
            "col_last": self.column == self.columns,
        }
        return properties.get(str(key)) if key in properties else super()._rare(key)
