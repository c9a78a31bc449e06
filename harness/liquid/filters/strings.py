"""Filters on text. Whatever comes in is text first: nil is "", a list is written with its brackets."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

from harness.liquid.limits import check_length
from harness.liquid.patterns import BLANK, SPACE
from harness.liquid.values.numbers import to_integer
from harness.liquid.values.text import to_text

_SPACES = re.compile(rf"{SPACE}+")
_REFERENCE = re.compile(r"\\([0-9&`'\\])")
_LARGEST_SPLIT = 2**31 - 1


def downcase(value: Any) -> str:
    """Write in small letters, one by one: Ruby knows no final sigma."""
    text = to_text(value)
    return text.lower() if text.isascii() else "".join(map(str.lower, text))


def upcase(value: Any) -> str:
    """Write in capitals."""
    return to_text(value).upper()


def capitalize(value: Any) -> str:
    """Write the first character as a capital and all others small."""
    text = to_text(value)
    return text[:1].title() + downcase(text[1:])


def append(value: Any, string: Any) -> str:
    """Add text at the end."""
    return to_text(value) + to_text(string)


def prepend(value: Any, string: Any) -> str:
    """Add text at the beginning."""
    return to_text(string) + to_text(value)


def replace(value: Any, string: Any, replacement: Any = "") -> str:
    """Replace each occurrence; a backslash before a digit and the like means what it means to Ruby."""
    text, searched, new = to_text(value), to_text(string), to_text(replacement)
    count = text.count(searched)
    check_length(len(text) + count * max(0, len(new) - len(searched)))
    if "\\" in new:
        return _expanded(text, searched, new, count)
    return text.replace(searched, new)


def replace_first(value: Any, string: Any, replacement: Any = "") -> str:
    """Replace the first occurrence."""
    text, searched, new = to_text(value), to_text(string), to_text(replacement)
    return _expanded(text, searched, new, 1) if "\\" in new else text.replace(searched, new, 1)


def _expanded(text: str, searched: str, new: str, count: int) -> str:
    """Replace with a text whose backslashes refer to the match, as those of Ruby's ``gsub`` do."""
    parts, length = [], 0

    def expand(found: re.Match[str]) -> str:
        references = {
            "\\": "\\", "0": searched, "&": searched,
            "`": text[: found.start()], "'": text[found.end() :],
        }  # fmt: skip
        return _REFERENCE.sub(lambda each: references.get(each[1], ""), new)

    position = 0
    for found in itertools.islice(re.finditer(re.escape(searched), text), count):
        parts += [text[position : found.start()], expand(found)]
        position = found.end()
        length += sum(map(len, parts[-2:]))
        check_length(length)
    return "".join(parts) + text[position:]


def replace_last(value: Any, string: Any, replacement: Any) -> str:
    """Replace the last occurrence."""
    text, searched = to_text(value), to_text(string)
    start = text.rfind(searched)
    return text if start < 0 else text[:start] + to_text(replacement) + text[start + len(searched) :]


def remove(value: Any, string: Any) -> str:
    """Take out each occurrence."""
    return replace(value, string, "")


def remove_first(value: Any, string: Any) -> str:
    """Take out the first occurrence."""
    return replace_first(value, string, "")


def remove_last(value: Any, string: Any) -> str:
    """Take out the last occurrence."""
    return replace_last(value, string, "")


def strip(value: Any) -> str:
    """Take space off both ends."""
    return to_text(value).strip(BLANK)


def lstrip(value: Any) -> str:
    """Take space off the beginning."""
    return to_text(value).lstrip(BLANK)


def rstrip(value: Any) -> str:
    """Take space off the end."""
    return to_text(value).rstrip(BLANK)


def squish(value: Any) -> str | None:
    """Take space off both ends, and make one space of many within."""
    return None if value is None else _SPACES.sub(" ", to_text(value).strip(BLANK))


def split(value: Any, pattern: Any) -> list[str]:
    """Split at each occurrence; empty parts at the end are dropped, and " " splits at any space."""
    text, separator = to_text(value), to_text(pattern)
    if separator == " ":
        return [part for part in _SPACES.split(text) if part]
    parts = text.split(separator) if separator else list(text)
    while parts and not parts[-1]:
        parts.pop()
    return parts


def truncate(value: Any, length: Any = 50, ending: Any = "...") -> str | None:
    """Cut to a length, the ending included in it."""
    if value is None:
        return None
    text, most, end = to_text(value), to_integer(length), to_text(ending)
    return text[: max(0, most - len(end))] + end if len(text) > most else text


def truncatewords(value: Any, words: Any = 15, ending: Any = "...") -> str | None:
    """Cut to a number of words, at least one."""
    if value is None:
        return None
    text, most = to_text(value), max(1, to_integer(words))
    if most + 1 > _LARGEST_SPLIT:
        return text
    parts = _SPACES.split(text.lstrip(BLANK[:-1]), most)
    if len(parts) <= most:
        return text
    return " ".join(parts[:most]) + to_text(ending)


FILTERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        append, capitalize, downcase, lstrip, prepend, remove, remove_first, remove_last, replace,
        replace_first, replace_last, rstrip, split, squish, strip, truncate, truncatewords, upcase,
    )
}  # fmt: skip
