"""HTML cut into tags and texts in time that grows with its length alone, however broken it is.

The parser of the standard library takes minutes for some texts of a few kilobytes that no browser minds,
and stops with an error at others; what this reads comes from strangers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

_TAG = re.compile(r"""</?([a-zA-Z][^\s/<>"']*+)((?:[^<>"']|"[^"]{0,4096}"|'[^']{0,4096}'){0,4096}+)>""")
_RAW = {name: re.compile(rf"</{name}\b[^>]{{0,100}}>", re.IGNORECASE)
        for name in ("script", "style", "template", "title", "noscript")}  # fmt: skip


class Piece(NamedTuple):
    """A start tag with its attributes as they are written, an end tag, or a text with its references."""

    kind: Literal["start", "end", "text"]
    name: str
    content: str


def html_pieces(html: str) -> Iterator[Piece]:
    """Cut HTML; comments, declarations and what is never shown (script, style, title) are left out."""
    position = text_from = 0
    while (opened := html.find("<", position)) >= 0:
        tag = _TAG.match(html, opened)
        end = tag.end() if tag else _end_of_markup(html, opened)
        if end < 0:
            position = opened + 1  # a lone "<" is text
            continue
        if opened > text_from:
            yield Piece("text", "", html[text_from:opened])
        if tag:
            name = tag[1].lower()
            if html[opened + 1] == "/":
                yield Piece("end", name, "")
            elif name in _RAW:
                closing = _RAW[name].search(html, end)
                end = closing.end() if closing else len(html)
            else:
                yield Piece("start", name, tag[2])
        position = text_from = end
    if text_from < len(html):
        yield Piece("text", "", html[text_from:])


def _end_of_markup(html: str, opened: int) -> int:
    """Find the end of a comment or declaration; -1 where none begins there."""
    if html.startswith("<!--", opened):
        closed = html.find("-->", opened + 4)
        return closed + 3 if closed >= 0 else len(html)
    if html.startswith(("<!", "<?", "</"), opened):
        closed = html.find(">", opened)
        return closed + 1 if closed >= 0 else len(html)
    return -1
