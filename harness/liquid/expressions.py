"""Expressions: literals, ranges, and paths into the data, parsed once and evaluated often."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from liquid import Token
from liquid.expression import Expression

from harness.liquid.errors import TemplateSyntaxError
from harness.liquid.patterns import BLANK, NAME
from harness.liquid.values.lookup import COMMANDS, end_of_range, look_up
from harness.liquid.values.numbers import leading_integer
from harness.liquid.values.objects import Interval

if TYPE_CHECKING:
    from liquid import RenderContext

    from harness.liquid.context import HelpdeskContext

_NOWHERE = Token("expression", "", -1, "")
_RANGE = re.compile(r"\(\s*(?>(\S+)\s*\.\.)\s*(\S+)\s*\)\Z", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]*)?(?:\.[0-9.]*)?\Z")
_STEP = re.compile(rf"\[|{NAME}+\??")
_BRACKET = re.compile(r"[\[\]]")
_WORDS: dict[str, Any] = {
    "nil": None, "null": None, "": None, "true": True, "false": False, "blank": "", "empty": "",
}  # fmt: skip


class Value(Expression):
    """A value that the template itself holds."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        super().__init__(_NOWHERE)
        self.value = value

    def __str__(self) -> str:
        return str(self.value)

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


def parse_expression(markup: str | None) -> Expression:
    """Read one expression as Ruby's lax parser does; it refuses nothing but a range of odd ends."""
    if markup is None:
        return NIL
    markup = markup.strip(BLANK)
    if markup[:1] in {'"', "'"} and markup[-1:] == markup[:1]:
        return Value(markup[1:-1])
    if markup in _WORDS:
        return Value(_WORDS[markup])
    if markup[0] == "(" and (found := _RANGE.match(markup)):
        return _range(found[1], found[2])
    if found := _NUMBER.match(markup):
        return Value(_number(markup, found))
    return _path(markup)


def _number(markup: str, found: re.Match[str]) -> int | float:
    """Read a number; what follows a second dot is ignored."""
    if found[1] is None:
        return leading_integer(markup)
    return float(".".join(markup.split(".")[:2]) + "0")


def _range(first: str, last: str) -> Expression:
    ends = parse_expression(first), parse_expression(last)
    fixed = []
    for markup, end in zip((first, last), ends, strict=True):
        if not isinstance(end, Value):
            return Range(*ends)
        if isinstance(end.value, (bool, Interval)):
            raise TemplateSyntaxError(f"Invalid expression type '{markup}' in range expression")
        fixed.append(_literal_end(end.value))
    return Value(Interval(*fixed))


def _literal_end(value: Any) -> int:
    """Read a literal end of a range, as Ruby's ``to_i`` does."""
    if isinstance(value, str):
        return leading_integer(value)
    return 0 if value is None else int(value)


def _path(markup: str) -> Expression:
    steps = _steps(markup)
    if not steps:
        return NIL
    root = _root(steps[0])
    return root if len(steps) == 1 else Path(root, [_step(step) for step in steps[1:]])


def _steps(markup: str) -> list[str]:
    """Cut a path into names and brackets, which may hold brackets; what is neither is skipped."""
    steps, position = [], 0
    ends = _bracket_ends(markup) if "[" in markup else {}
    while found := _STEP.search(markup, position):
        position = found.end()
        if found[0] == "[":
            if found.start() not in ends:
                continue
            position = ends[found.start()]
        steps.append(markup[found.start() : position])
    return steps


def _bracket_ends(markup: str) -> dict[int, int]:
    """Give for each opening bracket that is closed the place after its closing one."""
    ends, opened = {}, []
    for found in _BRACKET.finditer(markup):
        if found[0] == "[":
            opened.append(found.start())
        elif opened:
            ends[opened.pop()] = found.end()
    return ends


def _root(step: str) -> Expression:
    if step[0] != "[":
        return Variable(step)
    name = parse_expression(step[1:-1])
    return Variable(name.value) if isinstance(name, Value) and isinstance(name.value, str) else Named(name)


def _step(step: str) -> tuple[Any, bool]:
    if step[0] != "[":
        return step, step in COMMANDS
    inner = parse_expression(step[1:-1])
    return (inner.value if isinstance(inner, Value) and isinstance(inner.value, str) else inner), False
