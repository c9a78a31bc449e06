"""The HTML of a template, cut into tags and attributes as a browser's tokenizer does, each with its place.

Liquid is masked before: an output becomes as many characters of private use, a tag as many spaces, so that
every place in the masked text is the same place in the template. The time is linear in any text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from harness.lint.outline import Outline

VALUE = "\ue000"
"""What an output is masked with."""

ADDRESSES = frozenset(
    {"action", "background", "cite", "data", "formaction", "href", "ping", "poster", "src", "xlink:href"}
)
"""Attributes whose values are addresses."""

_LONGEST_NAME = 60
_NAME_GOES_ON = re.compile(rf"</?[A-Za-z][A-Za-z0-9{VALUE}-]*\Z")
_TAG_START = re.compile(r"</?[A-Za-z][^\s/>]*")
_BEFORE_ATTRIBUTE = re.compile(r"[\s/]*")
_ATTRIBUTE_NAME = re.compile(r"=?[^\s/>=]*")
_BEFORE_VALUE = re.compile(r"\s*=\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
_RAW = frozenset({"script", "style"})
_NOT_PARSED = _RAW | {"iframe", "noembed", "noframes", "textarea", "title", "xmp"}
"""Elements that hold text alone, up to their own end tag."""


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
    """A start tag or an end tag, from ``start`` to ``end``.

    ``is_closed`` tells that it ends in ``/>``; one that is not ``is_whole`` runs on to the template's end.
    """

    name: str
    start: int
    end: int
    is_end: bool = False
    is_closed: bool = False
    attributes: tuple[Attribute, ...] = ()
    is_whole: bool = True

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
    html = Html(_mask(text, outline))
    position = 0
    while (position := html.masked.find("<", position)) >= 0:
        position = _read_one(html, position)
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
    return "".join([*parts, text[position:]])


def _read_one(html: Html, start: int) -> int:
    """Read what begins with an angle bracket; give where to go on."""
    text = html.masked
    if text.startswith("<!--", start):
        end = _after(text, "-->", start + 2)
        html.comments.append((start, end))
        return end
    if found := _TAG_START.match(text, start):
        tag = _read_tag(text, found)
        html.tags.append(tag)
        return _after_text(text, tag) if tag.name in _NOT_PARSED and not tag.is_end else tag.end
    # <! and <? and </ before anything but a letter are comments to a browser; < alone is text.
    return _after(text, ">", start) if text[start + 1 : start + 2] in {"!", "?", "/"} else start + 1


def _after(text: str, end: str, start: int) -> int:
    found = text.find(end, start)
    return found + len(end) if found >= 0 else len(text)


def _after_text(text: str, tag: Tag) -> int:
    """Give where the text of a script, style or the like ends."""
    ending = re.compile(rf"</{re.escape(tag.name)}(?=[\s/>])", re.IGNORECASE).search(text, tag.end)
    return ending.start() if ending else len(text)


def _read_tag(text: str, found: re.Match[str]) -> Tag:
    name = found[0].lstrip("</").lower()
    is_end, position = found[0].startswith("</"), found.end()
    attributes: list[Attribute] = []
    while True:
        between = _BEFORE_ATTRIBUTE.match(text, position)
        position = between.end() if between else position
        if position >= len(text) or text[position] == ">":
            break
        attribute, position = _read_attribute(text, position)
        attributes.append(attribute)
    is_closed = text.endswith("/", 0, position) and (not attributes or attributes[-1].end < position)
    end = min(position + 1, len(text))
    return Tag(name, found.start(), end, is_end, is_closed, tuple(attributes), position < len(text))


def _read_attribute(text: str, start: int) -> tuple[Attribute, int]:
    found = _ATTRIBUTE_NAME.match(text, start)
    after_name = max(found.end() if found else start, start + 1)
    name = text[start:after_name].lower()
    equals = _BEFORE_VALUE.match(text, after_name)
    if not equals:
        return Attribute(name, "", "", after_name, after_name), after_name
    first = equals.end()
    quote = text[first : first + 1]
    if quote in {'"', "'"}:
        last = text.find(quote, first + 1)
        last = len(text) if last < 0 else last
        return Attribute(name, text[first + 1 : last], quote, first + 1, last), min(last + 1, len(text))
    unquoted = _UNQUOTED.match(text, first)
    last = unquoted.end() if unquoted else first
    return Attribute(name, text[first:last], "", first, last), last
