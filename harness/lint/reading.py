"""What the passes over a template share: its text, its outline, and the profiles it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.lint.findings import Finding
from harness.lint.outline import Outline, read_outline
from harness.lint.source import Source

Profiles = Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class Reading:
    """A template read once; every pass adds its findings."""

    source: Source
    outline: Outline
    profiles: Profiles
    findings: list[Finding] = field(default_factory=list)


def read(text: str, profiles: Profiles) -> Reading:
    """Read a template."""
    return Reading(Source(text), read_outline(text), profiles)
