"""What stands between ``{{`` and ``}}``: an expression and its filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from liquid.expression import Expression

from harness.liquid.expression_syntax import parse_expression
from harness.liquid.expressions import NIL
from harness.liquid.filters import WALKERS
from harness.liquid.filters.arity import bind
from harness.liquid.limits import LONGEST_TEXT, check_length
from harness.liquid.patterns import FRAGMENT, SPACE, WORD, attribute
from harness.liquid.strict_syntax import read_strictly
from harness.liquid.values.objects import Interval

if TYPE_CHECKING:
    from harness.liquid.context import HelpdeskContext

Filters = Mapping[str, Callable[..., Any]]
"""The filters of an environment, by name."""

_LAX = re.compile(rf"({FRAGMENT})(.*)", re.DOTALL)
_FILTERS = re.compile(rf"\|{SPACE}*(.*)", re.DOTALL)
_FILTER = re.compile(rf"(?:{SPACE}+|{FRAGMENT}|,)+")
_FILTER_NAME = re.compile(rf"{WORD}+")
_ARGUMENT = re.compile(rf"[:,]{SPACE}*((?:{WORD}+{SPACE}*:{SPACE}*)?{FRAGMENT})")


class Filter:
    """One filter of an output: what it calls, and the expressions of its arguments.

    A filter that nobody knows passes its value on, after its arguments were evaluated.
    """

    __slots__ = ("arguments", "call", "name", "named", "walks")

    def __init__(self, name: str, arguments: list[str], filters: Filters) -> None:
        self.name = name
        self.arguments: list[Expression] = []
        self.named: dict[str, Expression] = {}
        for argument in arguments:
            if found := attribute(argument):
                self.named[found[0]] = parse_expression(found[1])
            else:
                self.arguments.append(parse_expression(argument))
        self.call: Callable[..., Any] | None = None
        if function := filters.get(name):
            self.call = bind(function, 1 + len(self.arguments) + bool(self.named))
        self.walks = self.call in WALKERS

    def apply(self, value: Any, context: HelpdeskContext) -> Any:
        """Evaluate the arguments, named ones as one hash at the end, and call."""
        arguments: list[Any] = [argument.evaluate(context) for argument in self.arguments]
        if self.named:
            arguments.append({key: argument.evaluate(context) for key, argument in self.named.items()})
        if self.call is None:
            return value
        if self.walks:
            context.count_items(sum(map(_count, (value, *arguments))))
        result = self.call(value, *arguments)
        if type(result) is str and len(result) > LONGEST_TEXT:
            check_length(len(result))
        return result


def _count(value: Any) -> int:
    """Count the items that a filter goes through."""
    if type(value) is list:
        return len(value)
    return value.count() if type(value) is Interval else 0


class Filtered(Expression):
    """An expression with at least one filter."""

    __slots__ = ("filters", "left")

    def __init__(self, left: Expression, filters: list[Filter]) -> None:
        super().__init__(left.token)
        self.left = left
        self.filters = filters

    def __str__(self) -> str:
        return " | ".join([str(self.left), *(each.name for each in self.filters)])

    def evaluate(self, context: HelpdeskContext) -> Any:  # type: ignore[override]
        """Evaluate, then apply the filters from left to right."""
        value = self.left.evaluate(context)
        for each in self.filters:
            value = each.apply(value, context)
        return value

    def children(self) -> Iterable[Expression]:
        """Give the expression and the filters' arguments."""
        arguments = (argument for each in self.filters for argument in each.arguments)
        return [self.left, *arguments]


def parse_filtered(markup: str, known: Filters) -> Expression:
    """Read an output's inside: by the strict grammar, or where that refuses by the lax one."""
    read = read_strictly(markup)
    expression, filters = _read_laxly(markup) if read is None else read
    if expression is None:
        return NIL
    left = parse_expression(expression)
    if not filters:
        return left
    return Filtered(left, [Filter(name, arguments, known) for name, arguments in filters])


def _read_laxly(markup: str) -> tuple[str | None, list[tuple[str, list[str]]]]:
    """Take the first fragment for the expression, whatever follows a pipe for filters, and skip the rest."""
    found = _LAX.search(markup)
    if not found:
        return None, []
    piped = _FILTERS.search(found[2])
    parts = _FILTER.findall(piped[1]) if piped else []
    named = ((_FILTER_NAME.search(part), part) for part in parts)
    return found[1], [(name[0], _ARGUMENT.findall(part)) for name, part in named if name]
