"""A template as a list of its outputs and tags, each with its place; nothing in it can make this fail.

The parser of ``harness.liquid`` keeps the place of whole tokens alone, and stops at the first thing that
Liquid refuses. Lint needs the place of each name, and the rest of the template too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from liquid import Token
from liquid.token import TOKEN_CONTENT, TOKEN_OUTPUT

from harness.liquid.blocks import LINE_TAG, TAG
from harness.liquid.tokens import tokenize, tokenize_lines

_END = re.compile(r"\{%-?[ \t\r\n\f\v]*(\w+)[ \t\r\n\f\v]*-?%\}\Z", re.ASCII)
_FOREIGN = re.compile(r"\s*[#/^]")
_UNENDED = re.compile(r"[^{}\"']*\}.*\{%", re.DOTALL)
_VERBATIM = frozenset({"raw", "doc"})


@dataclass(frozen=True, slots=True)
class Statement:
    """An output, or a tag of a name; ``markup`` is what stands in it, from the offset ``at``.

    ``is_line`` tells a line of ``{% liquid %}`` from a tag of its own.
    """

    name: str
    markup: str
    at: int
    start: int
    end: int
    is_line: bool = False

    @property
    def is_output(self) -> bool:
        """Tell an output from a tag; ``echo`` is one too."""
        return self.name in {"", "echo"}

    @property
    def is_foreign(self) -> bool:
        """Tell a block of Handlebars or Mustache, as in ``{{#if plan}}``."""
        return not self.name and bool(_FOREIGN.match(self.markup))

    @property
    def is_unended(self) -> bool:
        """Tell a tag that ends in ``}`` alone, so that Liquid reads on to the end of the next."""
        return bool(self.name) and bool(_UNENDED.match(self.markup))


@dataclass(frozen=True, slots=True)
class Span:
    """Characters that are Liquid's and not HTML's."""

    start: int
    end: int
    kind: Literal["output", "tag"]


@dataclass(slots=True)
class Outline:
    """What was read: statements in their order, all spans of Liquid, comments with their text and place."""

    statements: list[Statement] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    comments: list[tuple[int, int, str]] = field(default_factory=list)


def read_outline(text: str) -> Outline:
    """Read a template; what stands in comments, ``raw`` and ``doc`` gives no statements."""
    outline = Outline()
    tokens = tokenize(text)
    for token in tokens:
        if token.kind == TOKEN_CONTENT:
            continue
        is_output = token.kind == TOKEN_OUTPUT
        end = token.start_index + len(token.value)
        outline.spans.append(Span(token.start_index, end, "output" if is_output else "tag"))
        statement = _output(token) if is_output else _tag(token)
        if statement is None:
            continue
        if statement.name == "liquid":
            outline.statements += _lines(statement, token)
        elif statement.name == "comment":
            _skip_comment(outline, statement, tokens)
        elif statement.name == "#":
            outline.comments.append((statement.start, statement.end, statement.markup))
        else:
            outline.statements.append(statement)
            if statement.name in _VERBATIM:
                _skip_verbatim(outline, statement.name, tokens)
    return outline


def _output(token: Token) -> Statement | None:
    text = token.value
    if not text.endswith("}}") or len(text) < 4:
        return None
    first = 3 if text[2] == "-" else 2
    last = max(first, len(text) - (3 if text[-3] == "-" else 2))
    start = token.start_index
    return Statement("", text[first:last], start + first, start, start + len(text))


def _tag(token: Token) -> Statement | None:
    found = TAG.match(token.value)
    if not found:
        return None
    start = token.start_index
    return Statement(found[2], found[4], start + found.start(4), start, start + len(token.value))


def _lines(statement: Statement, token: Token) -> Iterator[Statement]:
    depth = 0
    # tokenize_lines looks for the markup's text, which may stand earlier in the tag.
    shift = statement.at - token.start_index - token.value.find(statement.markup)
    for line in tokenize_lines(statement.markup, token):
        found = LINE_TAG.match(line.value)
        if not found:
            continue
        start = line.start_index + shift
        depth += (found[1] == "comment") - (found[1] == "endcomment" and depth > 0)
        if not depth and found[1] not in {"comment", "endcomment", "#"}:
            end = start + len(line.value.rstrip())
            yield Statement(found[1], found[2], start + found.start(2), start + found.start(1), end, True)


def _skip_comment(outline: Outline, opening: Statement, tokens: Iterator[Token]) -> None:
    depth, texts, end = 1, [], opening.end
    for token in tokens:
        end = token.start_index + len(token.value)
        found = _END.match(token.value) or TAG.match(token.value)
        name = found.group(1 if found.re is _END else 2) if found else ""
        depth += (name == "comment") - (name == "endcomment")
        if not depth:
            break
        texts.append(token.value)
    outline.spans.append(Span(opening.end, end, "tag"))
    outline.comments.append((opening.start, end, "".join(texts)))


def _skip_verbatim(outline: Outline, name: str, tokens: Iterator[Token]) -> None:
    ending = re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}\Z", re.ASCII)
    for token in tokens:
        end = token.start_index + len(token.value)
        if found := ending.search(token.value):
            outline.spans.append(Span(token.start_index + found.start(), end, "tag"))
            return
        if name == "doc":
            outline.spans.append(Span(token.start_index, end, "tag"))
