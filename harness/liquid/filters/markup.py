"""Filters that write text for HTML, or take HTML out of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from harness.liquid.values.text import to_text

_ESCAPES = {"&": "&amp;", ">": "&gt;", "<": "&lt;", '"': "&quot;", "'": "&#39;"}
_ESCAPED = str.maketrans(_ESCAPES)
_UNESCAPED = re.compile(r"[\"><']|&(?!([a-zA-Z]+|(#[0-9]+));)")
_BLOCKS = (("<script", "</script>"), ("<!--", "-->"), ("<style", "</style>"))
_BLOCK_START = re.compile("|".join(start for start, _ in _BLOCKS))
_TAG = re.compile(r"<[^>]*>")
_LINE_END = re.compile(r"\r?\n")


def escape(value: Any) -> str | None:
    """Write the five characters of HTML as entities."""
    return None if value is None else to_text(value).translate(_ESCAPED)


def escape_once(value: Any) -> str:
    """Write the five characters of HTML as entities, and leave the entities that are there."""
    return _UNESCAPED.sub(lambda found: _ESCAPES[found[0]], to_text(value))


def strip_html(value: Any) -> str:
    """Take out scripts, comments and styles with all they hold, then every tag."""
    text = _without_blocks(to_text(value))
    end = text.rfind(">") + 1
    return _TAG.sub("", text[:end]) + text[end:]


def _without_blocks(text: str) -> str:
    """Take out what stands between a block's start and its end, where it has one."""
    kept, position, searched = [], 0, 0
    ends = dict(_BLOCKS)
    last = {start: text.rfind(end) for start, end in _BLOCKS}
    while found := _BLOCK_START.search(text, searched):
        start = found[0]
        end = text.index(ends[start], found.end()) if last[start] >= found.end() else -1
        searched = found.start() + 1
        if end >= 0:
            kept.append(text[position : found.start()])
            position = searched = end + len(ends[start])
    return "".join(kept) + text[position:]


def strip_newlines(value: Any) -> str:
    """Take out the ends of lines."""
    return _LINE_END.sub("", to_text(value))


def newline_to_br(value: Any) -> str:
    """Write a line break of HTML before each end of a line."""
    return _LINE_END.sub("<br />\n", to_text(value))


FILTERS: dict[str, Callable[..., Any]] = {
    "escape": escape,
    "escape_once": escape_once,
    "h": escape,
    "newline_to_br": newline_to_br,
    "strip_html": strip_html,
    "strip_newlines": strip_newlines,
}
