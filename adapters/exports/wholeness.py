"""Whether exports are whole: what was cut, emptied or half copied replaces no generation."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from adapters.errors import SourceDataError
from adapters.exports.files import Signature
from adapters.exports.generation import Generation
from adapters.exports.report import Report

NO_END = "its last line has no end: was it cut?"
"""Said of a file beside which there is none to be compared; some programs write no line break at the end."""
_CUT = "was it cut, or is it still being copied?"
_ACCEPT = "If it is right, run custom-profile index --accept"


def note_ends(report: Report) -> None:
    """Note of each file whether its last line ends."""
    for file in report.files:
        file.ends_whole = _ends_whole(Path(file.path))


def _ends_whole(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - 2))
            # In UTF-16 a line break has a NUL before or behind it.
            return stream.read().strip(b"\0")[-1:] in {b"\n", b"\r"}
    except OSError:
        return True  # whoever reads it says what is wrong


def refuse_halves(report: Report, signature: Signature, earlier: Generation) -> None:
    """Refuse files that look cut or emptied beside those of the generation that is served.

    A whole file may lack a line break at its end. So it counts as cut only where earlier exports had one, or
    where it has shrunk. Raises SourceDataError.
    """
    before = {file.path: file for file in earlier.report.files}
    sizes, earlier_sizes = _sizes(signature), _sizes(earlier.signature)
    kinds_that_end = {file.kind for file in earlier.report.files if file.ends_whole}
    for file in report.files:
        known = before.get(file.path)
        had_an_end = known.ends_whole if known else file.kind in kinds_that_end
        problem = ""
        if file.breaks_off is not None:
            problem = f"line {file.breaks_off}: the file breaks off there"
        elif not file.ends_whole and had_an_end:
            problem = "its last line has no end, as those of the exports before had"
        elif not file.ends_whole and sizes.get(file.path, 0) < earlier_sizes.get(file.path, 0):
            problem = "its last line has no end, and the file is smaller than before"
        elif known and known.good_rows and not file.good_rows:
            problem = f"it has no row that can be read, and had {known.good_rows:,} before"
        if problem:
            raise SourceDataError(f"{file.path}: {problem}; {_CUT} {_ACCEPT}")
    _refuse_emptied_kinds(report, earlier.report)


def _refuse_emptied_kinds(report: Report, earlier: Report) -> None:
    rows = _good_rows(report)
    for kind, count in _good_rows(earlier).items():
        if count and not rows[kind]:
            problem = f"no row that can be read is left, and there were {count:,}; {_CUT} {_ACCEPT}"
            raise SourceDataError(f"the exports of {kind}: {problem}")


def _sizes(signature: Signature) -> dict[str, int]:
    return {path: size for path, size, *_ in signature}


def _good_rows(report: Report) -> Counter[str]:
    counted: Counter[str] = Counter()
    for file in report.files:
        counted[file.kind] += file.good_rows
    return counted
