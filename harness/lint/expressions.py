"""What stands in a statement, read by the parsers of ``harness.liquid``, with the place of each name."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from liquid.expression import Expression

from harness.lint.outline import Statement
from harness.liquid.conditions import parse_condition
from harness.liquid.environment import plain_environment
from harness.liquid.errors import TemplateSyntaxError
from harness.liquid.expression_syntax import parse_expression
from harness.liquid.expressions import Path, Value, Variable
from harness.liquid.filtered import Filtered, parse_filtered
from harness.liquid.patterns import FRAGMENT, NAME, QUOTED, SPACE, attributes

CONDITIONS = frozenset({"if", "unless", "elsif"})
LOOPS = frozenset({"for", "tablerow"})
ASSIGNMENT = re.compile(rf"{SPACE}*((?:\(?[A-Za-z0-9_\-.\[\]]\)?)+){SPACE}*={SPACE}*(.*)", re.DOTALL)
LOOP = re.compile(rf"({NAME}+){SPACE}+in{SPACE}+({FRAGMENT}+)")
_LONGEST = 5_000
"""Characters of one tag or output that are looked into: nobody writes more, and reading takes the square."""

_QUOTED = re.compile(QUOTED)
_NOTHING = Value(None)


@dataclass(frozen=True, slots=True)
class Usage:
    """A name that a statement uses, where, and the steps that it takes from there."""

    name: str
    steps: tuple[str, ...]
    start: int
    end: int


def read_expressions(statement: Statement) -> tuple[Expression, ...]:
    """Read what a statement evaluates; nothing where it evaluates nothing, or cannot be read."""
    return _read(statement.name, statement.markup)


@functools.lru_cache(maxsize=1024)
def _read(name: str, markup: str) -> tuple[Expression, ...]:
    if len(markup) > _LONGEST:
        return ()
    try:
        return tuple(_expressions(name, markup))
    except (TemplateSyntaxError, RecursionError):
        return ()


def _expressions(name: str, markup: str) -> Iterator[Expression]:
    if name in {"", "echo"}:
        yield read_value(markup)
    elif name in CONDITIONS:
        yield parse_condition(markup)
    elif name == "assign":
        if found := ASSIGNMENT.match(markup):
            yield read_value(found[2])
    elif name in LOOPS:
        if found := LOOP.search(markup):
            yield parse_expression(found[2])
        yield from (parse_expression(value) for _, value in attributes(markup))
    elif name in {"case", "when", "cycle"}:
        yield from (parse_expression(each[0]) for each in re.finditer(FRAGMENT, markup) if each[0] != "or")


def read_value(markup: str) -> Expression:
    """Read an output's inside."""
    return parse_filtered(markup, plain_environment().filters)


def left_side(expression: Expression) -> Expression:
    """Give what stands before the filters."""
    return expression.left if isinstance(expression, Filtered) else expression


def filter_names(expression: Expression) -> list[str]:
    """List the filters of an output, in their order."""
    return [each.name for each in expression.filters] if isinstance(expression, Filtered) else []


def usages(statement: Statement) -> list[Usage]:
    """List the names that a statement uses, in the order in which they are read."""
    return list(_Finder(statement).find(read_expressions(statement)))


class _Finder:
    """Find the place of each name that expressions hold, each place once."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        # Quoted text is no name: it is blanked, except where a bracket makes it one.
        self._text = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), statement.markup)
        self._reached: dict[str, int] = {}

    def find(self, expressions: tuple[Expression, ...]) -> Iterator[Usage]:
        waiting = list(reversed(expressions))
        while waiting:
            expression = waiting.pop()
            steps: tuple[str, ...] = ()
            if isinstance(expression, Path) and isinstance(expression.root, Variable):
                steps = tuple(step if isinstance(step, str) else "" for step, _ in expression.steps)
                yield self._usage(expression.root.name, steps)
                waiting += [
                    each for each in reversed(list(expression.children())) if each is not expression.root
                ]
            elif isinstance(expression, Variable):
                yield self._usage(expression.name, steps)
            else:
                children = list(expression.children())
                if isinstance(expression, Filtered):
                    children += [named for each in expression.filters for named in each.named.values()]
                waiting += reversed(children)

    def _usage(self, name: str, steps: tuple[str, ...]) -> Usage:
        statement = self._statement
        pattern = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
        found = pattern.search(self._text, self._reached.get(name, 0))
        if not found:
            return Usage(name, steps, statement.start, statement.end)
        self._reached[name] = found.end()
        start = statement.at + found.start()
        return Usage(name, steps, start, start + len(name))
