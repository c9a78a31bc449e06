"""``assign``, ``capture``, ``increment`` and ``decrement``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from liquid import Node, RenderContext, Token
from liquid.expression import Expression

from harness.liquid.blocks import Block, Parser
from harness.liquid.errors import internal_error
from harness.liquid.limits import check_number
from harness.liquid.output import parse_output_markup
from harness.liquid.patterns import BLANK, SIGNATURE, SPACE, signature_before
from harness.liquid.tags.base import HelpdeskTag, read_to_end
from harness.liquid.values.comparison import is_true
from harness.liquid.values.text import to_text

if TYPE_CHECKING:
    from harness.liquid.context import HelpdeskContext

_VALUE = re.compile(rf"{SPACE}*={SPACE}*(.*)", re.DOTALL)
_CAPTURE = re.compile(rf"({SIGNATURE})")


class AssignNode(Node):
    """Keep a value under a name."""

    __slots__ = ("expression", "variable")

    def __init__(self, token: Token, variable: str, expression: Expression) -> None:
        super().__init__(token)
        self.variable = variable
        self.expression = expression

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        """Evaluate and keep."""
        context.scopes[-1][self.variable] = self.expression.evaluate(context)
        return 0


class AssignTag(HelpdeskTag):
    """``{% assign %}``."""

    name = "assign"

    def read(self, parser: Parser) -> AssignNode:
        """Read the name left of the equals sign, and an output right of it."""
        found = signature_before(_VALUE, parser.markup)
        if not found:
            raise parser.tokens.error("Syntax Error in 'assign' - Valid syntax: assign [var] = [source]")
        return AssignNode(parser.token, found[0], parse_output_markup(parser, found[1][1]))


class CaptureNode(Node):
    """Keep what a block renders under a name."""

    __slots__ = ("block", "variable")

    def __init__(self, token: Token, variable: str) -> None:
        super().__init__(token)
        self.variable = variable
        self.block = Block()

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        """Render aside and keep."""
        captured = StringIO()
        self.block.render_to_output(context, captured)
        context.scopes[-1][self.variable] = captured.getvalue()
        return 0

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> Iterable[Node]:
        """Give the block."""
        return [self.block]


class CaptureTag(HelpdeskTag):
    """``{% capture %}``."""

    name = "capture"

    def read(self, parser: Parser) -> CaptureNode:
        """Read the name and the block."""
        found = _CAPTURE.search(parser.markup)
        if not found:
            raise parser.tokens.error("Syntax Error in 'capture' - Valid syntax: capture [var]")
        node = CaptureNode(parser.token, found[1])
        read_to_end(parser, "capture", node.block)
        return node


class CounterNode(Node):
    """Write a counter and step it: ``increment`` writes before, ``decrement`` after.

    Ruby Liquid counts in the data itself, so a field of the same name is where it begins.
    """

    __slots__ = ("step", "variable")

    def __init__(self, token: Token, variable: str, step: int) -> None:
        super().__init__(token)
        self.variable = variable
        self.step = step
        self.blank = False

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        """Step, and write."""
        value = context.data.get(self.variable)
        if not is_true(value):
            value = 0
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise internal_error()
        stepped = value + self.step
        context.data[self.variable] = check_number(stepped) if isinstance(stepped, int) else stepped
        buffer.write(to_text(value if self.step > 0 else stepped))
        return 0


class IncrementTag(HelpdeskTag):
    """``{% increment %}``."""

    name = "increment"
    step = 1

    def read(self, parser: Parser) -> CounterNode:
        """Read the name, which may be any text."""
        return CounterNode(parser.token, parser.markup.strip(BLANK), self.step)


class DecrementTag(IncrementTag):
    """``{% decrement %}``."""

    name = "decrement"
    step = -1
