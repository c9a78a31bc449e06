"""What a compiler of exports answers, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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


def note_ends(report: Report) -> None:
    """Note of each file whether its last line ends."""
    for file in report.files:
        file.ends_whole = _ends_whole(Path(file.path))


def refuse_shortened(report: Report, earlier: Report) -> None:
    """Refuse files that look cut beside the earlier ones: without rows, or ending within a line.

    Both may be right: whoever builds the index by hand takes them as they are. Raises SourceDataError.
    """
    rows = {file.path: file.rows for file in earlier.files}
    end_whole = any(file.ends_whole for file in earlier.files)
    for file in report.files:
        if not file.rows and rows.get(file.path):
            problem = f"it has no row, and had {rows[file.path]:,} before"
        elif end_whole and not file.ends_whole:
            problem = "its last line has no end, as those of the exports before had"
        else:
            continue
        raise SourceDataError(
            f"{file.path}: {problem}; was it cut, or is it still being copied? "
            "If it is right, run custom-profile index"
        )


def _ends_whole(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - 2))
            return not {*stream.read()}.isdisjoint(b"\r\n")
    except OSError:
        return True  # whoever reads it says what is wrong
