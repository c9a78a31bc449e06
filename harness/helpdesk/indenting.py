"""JSON on lines of its own without reading it: names that stand twice and numbers stay as they came."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|\{\s*\}|\[\s*\]|[{}\[\],:]|[^\s{}\[\],:"]+')
_DEEPEST = 20
"""Levels that are indented further than the one around them, so that no nesting makes a text endless."""


def indented(text: str) -> str:
    """Write valid JSON with each entry on its line, indented by two blanks for each level."""
    return "".join(_written(text))


def _written(text: str) -> Iterator[str]:
    level = 0
    for found in _TOKENS.finditer(text):
        part = found[0]
        if part in "{[":
            level += 1
            yield part + _line(level)
        elif part in "}]":
            level -= 1
            yield _line(level) + part
        elif part == ",":
            yield part + _line(level)
        else:
            yield ": " if part == ":" else part


def _line(level: int) -> str:
    return "\n" + "  " * min(level, _DEEPEST)
