"""Conditions of ``if``, ``unless`` and ``case``: comparisons joined by ``and`` and ``or``, from the right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from liquid.expression import Expression

from harness.liquid.errors import InlineError, TemplateSyntaxError
from harness.liquid.expression_syntax import parse_expression
from harness.liquid.expressions import Value
from harness.liquid.patterns import BLANK as SPACES
from harness.liquid.patterns import FRAGMENT, SPACE
from harness.liquid.values import comparison
from harness.liquid.values.comparison import is_true
from harness.liquid.values.objects import BLANK, EMPTY

if TYPE_CHECKING:
    from liquid import RenderContext

_COMPARISON = re.compile(rf"({FRAGMENT}){SPACE}*([=!<>a-z_]+)?{SPACE}*({FRAGMENT})?")
_JOINER = rf"\b(?:{SPACE}?and{SPACE}?|{SPACE}?or{SPACE}?)\b"
_PARTS = re.compile(rf"(?:{_JOINER}|(?:{SPACE}*(?!{_JOINER})(?:{FRAGMENT}|[^ \t\r\n\f\v]+){SPACE}*)+)")
_SYNTAX = "Syntax Error in tag 'if' - Valid syntax: if [expression]"
_LITERALS = {"blank": Value(BLANK), "empty": Value(EMPTY)}

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": comparison.matches,
    "!=": lambda left, right: not comparison.matches(left, right),
    "<>": lambda left, right: not comparison.matches(left, right),
    "<": lambda left, right: comparison.order(left, "<", right),
    ">": lambda left, right: comparison.order(left, ">", right),
    "<=": lambda left, right: comparison.order(left, "<=", right),
    ">=": lambda left, right: comparison.order(left, ">=", right),
    "contains": comparison.contains,
}


class Comparison(Expression):
    """Two expressions and what stands between them; an operator nobody knows is an inline error."""

    __slots__ = ("compare", "left", "operator", "right")

    def __init__(self, left: Expression, operator: str, right: Expression) -> None:
        super().__init__(left.token)
        self.left = left
        self.operator = operator
        self.right = right
        self.compare = _OPERATORS.get(operator)

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"

    def evaluate(self, context: RenderContext) -> Any:
        """Compare the two values."""
        left, right = self.left.evaluate(context), self.right.evaluate(context)
        if self.compare is None:
            raise InlineError(f"Unknown operator {self.operator}")
        return self.compare(left, right)

    def children(self) -> Iterable[Expression]:
        """Give both sides."""
        return [self.left, self.right]


class Joined(Expression):
    """A condition, ``and`` or ``or``, and all that follows it."""

    __slots__ = ("is_and", "left", "right")

    def __init__(self, left: Expression, joiner: str, right: Expression) -> None:
        super().__init__(left.token)
        self.left = left
        self.is_and = joiner == "and"
        self.right = right

    def __str__(self) -> str:
        return f"{self.left} {'and' if self.is_and else 'or'} {self.right}"

    def evaluate(self, context: RenderContext) -> Any:
        """Evaluate the left side, and the right one where that does not settle it."""
        joined: Expression = self
        while isinstance(joined, Joined):  # a loop, since a template may join thousands
            value = joined.left.evaluate(context)
            if is_true(value) != joined.is_and:
                return value
            joined = joined.right
        return joined.evaluate(context)

    def children(self) -> Iterable[Expression]:
        """Give both sides."""
        return [self.left, self.right]


def parse_operand(markup: str | None) -> Expression:
    """Read one side of a comparison, where ``blank`` and ``empty`` ask about the other."""
    return _LITERALS.get(markup or "") or parse_expression(markup)


def parse_condition(markup: str) -> Expression:
    """Read a condition as Ruby's lax parser does; raises TemplateSyntaxError where there is none.

    What stands between a comparison and the next ``and`` or ``or`` is ignored.
    """
    parts = _PARTS.findall(markup)
    condition = _comparison(parts.pop() if parts else "")
    while parts:
        joiner = parts.pop().strip(SPACES)
        left = _comparison(parts.pop() if parts else "")
        if joiner not in {"and", "or"}:
            raise TemplateSyntaxError(_SYNTAX)
        condition = Joined(left, joiner, condition)
    return condition


def _comparison(markup: str) -> Expression:
    found = _COMPARISON.search(markup)
    if not found:
        raise TemplateSyntaxError(_SYNTAX)
    left = parse_operand(found[1])
    return Comparison(left, found[2], parse_operand(found[3])) if found[2] else left
