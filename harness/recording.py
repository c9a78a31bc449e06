"""Recordings: what a webhook answered, without the people it was about, to compare with later."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.evidence import Evidence
from harness.people import Replacer
from harness.shapes import Shape


class RecordingError(Exception):
    """Raise for a file that is no recording; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Customers with ``email`` and ``fields``, and what was replaced.

    ``without`` counts addresses whose answer was no object, ``unknown`` those whose answer was an empty one;
    both are left out. ``done`` says for each key as what its values were replaced, or that they were kept.
    """

    customers: list[dict[str, Any]]
    without: int = 0
    unknown: int = 0
    done: dict[str, list[str]] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write it as a whole, or not at all; raises OSError."""
        document = {"customers": self.customers, "replaced": self.done}
        beside = path.with_name(f"{path.name}.part")
        beside.write_text(f"{json.dumps(document, ensure_ascii=False, indent=2)}\n", encoding="utf-8")
        beside.replace(path)


def record(evidence: Evidence, kept: Iterable[str] = ()) -> Recording:
    """Make a recording of what was seen, with people replaced; raises NoFakerError."""
    answered = [(each.email, each.reply.fields) for each in evidence.customers]
    found = [(email, fields) for email, fields in answered if fields]
    replacer = Replacer([fields for _, fields in found], kept)
    customers = [
        {"email": replacer.address(email), "fields": replacer.fields(fields)} for email, fields in found
    ]
    return Recording(
        customers,
        sum(fields is None for _, fields in answered),
        sum(fields == {} for _, fields in answered),
        {key: sorted(kinds) for key, kinds in replacer.done.items()},
    )


def read_shape(path: Path) -> Shape:
    """Count keys and types in a recording's file; raises RecordingError."""
    try:
        customers = json.loads(path.read_text(encoding="utf-8"))["customers"]
        fields = [each["fields"] for each in customers]
        if all(isinstance(each, dict) for each in fields):
            return Shape.of(fields)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise RecordingError(f"{path} is no recording: make it with custom-profile record.")
