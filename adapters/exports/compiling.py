"""What a compiler of exports answers, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.errors import SourceDataError
from adapters.exports.reader import ExportFile
from adapters.exports.report import Report

Field = tuple[str, str]
"""A field's name and the kind of its value (see records.py)."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query of DuckDB's that gives each address once, ``email``, and its records as JSON, ``record``."""

    fields: Sequence[Field]
    query: str
    report: Report


def refuse_broken_off(export: ExportFile, *, allowed: bool) -> None:
    """Refuse a file whose last row breaks off, unless that is all there is.

    It was cut, or is still being copied: what was read before is better. Raises SourceDataError.
    """
    if export.breaks_off is not None and not allowed:
        where = f"{export.path}: line {export.breaks_off}"
        raise SourceDataError(f"{where}: the file breaks off there; was it cut, or is it still being copied?")
