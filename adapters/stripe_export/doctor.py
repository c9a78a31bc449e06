"""Looks at exports file by file: what each one is, what was read of it, and what was not."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.errors import SourceError
from adapters.exports import files
from adapters.exports.progress import Progress
from adapters.exports.reader import ExportFile
from adapters.exports.report import Report
from adapters.exports.rewriting import together
from adapters.exports.wholeness import note_ends
from adapters.exports.workshop import Workshop
from adapters.stripe_export.compile import Compilation
from adapters.stripe_export.kinds import KINDS, open_as
from adapters.stripe_export.other_exports import OtherExportError


@dataclass(slots=True)
class Diagnosis:
    """What was found: the report of the files that can be read, and why others cannot.

    ``passed_over`` are files of which nothing is read, and what they are exports of.
    """

    report: Report = field(default_factory=Report)
    unread: dict[str, str] = field(default_factory=dict)
    passed_over: dict[str, str] = field(default_factory=dict)

    @property
    def is_doubtful(self) -> bool:
        """Tell whether rows were set aside, dates guessed, files passed over or perhaps cut."""
        return bool(self.passed_over) or any(file.is_doubtful for file in self.report.files)

    def as_json(self) -> dict[str, Any]:
        """Write it as data for JSON."""
        report = self.report
        return {
            "rows": report.rows,
            "set_aside": report.set_aside,
            **report.as_json(),
            "passed_over": self.passed_over,
            "unread": [{"path": path, "problem": problem} for path, problem in self.unread.items()],
        }


def diagnose(
    patterns: Sequence[str], *, test_mode: bool = False, progress: Progress | None = None
) -> Diagnosis:
    """Read all files that paths, folders and globs name; one that cannot be read hides no other."""
    diagnosis = Diagnosis()
    opened = _open(patterns, diagnosis)
    with tempfile.TemporaryDirectory(prefix="custom-profile-doctor-") as folder:
        workshop = Workshop(Path(folder), progress=progress)
        try:
            _read(workshop, opened, diagnosis, test_mode=test_mode)
        except SourceError as error:
            diagnosis.unread[", ".join(patterns)] = str(error)
        finally:
            workshop.close()
    return diagnosis


def _read(
    workshop: Workshop, opened: Mapping[str, Sequence[ExportFile]], diagnosis: Diagnosis, *, test_mode: bool
) -> None:
    def failed(export: ExportFile, error: SourceError) -> None:
        diagnosis.unread[str(export.path)] = str(error)

    compilation = Compilation(workshop, test_mode=test_mode, failed=failed)
    for name in KINDS:
        for exports in together(opened[name]):
            compilation.add(name, exports)
    diagnosis.report = Report(compilation.reports)
    if not diagnosis.report.files:
        return
    compiled = compilation.finish()
    diagnosis.report = compiled.report
    note_ends(compiled.report)
    counted = workshop.run(f"SELECT count(*) FROM ({compiled.query})").fetchone()
    diagnosis.report.addresses = counted[0] if counted else 0


def _open(patterns: Sequence[str], diagnosis: Diagnosis) -> dict[str, list[ExportFile]]:
    found = []
    for pattern in patterns:
        paths = files.find(pattern)
        passed_over = {
            str(path): f"it is not read: {why}" for path, why in files.passed_over(pattern).items()
        }
        diagnosis.unread |= passed_over
        if not paths and not passed_over:
            diagnosis.unread[pattern] = f"no file is there at {pattern}"
        found += paths
    opened: dict[str, list[ExportFile]] = {name: [] for name in KINDS}
    for path in files.newest_first(list(dict.fromkeys(found))):
        try:
            name, export = open_as("", path)
            opened[name].append(export)
        except OtherExportError as error:
            diagnosis.passed_over[str(path)] = error.kind
        except SourceError as error:
            diagnosis.unread[str(path)] = str(error)
    return opened
