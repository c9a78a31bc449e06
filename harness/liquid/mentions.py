"""Which fields a template asks for, and on which line: read from its text, without rendering it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from liquid.token import TOKEN_CONTENT

from harness.liquid.tokens import tokenize

_NAME = re.compile(r"(?<![\w\-])(?:(?<!\.)|(?<=\.\.))[\w-]*[A-Za-z_][\w-]*\??", re.ASCII)
_BRACKETED = re.compile(r"(?<![\w.\-\]?\"'])\[\s*(?:\"([^\"]*)\"|'([^']*)')\s*\]", re.ASCII)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_FILTER = re.compile(r"\|\s*[\w-]+\s*:?", re.ASCII)
_ARGUMENT = re.compile(r"[\w-]+\s*:(?!\s*:)", re.ASCII)
_TAG = re.compile(r"\{%-?\s*(\w+)(.*?)-?(?:%\})?$", re.DOTALL | re.ASCII)
_DASHES = re.compile(r"\A\{\{-|-\}\}\Z")
_MADE = re.compile(r"\s*([\w-]+)", re.ASCII)
_SILENT = frozenset({"comment", "raw", "doc"})
_MAKING = frozenset({"assign", "capture", "for", "tablerow", "increment", "decrement"})
_WORDS = frozenset(
    [
        "and",
        "or",
        "contains",
        "in",
        "true",
        "false",
        "nil",
        "null",
        "empty",
        "blank",
        "reversed",
        "forloop",
        "tablerowloop",
        "self",
        "with",
        "as",
    ]
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A field's name in a template, and the line from 1."""

    name: str
    line: int


def mentions(source: str) -> list[Mention]:
    """List the names that a template looks up and does not make itself, in their order.

    A reading of the text, as a person's would be: a name that is made anywhere counts as made everywhere.
    """
    found, made, silent = [], set(_WORDS), ""
    line = position = 0
    for token in tokenize(source):
        line += source.count("\n", position, token.start_index)
        position = token.start_index
        if token.kind == TOKEN_CONTENT:
            continue
        tag = _TAG.match(token.value)
        if tag and (silent or tag[1] in _SILENT):
            silent = "" if tag[1] == f"end{silent}" else silent or tag[1]
            continue
        if silent:
            continue
        markup = tag[2] if tag else _DASHES.sub(" ", token.value)
        if tag and tag[1] in _MAKING and (name := _MADE.match(markup)):
            made.add(name[1])
        found += [Mention(name, line + 1) for name in _names(markup)]
    return [mention for mention in found if mention.name not in made]


def _names(markup: str) -> Iterator[str]:
    for double, single in _BRACKETED.findall(markup):
        yield double or single
    bare = _ARGUMENT.sub(" ", _FILTER.sub(" ", _QUOTED.sub(" ", markup)))
    for found in _NAME.finditer(bare):
        yield found[0]
