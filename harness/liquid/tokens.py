"""The template cut into texts, outputs and tags, and what the parser keeps while it walks them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from liquid import Token
from liquid.token import TOKEN_CONTENT, TOKEN_OUTPUT, TOKEN_TAG

from harness.liquid.errors import TemplateSyntaxError

_START = re.compile(r"\{[{%]")
_OUTPUT_END = re.compile(r"\}\}?|\{%")


def tokenize(source: str) -> Iterator[Token]:
    """Cut a template as Ruby's tokenizer does, each token whole with its delimiters.

    An output ends at the first closing brace, single or double, or runs on through a tag that begins within
    it. One that never ends gives its two opening characters alone, which no parser accepts.
    """
    position, length = 0, len(source)
    last_tag_end = source.rfind("%}")
    last_output_end = max(source.rfind("}"), source.rfind("{%"))
    while position < length:
        if source.startswith("{%", position):
            closed = position + 2 <= last_tag_end
            kind, end = TOKEN_TAG, source.index("%}", position + 2) + 2 if closed else position + 2
        elif source.startswith("{{", position):
            closed = position + 2 <= last_output_end
            kind, end = TOKEN_OUTPUT, _output_end(source, position + 2) if closed else position + 2
        else:
            found = _START.search(source, position)
            kind, end = TOKEN_CONTENT, found.start() if found else length
        yield Token(kind, source[position:end], position, source)
        position = end


def _output_end(source: str, start: int) -> int:
    found = _OUTPUT_END.search(source, start)
    if not found:
        return start
    if found[0] != "{%":
        return found.end()
    tag_end = source.find("%}", found.end())
    return found.end() if tag_end < 0 else tag_end + 2


def tokenize_lines(markup: str, tag: Token) -> Iterator[Token]:
    """Cut the inside of ``{% liquid %}``: each line is a tag without delimiters."""
    position = tag.start_index + tag.value.find(markup)
    for line in markup.split("\n"):
        yield Token(TOKEN_TAG, line, position, tag.source)
        position += len(line) + 1


class Tokens:
    """The tokens still to come, and what the parser carries along: depth, and whether to trim next text."""

    __slots__ = ("_iterator", "current", "depth", "is_lines", "last_line", "position", "source", "trims_next")

    def __init__(self, source: str, iterator: Iterator[Token], *, is_lines: bool = False) -> None:
        self.source = source
        self._iterator = iterator
        self.is_lines = is_lines
        self.depth = 0
        self.trims_next = False
        self.position = 0
        self.current: Token | None = None
        self.last_line = 0

    @property
    def line(self) -> int:
        """The line the parser has reached, from 1; ``last_line`` at the end, where it is known."""
        if self.current is None and self.last_line:
            return self.last_line
        return self.source.count("\n", 0, self.position) + 1

    def shift(self) -> Token | None:
        """Take the next token; None at the end."""
        self.current = token = next(self._iterator, None)
        self.position = len(self.source) if token is None else token.start_index
        return token

    def error(self, message: str) -> TemplateSyntaxError:
        """Give a syntax error at the line reached."""
        return TemplateSyntaxError(message, self.line)

    def go_back(self, token: Token, place: int) -> None:
        """Let an error stand at a place within an earlier token."""
        self.current, self.position = token, place
