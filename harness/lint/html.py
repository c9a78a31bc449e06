"""The HTML of a template, read by the standard library's parser, with the place of tags and attributes.

Liquid is masked before: an output becomes as many characters of private use, a tag as many spaces, so that
every place in the masked text is the same place in the template.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from html.parser import HTMLParser

from harness.lint.outline import Outline

VALUE = "\ue000"
"""What an output is masked with."""

ADDRESSES = frozenset(
    {"action", "background", "cite", "data", "formaction", "href", "ping", "poster", "src", "xlink:href"}
)
"""Attributes whose values are addresses."""

_LONGEST_NAME = 60
_NAME_GOES_ON = re.compile(rf"</?[A-Za-z][A-Za-z0-9{VALUE}-]*\Z")
_ATTRIBUTE = re.compile(
    r"""([^\s"'>/=][^\s/>=]*)(?:\s*(=)\s*("[^"]*"|'[^']*'|(?!["'])[^\s>]*))?""", re.DOTALL
)
_DECLARATION = re.compile(r"<!(?!--|doctype\b)", re.IGNORECASE)
_RAW = frozenset({"script", "style"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute; its value stands from ``start`` to ``end``, without the quotes."""

    name: str
    value: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag or an end tag, from ``start`` to ``end``."""

    name: str
    start: int
    end: int
    is_end: bool = False
    is_closed: bool = False
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        """Find an attribute by its name."""
        return next((each for each in self.attributes if each.name == name), None)


@dataclass(slots=True)
class Html:
    """Tags in their order, and where comments, scripts and styles stand."""

    masked: str
    tags: list[Tag] = field(default_factory=list)
    comments: list[tuple[int, int]] = field(default_factory=list)

    def tag_at(self, offset: int) -> Tag | None:
        """Give the tag within whose angle brackets an offset is."""
        index = bisect_right(self.tags, offset, key=lambda tag: tag.start) - 1
        tag = self.tags[index] if index >= 0 else None
        return tag if tag and tag.start < offset < tag.end else None

    def attribute_at(self, offset: int) -> Attribute | None:
        """Give the attribute whose value an offset is in."""
        tag = self.tag_at(offset)
        found = (each for each in tag.attributes if each.start <= offset < each.end) if tag else iter(())
        return next(found, None)

    def is_comment(self, offset: int) -> bool:
        """Tell whether an offset is in a comment."""
        return any(start <= offset < end for start, end in self.comments)

    def raw_element_at(self, offset: int) -> str:
        """Give ``script`` or ``style`` where an offset is inside of one, else empty text."""
        index = bisect_right(self.tags, offset, key=lambda tag: tag.start) - 1
        tag = self.tags[index] if index >= 0 else None
        inside = tag is not None and not tag.is_end and tag.name in _RAW and offset >= tag.end
        return tag.name if tag and inside else ""


def read_html(text: str, outline: Outline) -> Html:
    """Read the HTML around the Liquid; what is no HTML at all gives no tags."""
    masked = _mask(text, outline)
    html = Html(masked)
    reader = _Reader(html)
    reader.feed(masked)
    reader.close()
    return html


def _mask(text: str, outline: Outline) -> str:
    parts: list[str] = []
    position, before = 0, ""
    for span in sorted(outline.spans, key=lambda each: each.start):
        if span.start < position:
            continue
        between = text[position : span.start]
        before = (before + between)[-_LONGEST_NAME:]
        # A tag within a name, as in <h{% if big %}1{% else %}2{% endif %}>, belongs to the name.
        is_name = span.kind == "output" or _NAME_GOES_ON.search(before)
        mask = (VALUE if is_name else " ") * (span.end - span.start)
        parts += [between, mask]
        before = (before + mask[:1])[-_LONGEST_NAME:]
        position = span.end
    # <![ and the like are comments to browsers; the parser of the standard library has another opinion.
    return _DECLARATION.sub("<?", "".join([*parts, text[position:]]))


class _Reader(HTMLParser):
    """Keep tags and comments with their places."""

    def __init__(self, html: Html) -> None:
        super().__init__(convert_charrefs=False)
        self._html = html
        self._lines = [0] + [found.end() for found in re.finditer("\n", html.masked)]

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._keep(tag, is_closed=False)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._keep(tag, is_closed=True)

    def _keep(self, name: str, *, is_closed: bool) -> None:
        start, text = self._offset(), self.get_starttag_text() or ""
        after_name = 1 + len(name)
        found = _ATTRIBUTE.finditer(text, after_name, max(after_name, len(text) - 1))
        attributes = tuple(_attribute(each, start) for each in found)
        self._html.tags.append(Tag(name, start, start + len(text), False, is_closed, attributes))

    def handle_endtag(self, tag: str) -> None:
        start = self._offset()
        end = self._html.masked.find(">", start) + 1 or len(self._html.masked)
        self._html.tags.append(Tag(tag, start, end, True))

    def handle_comment(self, data: str) -> None:
        start = self._offset()
        self._html.comments.append((start, start + len(data) + len("<!--")))


def _attribute(found: re.Match[str], offset: int) -> Attribute:
    value, quote = found[3] or "", ""
    start, end = found.span(3) if found[3] is not None else (found.end(), found.end())
    if value[:1] in {'"', "'"}:
        quote, value, start, end = value[0], value[1:-1], start + 1, end - 1
    return Attribute(found[1].lower(), value, quote, offset + start, offset + end)
