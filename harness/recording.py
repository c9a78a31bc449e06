"""Recordings: what a webhook answered, without the people it was about, to compare with later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.shapes import Shape


class RecordingError(Exception):
    """Raise for a file that is no recording; the message says what to do."""


def read_recording(path: Path) -> list[dict[str, Any]]:
    """Read the customers of a recording: each has ``email`` and ``fields``."""
    try:
        customers = json.loads(path.read_text(encoding="utf-8"))["customers"]
        if all(isinstance(each["fields"], dict) and isinstance(each["email"], str) for each in customers):
            return list(customers)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise RecordingError(f"{path} is no recording: make it with custom-profile record.")


def read_shape(path: Path) -> Shape:
    """Count keys and types in a recording."""
    return Shape.of(each["fields"] for each in read_recording(path))
