"""Messages between the pool and its children: JSON, with its length before it."""

from __future__ import annotations

import json
import struct
from datetime import date, datetime
from typing import Any

HEAD = struct.Struct(">I")
LARGEST = 64 * 2**20
"""Bytes of one message that the pool accepts from a child."""

_DATE, _TIME = "\0date", "\0time"
_READ = {_DATE: date.fromisoformat, _TIME: datetime.fromisoformat}
_MARK = json.dumps("\0")[1:-1].encode()


def packed(message: Any) -> bytes:
    """Write a message; raises ValueError, TypeError and RecursionError for what JSON cannot hold.

    A date, which JSON has not, goes as an object of one marked key; other values that it has not as text.
    """
    body = json.dumps(message, default=_marked).encode()
    return HEAD.pack(len(body)) + body


def unpacked(body: bytes) -> Any:
    """Read what followed a length."""
    return json.loads(body, object_hook=_unmarked if _MARK in body else None)


def _marked(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    return {_DATE: value.isoformat()} if isinstance(value, date) else str(value)


def _unmarked(found: dict[str, Any]) -> Any:
    """Read a marked date; an object of the data that only looks like one stays what it is."""
    if len(found) != 1:
        return found
    ((key, text),) = found.items()
    try:
        return _READ[key](text)
    except (KeyError, TypeError, ValueError):
        return found
