"""``echo``, ``cycle`` and ``ifchanged``: tags that show a value or a block."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import StringIO
from typing import TYPE_CHECKING, Any, TextIO

from liquid import Node, RenderContext, Token
from liquid.expression import Expression

from harness.liquid.blocks import Block, Parser
from harness.liquid.expression_syntax import parse_expression
from harness.liquid.expressions import NIL, Range, Value
from harness.liquid.output import ValueNode, parse_output_markup, write_checked, write_value
from harness.liquid.patterns import FRAGMENT, SPACE
from harness.liquid.tags.base import HelpdeskTag, read_to_end
from harness.liquid.values.text import inspect

if TYPE_CHECKING:
    from harness.liquid.context import HelpdeskContext

_NAMED = re.compile(rf"({FRAGMENT}){SPACE}*:{SPACE}*(.*)", re.DOTALL)
_SIMPLE = re.compile(rf"{FRAGMENT}+")
_NIL = {"nil", "null"}
_ONE = re.compile(rf"{SPACE}*({FRAGMENT}){SPACE}*")


class EchoTag(HelpdeskTag):
    """``{% echo %}``: an output in a tag."""

    name = "echo"

    def read(self, parser: Parser) -> ValueNode:
        """Read an output."""
        return ValueNode(parser.token, parse_output_markup(parser, parser.markup))


class CycleNode(Node):
    """Show one of some values after the other; cycles of one key go on where the last one stopped."""

    __slots__ = ("key", "values")

    def __init__(self, token: Token, key: Expression, values: list[Expression]) -> None:
        super().__init__(token)
        self.key = key
        self.values = values
        self.blank = False

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        """Show the value whose turn it is."""
        reached = context.registers["cycle"]
        key = _hashable(self.key.evaluate(context))
        turn = reached.get(key, 0)
        if turn < len(self.values):
            value = self.values[turn].evaluate(context)
            write_value(buffer, value)
        turn += 1
        reached[key] = 0 if turn >= len(self.values) else turn
        return 0


def _hashable(value: Any) -> Any:
    return (type(value), inspect(value))


class CycleTag(HelpdeskTag):
    """``{% cycle %}``. Without a name, literal values are the name; one with a variable is alone."""

    name = "cycle"

    def read(self, parser: Parser) -> CycleNode:
        """Read the name, if any, and the values."""
        if found := _NAMED.match(parser.markup):
            return CycleNode(parser.token, parse_expression(found[1]), _values(found[2]))
        if not _SIMPLE.match(parser.markup):
            raise parser.tokens.error(
                "Syntax Error in 'cycle' - Valid syntax: cycle [name :] var [, var2, var3 ...]"
            )
        values = _values(parser.markup)
        literals = [value.value if isinstance(value, Value) else value for value in values]
        # What cannot be read is a variable without a name to Ruby; a range counts by how it is written.
        is_literal = all(isinstance(value, (Value, Range)) and value is not NIL for value in values)
        key = inspect(literals) if is_literal else f"{inspect([])}{id(values)}"
        return CycleNode(parser.token, Value(key), values)


def _values(markup: str) -> list[Expression]:
    """Read the values; Ruby leaves out the word nil, and takes for nothing what it cannot read."""
    found = (_ONE.search(part) for part in markup.split(","))
    return [parse_expression(each[1]) for each in found if each and each[1] not in _NIL]


class ChangedNode(Node):
    """Show a block where it renders to something else than the last time any such block did."""

    __slots__ = ("block",)

    def __init__(self, token: Token) -> None:
        super().__init__(token)
        self.block = Block()

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        """Render aside and compare."""
        rendered = StringIO()
        self.block.render_to_output(context, rendered)
        text = rendered.getvalue()
        if text != context.registers["changed"]:
            context.registers["changed"] = text
            write_checked(buffer, text)
        return 0

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> Iterable[Node]:
        """Give the block."""
        return [self.block]


class ChangedTag(HelpdeskTag):
    """``{% ifchanged %}``."""

    name = "ifchanged"

    def read(self, parser: Parser) -> ChangedNode:
        """Read the block."""
        node = ChangedNode(parser.token)
        read_to_end(parser, "ifchanged", node.block)
        node.blank = node.block.blank
        return node
