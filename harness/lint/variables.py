"""Which names are the template's own variables, what they are made from, and which fields reach a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from liquid.expression import Expression

from harness.lint.expressions import ASSIGNMENT, LOOP, LOOPS, filter_names, left_side, read_expressions
from harness.lint.outline import Outline, Statement
from harness.liquid.expressions import Path, Variable
from harness.liquid.filtered import Filtered
from harness.liquid.patterns import BLANK

_OF_LIQUID = frozenset({"forloop", "tablerowloop", "self"})
_ADDING = frozenset(
    {"append", "concat", "default", "join", "prepend", "replace", "replace_first", "replace_last"}
)
_DECODING = frozenset({"base64_decode", "base64_url_safe_decode", "url_decode"})
_FIRST_NAME = re.compile(r"\s*([\w-]+)")

_EVERYWHERE = (0, 1 << 60)
_MOST_DEFINITIONS = 50
"""Definitions of one name that are looked at; a template that needs more is not written by a person."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What gives a variable its value: an expression, or none for captured text and counters.

    It holds from ``start`` to ``end``: a loop's variable within the loop, any other everywhere.
    """

    start: int
    end: int
    expression: Expression | None
    is_loop: bool = False
    is_text: bool = False


class Variables:
    """The variables of a template."""

    def __init__(self, outline: Outline) -> None:
        self._definitions: dict[str, list[Definition]] = {}
        loops: list[tuple[Statement, str]] = []
        for statement in outline.statements:
            if statement.name in LOOPS:
                found = LOOP.search(statement.markup) or _FIRST_NAME.match(statement.markup)
                loops.append((statement, found[1] if found else ""))
            elif statement.name in {"endfor", "endtablerow"} and loops:
                self._add_loop(*loops.pop(), statement.end)
            else:
                self._add(statement)
        for opened, name in loops:
            self._add_loop(opened, name, _EVERYWHERE[1])  # as while it is being written

    def _add(self, statement: Statement) -> None:
        if statement.name == "assign" and (found := ASSIGNMENT.match(statement.markup)):
            expressions = read_expressions(statement)
            self._keep(found[1], Definition(*_EVERYWHERE, expressions[0] if expressions else None))
        elif statement.name == "capture":
            name = re.match(r"[\w.\-\[\]()]*", statement.markup.strip(BLANK))
            self._keep(name[0] if name else "", Definition(*_EVERYWHERE, None, is_text=True))
        elif statement.name in {"increment", "decrement"}:
            self._keep(statement.markup.strip(BLANK), Definition(*_EVERYWHERE, None))

    def _add_loop(self, opened: Statement, name: str, end: int) -> None:
        expressions = read_expressions(opened)
        collection = expressions[0] if expressions else None
        self._keep(name, Definition(opened.start, end, collection, is_loop=True))

    def _keep(self, name: str, definition: Definition) -> None:
        definitions = self._definitions.setdefault(name, [])
        if len(definitions) < _MOST_DEFINITIONS:
            definitions.append(definition)

    @property
    def names(self) -> list[str]:
        """List the names of all variables."""
        return list(self._definitions)

    def of(self, name: str, offset: int) -> list[Definition] | None:
        """Give what a name is made from at an offset; None where it is a field."""
        if name in _OF_LIQUID:
            return []
        found = [each for each in self._definitions.get(name, []) if each.start < offset < each.end]
        inner = [each for each in found if each.is_loop]
        return (inner or found) or None

    def fields_behind(self, expression: Expression, offset: int, safe: frozenset[str]) -> list[str]:
        """List the fields whose text a value may hold, past the filters that make it ``safe``."""
        return list(dict.fromkeys(self._behind(expression, offset, safe, set())))

    def meets_filter(self, expression: Expression, offset: int, names: frozenset[str]) -> bool:
        """Tell whether a value, or a variable that it is made from, goes through one of some filters."""
        seen: set[int] = set()
        waiting = [(expression, offset)]
        while waiting:
            each, place = waiting.pop()
            if names & set(filter_names(each)):
                return True
            waiting += self.followed(left_side(each), place, seen)
        return False

    def followed(self, left: Expression, offset: int, seen: set[int]) -> list[tuple[Expression, int]]:
        """List what a variable is made from, each definition once, with the place where that is read."""
        root = left.root if isinstance(left, Path) else left
        definitions = (self.of(root.name, offset) if isinstance(root, Variable) else None) or []
        fresh = [each for each in definitions if id(each) not in seen]
        seen.update(id(each) for each in fresh)
        return [
            (each.expression, each.start if each.is_loop else offset)
            for each in fresh
            if each.expression is not None
        ]

    def _behind(
        self, expression: Expression, offset: int, safe: frozenset[str], seen: set[int]
    ) -> Iterator[str]:
        names = list(self._of_left(left_side(expression), offset, safe, seen))
        made_safe: list[str] = []
        if isinstance(expression, Filtered):
            for each in expression.filters:
                if each.name in safe:
                    made_safe, names = made_safe + names, []
                elif each.name in _DECODING:
                    names += made_safe
                elif each.name in _ADDING:
                    for argument in each.arguments:
                        names += self._of_left(argument, offset, safe, seen)
        yield from names

    def _of_left(self, left: Expression, offset: int, safe: frozenset[str], seen: set[int]) -> Iterator[str]:
        root = left.root if isinstance(left, Path) else left
        if not isinstance(root, Variable) or (isinstance(left, Path) and is_size(left)):
            return
        if self.of(root.name, offset) is None:
            yield root.name
        for inner, place in self.followed(left, offset, seen):
            yield from self._behind(inner, place, safe, seen)


def is_size(path: Path) -> bool:
    """Tell a path that ends in ``.size``, which is a number."""
    return bool(path.steps) and path.steps[-1][0] == "size"
