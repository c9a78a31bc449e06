"""Messages between the pool and its children: JSON, with its length before it."""

from __future__ import annotations

import json
import struct
from typing import Any

HEAD = struct.Struct(">I")
LARGEST = 64 * 2**20
"""Bytes of one message that the pool accepts from a child."""


def packed(message: Any) -> bytes:
    """Write a message."""
    body = json.dumps(message).encode()
    return HEAD.pack(len(body)) + body


def unpacked(body: bytes) -> Any:
    """Read what followed a length."""
    return json.loads(body)
