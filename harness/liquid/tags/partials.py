"""``include`` and ``render``: templates within the template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TextIO

from liquid import Node, Token
from liquid.exceptions import TemplateNotFoundError
from liquid.expression import Expression

from harness.liquid.blocks import Block, Parser
from harness.liquid.errors import InlineError, PartialError, TemplateSyntaxError, internal_error
from harness.liquid.expression_syntax import parse_expression
from harness.liquid.patterns import FRAGMENT, NAME, QUOTED, SPACE, attributes
from harness.liquid.tags.base import HelpdeskTag
from harness.liquid.tags.loop_objects import ForLoop
from harness.liquid.values.objects import Interval

if TYPE_CHECKING:
    from harness.liquid.context import HelpdeskContext
    from harness.liquid.environment import HelpdeskEnvironment

_REST = rf"({SPACE}+(with|for){SPACE}+({FRAGMENT}+))?({SPACE}+as{SPACE}+({NAME}+))?"
_INCLUDE = re.compile(rf"({FRAGMENT}+){_REST}")
_RENDER = re.compile(rf"((?:{QUOTED})+){_REST}")


class PartialNode(Node):
    """What both tags have: a template's name, perhaps a value for it, and named values."""

    __slots__ = ("alias", "attributes", "is_loop", "template", "value")

    def __init__(self, token: Token, found: re.Match[str], markup: str) -> None:
        super().__init__(token)
        self.template = parse_expression(found[1])
        self.is_loop = found[3] == "for"
        self.value: Expression | None = parse_expression(found[4]) if found[4] else None
        self.alias: str | None = found[6]
        self.attributes = [(name, parse_expression(text)) for name, text in attributes(markup)]
        self.blank = False

    def load(self, name: str, context: HelpdeskContext) -> Block:
        """Give the partial's block, parsed once a rendering; what hinders it is an inline error."""
        loaded = context.registers.setdefault("partials", None)
        if loaded is None:
            loaded = context.registers["partials"] = {}
        if name not in loaded:
            loaded[name] = self._parsed(name, context)
        block: Block = loaded[name]
        return block

    def _parsed(self, name: str, context: HelpdeskContext) -> Block:
        environment: HelpdeskEnvironment = context.env  # type: ignore[assignment]
        try:
            block = environment.parse_partial(name, trims_next=context.used.trims_next)
        except TemplateNotFoundError:
            raise InlineError(environment.missing_partial(name)) from None
        except TemplateSyntaxError as error:
            raise PartialError(str(error)) from None
        context.used.trims_next = block.trims_next
        return block

    def own_name(self, name: str) -> str:
        """Give the name that the value has in the partial."""
        return self.alias or (name.rstrip("/").rsplit("/", maxsplit=1)[-1] if name.strip("/") else name)


class IncludeNode(PartialNode):
    """Render a partial that sees and changes the variables here."""

    __slots__ = ()

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        """Render it, once for each item of a list."""
        if "include" in context.disabled:
            raise InlineError("include usage is not allowed in this context")
        name = self.template.evaluate(context)
        if not isinstance(name, str):
            raise InlineError("Argument error in tag 'include' - Illegal template name")
        block = self.load(name, context)
        value = context.find(name) if self.value is None else self.value.evaluate(context)
        scope: dict[str, Any] = {}
        context.push(scope)
        try:
            for key, expression in self.attributes:
                scope[key] = expression.evaluate(context)
            for each in value if isinstance(value, list) else [value]:
                scope[self.own_name(name)] = each
                block.render_to_output(context, buffer)
        finally:
            context.pop()
        return 0


class RenderNode(PartialNode):
    """Render a partial that sees only what it is given."""

    __slots__ = ()

    def render_to_output(self, context: HelpdeskContext, buffer: TextIO) -> int:  # type: ignore[override]
        """Render it, once for each item where it says ``for``."""
        name = self.template.evaluate(context)
        if not isinstance(name, str):
            raise internal_error()
        block = self.load(name, context)
        value = None if self.value is None else self.value.evaluate(context)
        if self.is_loop and isinstance(value, (list, dict, Interval)):
            values = [[key, item] for key, item in value.items()] if isinstance(value, dict) else list(value)
            context.count_items(len(values))
            loop = ForLoop(name, len(values), None)
            for each in values:
                self._render_one(block, name, each, loop, context, buffer)
                loop.position += 1
        else:
            self._render_one(block, name, value, None, context, buffer)
        return 0

    def _render_one(
        self,
        block: Block,
        name: str,
        value: Any,
        loop: ForLoop | None,
        context: HelpdeskContext,
        buffer: TextIO,
    ) -> None:
        inner = context.isolated()
        scope = inner.scopes[0]
        if loop is not None:
            scope["forloop"] = loop
        for key, expression in self.attributes:
            scope[key] = expression.evaluate(context)
        if value is not None:
            scope[self.own_name(name)] = value
        block.render_to_output(inner, buffer)


class IncludeTag(HelpdeskTag):
    """``{% include %}``."""

    name = "include"

    def read(self, parser: Parser) -> IncludeNode:
        """Read the template's name, any expression."""
        found = _INCLUDE.search(parser.markup)
        if not found:
            raise parser.tokens.error(
                "Error in tag 'include' - Valid syntax: include '[template]' (with|for) [object|collection]"
            )
        return IncludeNode(parser.token, found, parser.markup)


class RenderTag(HelpdeskTag):
    """``{% render %}``."""

    name = "render"

    def read(self, parser: Parser) -> RenderNode:
        """Read the template's name, which must be in quotes."""
        found = _RENDER.search(parser.markup)
        if not found:
            raise parser.tokens.error("Syntax error in tag 'render' - Template name must be a quoted string")
        return RenderNode(parser.token, found, parser.markup)
