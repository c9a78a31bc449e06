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
_DEEPEST = 50


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
                found = LOOP.search(statement.markup)
                loops.append((statement, found[1] if found else ""))
            elif statement.name in {"endfor", "endtablerow"} and loops:
                self._add_loop(*loops.pop(), statement.end)
            else:
                self._add(statement)
        for opened, name in loops:
            self._add_loop(opened, name, opened.end)

    def _add(self, statement: Statement) -> None:
        everywhere = (0, 1 << 60)
        if statement.name == "assign" and (found := ASSIGNMENT.match(statement.markup)):
            expressions = read_expressions(statement)
            self._keep(found[1], Definition(*everywhere, expressions[0] if expressions else None))
        elif statement.name == "capture":
            name = re.match(r"[\w.\-\[\]()]*", statement.markup.strip(BLANK))
            self._keep(name[0] if name else "", Definition(*everywhere, None, is_text=True))
        elif statement.name in {"increment", "decrement"}:
            self._keep(statement.markup.strip(BLANK), Definition(*everywhere, None))

    def _add_loop(self, opened: Statement, name: str, end: int) -> None:
        expressions = read_expressions(opened)
        collection = expressions[0] if expressions else None
        self._keep(name, Definition(opened.start, end, collection, is_loop=True))

    def _keep(self, name: str, definition: Definition) -> None:
        self._definitions.setdefault(name, []).append(definition)

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
        return list(dict.fromkeys(self._behind(expression, offset, safe, 0)))

    def meets_filter(
        self, expression: Expression, offset: int, names: frozenset[str], depth: int = 0
    ) -> bool:
        """Tell whether a value, or a variable that it is made from, goes through one of some filters."""
        left = left_side(expression)
        root = left.root if isinstance(left, Path) else left
        if depth > _DEEPEST or names & set(filter_names(expression)):
            return True
        definitions = (self.of(root.name, offset) if isinstance(root, Variable) else None) or []
        return any(
            self.meets_filter(each.expression, each.start if each.is_loop else offset, names, depth + 10)
            for each in definitions
            if each.expression is not None
        )

    def _behind(self, expression: Expression, offset: int, safe: frozenset[str], depth: int) -> Iterator[str]:
        if depth > _DEEPEST:
            return
        names: list[str] = list(self._of_left(left_side(expression), offset, safe, depth))
        if isinstance(expression, Filtered):
            for each in expression.filters:
                if each.name in safe:
                    names = []
                elif each.name in _ADDING:
                    for argument in each.arguments:
                        names += self._of_left(argument, offset, safe, depth)
        yield from names

    def _of_left(self, left: Expression, offset: int, safe: frozenset[str], depth: int) -> Iterator[str]:
        root = left.root if isinstance(left, Path) else left
        if not isinstance(root, Variable) or (isinstance(left, Path) and is_size(left)):
            return
        definitions = self.of(root.name, offset)
        if definitions is None:
            yield root.name
            return
        for definition in definitions:
            # A variable made from itself, as in {% assign all = all | append: plan %}, is followed once.
            if definition.expression is not None:
                inner = definition.start if definition.is_loop else offset
                yield from self._behind(definition.expression, inner, safe, depth + 10)


def is_size(path: Path) -> bool:
    """Tell a path that ends in ``.size``, which is a number."""
    return bool(path.steps) and path.steps[-1][0] == "size"
