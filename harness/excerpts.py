"""A piece of a body as it may be shown to anybody: its marks, a few words of servers, and nobody's text."""

from __future__ import annotations

import re

from harness.masking import MASK
from harness.text import printable

_SHOWN_BEFORE, _SHOWN_AFTER = 20, 60
_WORDS_OF_SERVERS = (
    "access|allowed|array|bad|call|callback|connection|content|database|denied|deprecated|error|"
    "exception|expired|failed|fatal|file|forbidden|found|function|gateway|in|index|internal|invalid|key|"
    "line|log|login|maintenance|method|missing|nan|none|no|not|notice|null|offset|on|page|password|php|"
    "please|proxy|request|required|server|service|session|sign|sorry|syntax|template|temporarily|time|"
    "timed|timeout|to|token|true|false|traceback|unauthorized|unavailable|undefined|unexpected|unknown|"
    "variable|warning|welcome"
)
"""Words of notices, errors and logins: they tell what went wrong, and of a person nothing."""

_KEPT = re.compile(
    rf"""{re.escape(MASK)}|\\.|"[A-Za-z_][\w-]*"(?=\s*:)|</?[A-Za-z][\w-]*"""
    rf"""|\b(?:{_WORDS_OF_SERVERS})\b""",
    re.IGNORECASE,
)


def excerpt(text: str, position: int = 0) -> str:
    """Give the shape of the piece around a position, at most 80 characters, in quotes, on one line.

    Letters are x and digits 0, but for keys, tags and words of servers: reports are published by CI, and a
    body may hold a customer's data.
    """
    start, end = max(0, position - _SHOWN_BEFORE), position + _SHOWN_AFTER
    piece = printable(" ".join(_shape(text[start:end]).split()))
    return f"“{'…' if start else ''}{piece}{'…' if end < len(text) else ''}”"


def _shape(text: str) -> str:
    pieces, done = [], 0
    for kept in _KEPT.finditer(text):
        pieces += [_masked(text[done : kept.start()]), kept[0]]
        done = kept.end()
    return "".join([*pieces, _masked(text[done:])])


def _masked(text: str) -> str:
    return "".join(_mask(letter) for letter in text)


def _mask(letter: str) -> str:
    if letter.isnumeric():
        return "0"
    if not letter.isalpha():
        return letter
    return "X" if letter.isupper() else "x"
