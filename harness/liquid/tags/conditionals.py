"""``if``, ``unless`` and ``case``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TextIO

from liquid import Node, RenderContext, Token
from liquid.ast import BlockNode
from liquid.expression import Expression

from harness.liquid.blocks import Block, Parser
from harness.liquid.conditions import Comparison, parse_condition, parse_operand
from harness.liquid.expression_syntax import parse_expression
from harness.liquid.expressions import Value
from harness.liquid.patterns import BLANK, FRAGMENT, SPACE
from harness.liquid.tags.base import HelpdeskTag, ended_by
from harness.liquid.values.comparison import is_true

_CASE = re.compile(rf"({FRAGMENT})")
_WHEN = re.compile(rf"({FRAGMENT})(?:(?:{SPACE}+or{SPACE}+|{SPACE}*,{SPACE}*)({FRAGMENT}.*))?", re.DOTALL)
_TRUE = Value(True)

Branch = tuple[Expression, Block]
"""A condition and what is rendered where it is true."""


class IfNode(Node):
    """The first branch whose condition is true; for ``unless`` the first one's is turned round."""

    __slots__ = ("branches", "is_unless")

    def __init__(self, token: Token, branches: list[Branch], *, is_unless: bool) -> None:
        super().__init__(token)
        self.branches = branches
        self.is_unless = is_unless
        self.blank = close_all((block for _, block in branches))

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Render the first branch that applies."""
        is_turned = self.is_unless
        for condition, block in self.branches:
            value = condition.evaluate(context)
            if is_true(value) != is_turned:
                return block.render_to_output(context, buffer)  # type: ignore[arg-type]
            is_turned = False
        return 0

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> Iterable[Node]:
        """Give the branches."""
        return [block for _, block in self.branches]


def close_all(blocks: Iterable[BlockNode]) -> bool:
    """Finish the blocks of one tag; give whether all of it is blank."""
    listed = list(blocks)
    is_blank = all(block.blank for block in listed)
    for block in listed:
        if isinstance(block, Block):
            block.close(is_blank=is_blank)
    return is_blank


class IfTag(HelpdeskTag):
    """``{% if %}``. Branches after an ``else`` are read, and never reached."""

    name = "if"

    def read(self, parser: Parser) -> IfNode:
        """Read the branches."""
        token, branches, name = parser.token, [], self.name
        while name != f"end{self.name}":
            condition = _TRUE if name == "else" else parse_condition(parser.markup)
            block = Block()
            branches.append((condition, block))
            name = ended_by(parser, self.name, block, ("elsif", "else"))
        return IfNode(token, branches, is_unless=self.name == "unless")


class UnlessTag(IfTag):
    """``{% unless %}``."""

    name = "unless"


class CaseNode(Node):
    """Every branch whose value is the case's; the ``else`` branches where none was before them."""

    __slots__ = ("branches",)

    def __init__(self, token: Token, branches: list[tuple[Expression | None, Block]]) -> None:
        super().__init__(token)
        self.branches = branches
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Render the branches that apply."""
        is_found = False
        for condition, block in self.branches:
            if condition is None:
                if not is_found:
                    block.render_to_output(context, buffer)  # type: ignore[arg-type]
            elif is_true(condition.evaluate(context)):
                is_found = True
                block.render_to_output(context, buffer)  # type: ignore[arg-type]
        return 0

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> Iterable[Node]:
        """Give the branches."""
        return [block for _, block in self.branches]


class CaseTag(HelpdeskTag):
    """``{% case %}``. What stands before the first ``when`` is read, and never rendered."""

    name = "case"

    def read(self, parser: Parser) -> CaseNode:
        """Read the branches."""
        token = parser.token
        found = _CASE.search(parser.markup)
        if not found:
            raise parser.tokens.error("Syntax Error in 'case' - Valid syntax: case [condition]")
        value = parse_expression(found[1])
        node = CaseNode(token, [])
        blocks = [Block()]
        while (name := ended_by(parser, "case", blocks[-1], ("when", "else"))) != "endcase":
            blocks.append(Block())
            conditions = [None] if name == "else" else self._conditions(parser, value)
            if name == "else" and parser.markup.strip(BLANK):
                raise parser.tokens.error(
                    "Syntax Error in tag 'case' - Valid else condition: {% else %} (no parameters) "
                )
            node.branches += [(condition, blocks[-1]) for condition in conditions]
        node.blank = close_all(blocks)
        return node

    def _conditions(self, parser: Parser, value: Expression) -> list[Expression]:
        conditions: list[Expression] = []
        markup: str | None = parser.markup
        while markup is not None:
            found = _WHEN.search(markup)
            if not found:
                raise parser.tokens.error(
                    "Syntax Error in tag 'case' - Valid when condition:"
                    " {% when [condition] [or condition2...] %}"
                )
            conditions.append(Comparison(value, "==", parse_operand(found[1])))
            markup = found[2]
        return conditions
