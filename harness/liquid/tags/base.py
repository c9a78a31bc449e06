"""What the tags have in common."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from liquid import Node, Tag

from harness.liquid.blocks import Block, Parser, never_closed, unknown_tag

if TYPE_CHECKING:
    from liquid.stream import TokenStream

BLANK_MARKUP = re.compile(r"[ \t\r\n\f\v]*\Z")


class HelpdeskTag(Tag):
    """A tag that reads its markup as Ruby's lax parser does.

    ``parse`` gets the parser where python-liquid passes a stream of tokens: Ruby's tags read what stands in
    them by patterns.
    """

    def parse(self, stream: TokenStream) -> Node:
        """Read a tag."""
        parser: Any = stream
        return self.read(parser)

    @abstractmethod
    def read(self, parser: Parser) -> Node:
        """Read the tag that the parser has reached, and its block where it has one."""


def read_to_end(parser: Parser, name: str, block: Block) -> None:
    """Fill a block that only its own end tag may end."""
    if not ended_by(parser, name, block, ()):
        raise never_closed(parser.tokens, name)


def ended_by(parser: Parser, name: str, block: Block, others: tuple[str, ...]) -> str:
    """Fill a block; give the name of what ended it: its end tag, or one of ``others``."""
    if not parser.parse_block(block):
        raise never_closed(parser.tokens, name)
    if parser.name != f"end{name}" and parser.name not in others:
        raise unknown_tag(parser.tokens, parser.name, name, f"end{name}")
    return parser.name
