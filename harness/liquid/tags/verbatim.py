"""Tags whose inside is not parsed: ``raw``, ``comment``, ``doc`` and ``#``."""

from __future__ import annotations

import re
from typing import TextIO

from liquid import Node, RenderContext, Token

from harness.liquid.blocks import LINE_TAG, TAG, Parser, never_closed, place_of
from harness.liquid.patterns import SPACE, WORD
from harness.liquid.tags.base import BLANK_MARKUP, HelpdeskTag

_ENDING = re.compile(rf"(.*)\{{%-?{SPACE}*({WORD}+){SPACE}*(.*)?-?%\}}\Z", re.DOTALL)
_UNMARKED_LINE = re.compile(r"\n[ \t\r\n\f\v]*[^# \t\r\n\f\v]")


class TextNode(Node):
    """Write a text, or nothing at all."""

    __slots__ = ("text",)

    def __init__(self, token: Token, text: str, *, is_blank: bool) -> None:
        super().__init__(token)
        self.text = text
        self.blank = is_blank

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write it."""
        return buffer.write(self.text)


def _text_until(parser: Parser, name: str, *, refuses: str = "") -> str:
    """Take the tokens up to an end tag, which may stand anywhere in the last, and give their text."""
    texts: list[str] = []
    opening = parser.token
    while (token := parser.tokens.shift()) is not None:
        ending = _ENDING.match(token.value) if "%}" in token.value else None
        if ending and ending[2] == refuses:
            parser.tokens.go_back(opening, place_of(opening))
            raise parser.tokens.error("Syntax Error in 'doc' - Nested doc tags are not allowed")
        if ending and ending[2] == f"end{name}":
            parser.tokens.trims_next = token.value[-3:-2] == "-"
            return "".join([*texts, ending[1]])
        texts.append(token.value)
    parser.tokens.go_back(opening, place_of(opening))
    raise never_closed(parser.tokens, name)


class RawTag(HelpdeskTag):
    """``{% raw %}``: its inside is shown as it stands."""

    name = "raw"

    def read(self, parser: Parser) -> TextNode:
        """Take everything up to ``endraw``."""
        token = parser.token
        if not BLANK_MARKUP.match(parser.markup):
            raise parser.tokens.error("Syntax Error in 'raw' - Valid syntax: raw")
        text = _text_until(parser, "raw")
        return TextNode(token, text, is_blank=not text)


class DocTag(HelpdeskTag):
    """``{% doc %}``: its inside is not shown."""

    name = "doc"

    def read(self, parser: Parser) -> TextNode:
        """Take everything up to ``enddoc``."""
        token = parser.token
        if not BLANK_MARKUP.match(parser.markup):
            raise parser.tokens.error("Syntax Error in 'doc' - Valid syntax: {% doc %}{% enddoc %}")
        text = _text_until(parser, "doc", refuses="doc")
        return TextNode(token, "", is_blank=not text)


class CommentTag(HelpdeskTag):
    """``{% comment %}``: comments within it nest, and ``raw`` within it hides an ``endcomment``."""

    name = "comment"

    def read(self, parser: Parser) -> TextNode:
        """Take everything up to the ``endcomment`` that belongs to it."""
        token = parser.token
        parser.enter()
        depth = 1
        while (inner := parser.tokens.shift()) is not None:
            name = self._tag_name(parser, inner)
            if name == "raw":
                self._skip_raw(parser, token)
            depth += (name == "comment") - (name == "endcomment")
            if not depth:
                break
        else:
            parser.tokens.go_back(token, place_of(token))
            raise never_closed(parser.tokens, "comment")
        if not parser.tokens.is_lines:
            parser.tokens.trims_next = inner.value[-3:-2] == "-"
        parser.tokens.depth -= 1
        return TextNode(token, "", is_blank=True)

    def _tag_name(self, parser: Parser, token: Token) -> str:
        if parser.tokens.is_lines:
            found = LINE_TAG.match(token.value)
            return found[1] if found else ""
        found = TAG.match(token.value)
        return found[2] if found else ""

    def _skip_raw(self, parser: Parser, comment: Token) -> None:
        while (token := parser.tokens.shift()) is not None:
            ending = _ENDING.match(token.value) if "%}" in token.value else None
            if ending and ending[2] == "endraw":
                return
        parser.tokens.go_back(comment, place_of(comment))
        raise never_closed(parser.tokens, "raw")


class InlineCommentTag(HelpdeskTag):
    """``{% # %}``: each line of it begins with its mark."""

    name = "#"

    def read(self, parser: Parser) -> TextNode:
        """Look at the lines."""
        if _UNMARKED_LINE.search(parser.markup):
            raise parser.tokens.error(
                "Syntax error in tag '#' - Each line of comments must be prefixed by the '#' character"
            )
        return TextNode(parser.token, "", is_blank=True)
