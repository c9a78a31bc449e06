r"""The parts of Ruby Liquid's patterns, as Python's ``re`` has to spell them.

Ruby's ``\s`` and ``\w`` mean ASCII alone while its ``\b`` means all letters, so the classes are spelled out
and ``re.ASCII`` is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SPACE = r"[ \t\r\n\f\v]"
WORD = r"[A-Za-z0-9_]"
NAME = r"[A-Za-z0-9_\-]"
QUOTED = r"\"[^\"]*\"|'[^']*'"
FRAGMENT = rf"(?:{QUOTED}|(?:[^ \t\r\n\f\v,|'\"]|{QUOTED})+)"
"""What a lax parser takes for one value: quoted text, or anything up to a space, comma, pipe or quote."""

SIGNATURE = r"(?:\(?[A-Za-z0-9_\-.\[\]]\)?)+"
"""What may stand left of the equals sign of an assignment."""

TAG_NAME = rf"(?:#|{WORD}+)"

BLANK_SPACE = " \t\r\n\f\v"
"""What ``\\s`` stands for."""

BLANK = " \t\r\n\f\v\0"
"""What Ruby's ``strip`` takes off, the null character included and other scripts' spaces not."""

_ATTRIBUTE_NAME = re.compile(rf"{WORD}{NAME}*")
_ATTRIBUTE_VALUE = re.compile(rf"{SPACE}*:{SPACE}*({FRAGMENT})")
_SIGNATURE = re.compile(SIGNATURE)


def attributes(markup: str) -> Iterator[tuple[str, str]]:
    """Find each ``name: value``, wherever it stands in a tag.

    A name is looked at once and whole: one pattern for both would take long over many names without values.
    """
    position = 0
    while name := _ATTRIBUTE_NAME.search(markup, position):
        position = name.end()
        if value := _ATTRIBUTE_VALUE.match(markup, position):
            position = value.end()
            yield name[0], value[1]


def attribute(markup: str) -> tuple[str, str] | None:
    """Read a markup that is one ``name: value`` and nothing else."""
    name = _ATTRIBUTE_NAME.match(markup)
    value = _ATTRIBUTE_VALUE.fullmatch(markup, name.end()) if name else None
    return (name[0], value[1]) if name and value else None


def signature_before(pattern: re.Pattern[str], markup: str) -> tuple[str, re.Match[str]] | None:
    """Find the first signature that a pattern follows, each looked at once and whole."""
    for signature in _SIGNATURE.finditer(markup):
        if found := pattern.match(markup, signature.end()):
            return signature[0], found
    return None
