"""``tablerow``: a loop that writes a table."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

from liquid import Node, RenderContext, Token
from liquid.expression import Expression

from harness.liquid.blocks import Block, Parser
from harness.liquid.errors import InlineError, internal_error
from harness.liquid.expression_syntax import parse_expression
from harness.liquid.output import write_checked
from harness.liquid.patterns import FRAGMENT, SPACE, WORD, attributes
from harness.liquid.tags.base import HelpdeskTag, read_to_end
from harness.liquid.tags.loop_objects import TableRowLoop
from harness.liquid.values.comparison import is_true
from harness.liquid.values.numbers import leading_integer
from harness.liquid.values.sequences import segment

if TYPE_CHECKING:
    from harness.liquid.context import HelpdeskContext

_TABLE_ROW = re.compile(rf"(?<!{WORD})({WORD}+){SPACE}+in{SPACE}+({FRAGMENT}+)")


class TableRowNode(Node):
    """A loop that writes the rows and cells of a table."""

    __slots__ = ("attributes", "block", "collection", "variable")

    def __init__(self, token: Token, found: re.Match[str], attributes: dict[str, Expression]) -> None:
        super().__init__(token)
        self.variable = found[1]
        self.collection = parse_expression(found[2])
        self.attributes = attributes
        self.block = Block()
        self.blank = False

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        """Render the block into a cell for each item; nil and false give no table."""
        collection = self.collection.evaluate(context)
        if not is_true(collection):
            return 0
        start = self._bound("offset", context) or 0
        limit = self._bound("limit", context)
        values = segment(collection, start, None if limit is None else start + limit)
        context.count_items(len(values))
        columns = self._bound("cols", context)
        buffer.write('<tr class="row1">\n')
        self._render_cells(values, len(values) if columns is None else columns, context, buffer)
        buffer.write("</tr>\n")
        return 0

    def _bound(self, name: str, context: HelpdeskContext) -> int | None:
        if name not in self.attributes:
            return None
        value = self.attributes[name].evaluate(context)
        if isinstance(value, str):
            return leading_integer(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if isinstance(value, float) and not math.isfinite(value):
                raise internal_error()
            return int(value)
        if value is None:
            return 0
        raise InlineError("invalid integer")

    def _render_cells(
        self, values: list[Any], columns: int, context: HelpdeskContext, buffer: TextIO
    ) -> None:
        loop = TableRowLoop(len(values), columns)
        scope: dict[str, Any] = {}
        context.push(scope)
        scope["tablerowloop"] = loop
        try:
            for value in values:
                scope[self.variable] = value
                write_checked(buffer, f'<td class="col{loop.column}">')
                self.block.render_to_output(context, buffer)
                buffer.write("</td>")
                if context.interrupts and context.interrupts.pop() == "break":
                    break
                if loop.column == columns and loop.position != loop.length - 1:
                    buffer.write(f'</tr>\n<tr class="row{loop.row + 1}">')
                loop.go_on()
        finally:
            context.pop()

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> Iterable[Node]:
        """Give the block."""
        return [self.block]


class TableRowTag(HelpdeskTag):
    """``{% tablerow %}``."""

    name = "tablerow"

    def read(self, parser: Parser) -> TableRowNode:
        """Read the loop."""
        found = _TABLE_ROW.search(parser.markup)
        if not found:
            raise parser.tokens.error(
                "Syntax Error in 'table_row loop' - Valid syntax: table_row [item] in [collection] cols=3"
            )
        options = {name: parse_expression(markup) for name, markup in attributes(parser.markup)}
        node = TableRowNode(parser.token, found, options)
        read_to_end(parser, "tablerow", node.block)
        node.blank = node.block.blank
        return node
