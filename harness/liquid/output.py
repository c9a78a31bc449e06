"""``{{ … }}``: shows a value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

from liquid import RenderContext, Token
from liquid.builtin.output import OutputNode
from liquid.expression import Expression

from harness.liquid.filtered import parse_filtered
from harness.liquid.limits import check_length
from harness.liquid.values.text import pieces, to_text

if TYPE_CHECKING:
    from harness.liquid.blocks import Parser

_LONG = 1_000


class ValueNode(OutputNode):
    """Write a value as Ruby shows it: nil is nothing, a list its items without anything between."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Evaluate and write."""
        value = self.expression.evaluate(context)
        if type(value) is str:
            write_checked(buffer, value)
        elif value is not None:
            write_value(buffer, value)
        return 0


def write_value(buffer: TextIO, value: Any) -> None:
    """Write any value."""
    if isinstance(value, list):
        write_all(buffer, pieces(value))
    else:
        write_checked(buffer, to_text(value))


def write_all(buffer: TextIO, texts: Iterable[str]) -> None:
    """Write texts one after the other."""
    for text in texts:
        write_checked(buffer, text)


def write_checked(buffer: TextIO, text: str) -> None:
    """Write text; where it is long, check that not too much was written."""
    if len(text) > _LONG:
        check_length(buffer.tell() + len(text))
    buffer.write(text)


def parse_output(parser: Parser, token: Token) -> ValueNode:
    """Read an output's token, hyphens and braces taken off."""
    text = token.value
    if not text.endswith("}}"):
        message = f"Variable '{text}' was not properly terminated with regexp: /\\}}\\}}/"
        raise parser.tokens.error(message)
    start = 3 if text[2] == "-" else 2
    end = len(text) - (3 if text[-3] == "-" else 2)
    return ValueNode(token, parse_output_markup(parser, text[start:end] if end > start else ""))


def parse_output_markup(parser: Parser, markup: str) -> Expression:
    """Read what stands in an output, an ``echo`` or an assignment."""
    return parse_filtered(markup, parser.environment.filters)
