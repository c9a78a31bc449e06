"""Values written as other template languages write them: agents see the braces and the name."""

from __future__ import annotations

import re

from harness.contract import RESERVED_FIELDS
from harness.lint.reading import Reading
from harness.lint.rules import syntax

_ALIKE = re.compile(
    r"(?<!\{)\{ \{\s*(?P<apart>\w+)[^{}]*\} \}(?!\})"
    r"|<%=?\s*(?P<erb>\w+)[^%<>]*%>"
    r"|\[\[\s*(?P<square>\w+)\s*\]\]"
    r"|(?<![{%])[$#]?\{\s*(?P<single>\w+)\s*(?:\|[^{}|]*)?\}(?!\})"
    r"|%(?P<percent>\w+)%",
    re.ASCII,
)


def check_lookalikes(reading: Reading) -> None:
    """Report each field's name that stands in the page between marks that are not Liquid's."""
    for found in _ALIKE.finditer(reading.html.masked):
        name = found[found.lastgroup or 0]
        if name not in RESERVED_FIELDS and not reading.fields.sends(name):
            continue
        if reading.html.raw_element_at(found.start()) or reading.html.is_comment(found.start()):
            continue
        reading.findings.append(
            reading.source.finding(syntax.LOOKALIKE, found.start(), found.end(), name=name, written=found[0])
        )
