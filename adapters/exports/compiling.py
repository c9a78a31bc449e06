"""What a compiler of exports answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.exports.report import Report

Field = tuple[str, str]
"""A field's name and the kind of its value (see records.py)."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query of DuckDB's that gives each address once, ``email``, and its records as JSON, ``record``."""

    fields: Sequence[Field]
    query: str
    report: Report
