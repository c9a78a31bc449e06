"""Values as text, as Ruby's ``to_s`` and ``inspect`` write them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from harness.liquid.limits import LONGEST_TEXT, check_length, too_much

_ESCAPES = {
    '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t",
    "\f": "\\f", "\v": "\\v", "\b": "\\b", "\a": "\\a", "\x1b": "\\e",
}  # fmt: skip
_PLAIN = re.compile(r"[ !$-\[\]-~]*\Z")
_HIDDEN = {"Cc", "Cn", "Cs", "Zl", "Zp"}
_SCIENTIFIC = 1e15
_NEXT_LINE = "\x85"


def to_text(value: Any) -> str:
    """Write a value as Ruby does: nil is nothing, a hash is ``{"key"=>value}``."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return ""
    if kind is int:
        return integer_text(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is float:
        return float_text(value)
    return _rare_text(value)


def _rare_text(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return inspect(value)
    if isinstance(value, Decimal):
        return f"{value:f}" if "." in f"{value:f}" else f"{value:f}.0"
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat(' ', 'seconds')} {_zone_text(value)}"
    return str(value)


def _zone_text(moment: datetime) -> str:
    """Write the offset of a moment as Ruby's Time does; one without a zone counts as UTC."""
    return moment.strftime("%z") if moment.utcoffset() else "UTC"


def integer_text(number: int) -> str:
    """Write an integer; Python writes none of more than 4,300 digits."""
    try:
        return str(number)
    except ValueError:
        raise too_much("a number of more than 4,300 digits") from None


def float_text(number: float) -> str:
    """Write a float: ``1.0e+20`` where Python writes ``1e+20``, and whole ones from 1e15 on."""
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if math.isnan(number):
        return "NaN"
    text = repr(number)
    if text.endswith(".0") and abs(number) >= _SCIENTIFIC:
        digits = text.lstrip("-").removesuffix(".0").rstrip("0")
        sign = "-" if number < 0 else ""
        return f"{sign}{digits[0]}.{digits[1:] or '0'}e+{len(text.lstrip('-')) - 3}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"
    return text


def inspect(value: Any) -> str:
    """Write a value as it stands within a list or hash: text in quotes, nil as ``nil``."""
    parts, length = [], 0
    for part in _inspected(value):
        length += len(part)
        check_length(length)
        parts.append(part)
    return "".join(parts)


def _inspected(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield inspect_string(value)
    elif value is None:
        yield "nil"
    elif isinstance(value, list):
        yield "["
        for index, item in enumerate(value):
            yield ", " if index else ""
            yield from _inspected(item)
        yield "]"
    elif isinstance(value, dict):
        yield "{"
        for index, (key, item) in enumerate(value.items()):
            yield ", " if index else ""
            yield from _inspected(key)
            yield "=>"
            yield from _inspected(item)
        yield "}"
    else:
        yield to_text(value)


def inspect_string(text: str) -> str:
    """Write text in quotes, with Ruby's escapes."""
    check_length(len(text))
    if _PLAIN.match(text):
        return f'"{text}"'
    following = [*text[1:], ""]
    return '"' + "".join(map(_escaped, text, following)) + '"'


def _escaped(character: str, following: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character == "#" and following and following in "{$@":
        return "\\#"
    if unicodedata.category(character) not in _HIDDEN or character == _NEXT_LINE:
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\u{{{code:X}}}"


def pieces(value: Any) -> Iterator[str]:
    """Write what ``{{ value }}`` shows: a list item by item, without brackets."""
    if isinstance(value, list):
        for item in value:
            yield from pieces(item)
    else:
        yield to_text(value)


def shown(value: Any) -> str:
    """Write what ``{{ value }}`` shows, as one text."""
    parts, length = [], 0
    for part in pieces(value):
        length += len(part)
        if length > LONGEST_TEXT:
            check_length(length)
        parts.append(part)
    return "".join(parts)
