"""Expressions: literals, ranges, and paths into the data, parsed once and evaluated often."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from liquid import Token
from liquid.expression import Expression

from harness.liquid.values.lookup import end_of_range, look_up
from harness.liquid.values.objects import Interval

if TYPE_CHECKING:
    from liquid import RenderContext

    from harness.liquid.context import HelpdeskContext

_NOWHERE = Token("expression", "", -1, "")


class Value(Expression):
    """A value that the template itself holds."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        super().__init__(_NOWHERE)
        self.value = value

    def __str__(self) -> str:
        return "nil" if self.value is None else str(self.value)

    def evaluate(self, context: RenderContext) -> Any:
        """Give the value."""
        return self.value

    def children(self) -> Iterable[Expression]:
        """Give nothing."""
        return ()


NIL = Value(None)


class Variable(Expression):
    """A name, alone."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        super().__init__(_NOWHERE)
        self.name = name

    def __str__(self) -> str:
        return self.name

    def evaluate(self, context: HelpdeskContext) -> Any:  # type: ignore[override]
        """Find the variable."""
        return context.find(self.name)

    def children(self) -> Iterable[Expression]:
        """Give nothing."""
        return ()


class Path(Expression):
    """A name or a value in brackets, and the steps that lead on from it.

    A step is a pair: what to look for (a key, or an expression in brackets), and whether it is one of the
    three commands, which only names after a dot can be.
    """

    __slots__ = ("root", "steps")

    def __init__(self, root: Expression, steps: list[tuple[Any, bool]]) -> None:
        super().__init__(_NOWHERE)
        self.root = root
        self.steps = steps

    def __str__(self) -> str:
        return str(self.root) + "".join(f"[{step}]" for step, _ in self.steps)

    def evaluate(self, context: HelpdeskContext) -> Any:  # type: ignore[override]
        """Follow the path, nil wherever it leads nowhere."""
        value = self.root.evaluate(context)
        for step, is_command in self.steps:
            if type(step) is str:
                if type(value) is dict and step in value:
                    value = value[step]
                else:
                    value = look_up(value, step, is_command=is_command)
            else:
                value = look_up(value, step.evaluate(context), is_command=False)
            if value is None:
                return None
        return value

    def children(self) -> Iterable[Expression]:
        """Give the expressions in brackets."""
        return [self.root, *(step for step, _ in self.steps if isinstance(step, Expression))]


class Named(Expression):
    """A variable whose name is itself an expression, as in ``{{ [name] }}``."""

    __slots__ = ("name",)

    def __init__(self, name: Expression) -> None:
        super().__init__(_NOWHERE)
        self.name = name

    def __str__(self) -> str:
        return f"[{self.name}]"

    def evaluate(self, context: HelpdeskContext) -> Any:  # type: ignore[override]
        """Evaluate the name, then find the variable."""
        return context.find(self.name.evaluate(context))

    def children(self) -> Iterable[Expression]:
        """Give the name."""
        return [self.name]


class Range(Expression):
    """A range with an end that is known only when rendering."""

    __slots__ = ("first", "last")

    def __init__(self, first: Expression, last: Expression) -> None:
        super().__init__(_NOWHERE)
        self.first = first
        self.last = last

    def __str__(self) -> str:
        return f"({self.first}..{self.last})"

    def evaluate(self, context: RenderContext) -> Interval:
        """Read both ends as integers."""
        return Interval(end_of_range(self.first.evaluate(context)), end_of_range(self.last.evaluate(context)))

    def children(self) -> Iterable[Expression]:
        """Give both ends."""
        return [self.first, self.last]
