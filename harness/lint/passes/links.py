"""Links that open a page of their own."""

from __future__ import annotations

from harness.lint.findings import Replacement
from harness.lint.html import VALUE, Tag
from harness.lint.reading import Reading
from harness.lint.rules import html

_OPENING = frozenset({"a", "area", "form"})
_REL = ' rel="noopener noreferrer"'


def check_links(reading: Reading) -> None:
    """Report each ``target="_blank"`` whose element says nothing of ``noopener`` or ``noreferrer``."""
    for tag in reading.html.tags:
        target = tag.attribute("target")
        if tag.is_end or tag.name not in _OPENING or target is None or target.value.lower() != "_blank":
            continue
        rel = tag.attribute("rel")
        words = rel.value.lower() if rel else ""
        if VALUE not in words and not {"noopener", "noreferrer"} & set(words.split()):
            start, end = target.start - len(target.quote), target.end + len(target.quote)
            reading.findings.append(
                reading.source.finding(
                    html.BLANK_TARGET, start, end, replacement=_replacement(reading, tag, end)
                )
            )


def _replacement(reading: Reading, tag: Tag, after_target: int) -> Replacement | None:
    """Add the words to ``rel`` where it has quotes, or ``rel`` itself after ``target``."""
    rel = tag.attribute("rel")
    if rel is None:
        return Replacement(after_target, after_target, _REL)
    if not rel.quote or "{" in reading.source.text[rel.start : rel.end]:
        return None
    space = " " if rel.value.strip() else ""
    return Replacement(rel.end, rel.end, f"{space}noopener noreferrer")
