"""``for``, ``tablerow``, ``break`` and ``continue``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

from liquid import Node, RenderContext, Token

from harness.liquid.blocks import Block, Parser
from harness.liquid.expression_syntax import parse_expression
from harness.liquid.expressions import NIL
from harness.liquid.patterns import FRAGMENT, NAME, SPACE, attributes
from harness.liquid.tags.base import HelpdeskTag, ended_by
from harness.liquid.tags.conditionals import close_all
from harness.liquid.tags.loop_objects import ForLoop
from harness.liquid.values.numbers import to_integer
from harness.liquid.values.sequences import segment

if TYPE_CHECKING:
    from harness.liquid.context import HelpdeskContext

_FOR = re.compile(rf"({NAME}+){SPACE}+in{SPACE}+({FRAGMENT}+){SPACE}*(reversed)?")
_CONTINUE = "continue"


class ForNode(Node):
    """A loop, and what is rendered in its place where there is nothing to loop over."""

    __slots__ = ("attributes", "block", "collection", "default", "goes_on", "is_reversed", "key", "variable")

    def __init__(self, token: Token, found: re.Match[str], attributes: dict[str, str]) -> None:
        super().__init__(token)
        self.variable, collection = found[1], found[2]
        self.key = f"{self.variable}-{collection}"
        self.collection = parse_expression(collection)
        self.is_reversed = bool(found[3])
        self.goes_on = attributes.get("offset") == _CONTINUE
        self.attributes = {name: parse_expression(markup) for name, markup in attributes.items()}
        self.block = Block()
        self.default: Block | None = None

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        """Render the block for each item."""
        values = self._values(context)
        if values:
            context.count_items(len(values))
            self._render_items(values, context, buffer)
        elif self.default is not None:
            self.default.render_to_output(context, buffer)
        return 0

    def _values(self, context: HelpdeskContext) -> list[Any]:
        reached = context.registers["for"]
        start = reached.get(self.key, 0) if self.goes_on else self._bound("offset", context) or 0
        collection = self.collection.evaluate(context)
        limit = self._bound("limit", context)
        values = segment(collection, start, None if limit is None else start + limit)
        reached[self.key] = start + len(values)
        return values[::-1] if self.is_reversed else values

    def _bound(self, name: str, context: HelpdeskContext) -> int | None:
        value = self.attributes.get(name, NIL).evaluate(context)
        return None if value is None else to_integer(value)

    def _render_items(self, values: list[Any], context: HelpdeskContext, buffer: TextIO) -> None:
        loops = context.registers["loops"]
        loop = ForLoop(self.key, len(values), loops[-1] if loops else None)
        scope: dict[str, Any] = {}
        context.push(scope)
        loops.append(loop)
        render, variable = self.block.render_to_output, self.variable
        scope["forloop"] = loop
        try:
            for value in values:
                scope[variable] = value
                render(context, buffer)
                loop.position += 1
                if context.interrupts and context.interrupts.pop() == "break":
                    break
        finally:
            loops.pop()
            context.pop()

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> Iterable[Node]:
        """Give the blocks."""
        return [self.block] if self.default is None else [self.block, self.default]


class ForTag(HelpdeskTag):
    """``{% for %}``."""

    name = "for"

    def read(self, parser: Parser) -> ForNode:
        """Read the loop; a second ``else`` ends it, as Ruby reads it, and leaves its place empty."""
        found = _FOR.match(parser.markup)
        if not found:
            raise parser.tokens.error("Syntax Error in 'for loop' - Valid syntax: for [item] in [collection]")
        bounds = {name: markup for name, markup in attributes(parser.markup) if name in {"limit", "offset"}}
        node = ForNode(parser.token, found, bounds)
        blocks = [node.block]
        if ended_by(parser, "for", node.block, ("else",)) == "else":
            node.default = Block()
            blocks.append(node.default)
            if ended_by(parser, "for", node.default, ("else",)) == "else":
                node.default = Block()
        node.blank = close_all(blocks)
        return node


class InterruptNode(Node):
    """Break off a loop, or its present pass."""

    __slots__ = ("name",)

    def __init__(self, token: Token, name: str) -> None:
        super().__init__(token)
        self.blank = False
        self.name = name

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        """Leave word for the loop."""
        context.interrupts.append(self.name)
        return 0


class BreakTag(HelpdeskTag):
    """``{% break %}``. Outside of a loop it ends the template, silently."""

    name = "break"

    def read(self, parser: Parser) -> InterruptNode:
        """Read nothing more."""
        return InterruptNode(parser.token, self.name)


class ContinueTag(BreakTag):
    """``{% continue %}``."""

    name = "continue"
