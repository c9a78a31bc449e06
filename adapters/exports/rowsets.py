"""The rows of all files of one kind together: each once, those that cannot be used set aside by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adapters.errors import SourceDataError
from adapters.exports.report import SHOWN, FileReport, RepeatedRows, SetAside
from adapters.exports.workshop import Loaded, Workshop

ROW_BITS = 30
"""Bits of a row's number, so that it fits into one integer with a time."""
MOST_ROWS = 2**ROW_BITS - 1


@dataclass(slots=True)
class RowSet:
    """The tables of one kind, newest file first, seen as one view of the kind's name.

    A row's number ``row`` orders it among all files; of rows with one ``id`` that are good, the first
    stands. ``name`` becomes a view of the rows that stand, ``all_<name>`` one of all rows.
    """

    workshop: Workshop
    name: str
    reports: list[FileReport] = field(default_factory=list)
    repeated: RepeatedRows = field(default_factory=RepeatedRows)
    _tables: list[tuple[Loaded, int]] = field(default_factory=list)
    """Each with the number of its first row."""

    def add(self, loaded: Loaded, reports: Sequence[FileReport]) -> None:
        """Add the table of the next files. Raises SourceDataError where there are too many rows."""
        start = sum(table.rows for table, _ in self._tables)
        if start + loaded.rows > MOST_ROWS:
            raise SourceDataError(f"{reports[-1].path}: with it there are more than {MOST_ROWS:,} rows")
        self._tables.append((loaded, start))
        self.reports += reports

    def unite(self) -> None:
        """Make the views, and find out which rows repeat others."""
        parts, first = [], 0
        for loaded, start in self._tables:
            own = "* EXCLUDE (file)" if loaded.file == "file" else "*"
            number = f"{loaded.file} + {first} AS file"
            parts.append(f"SELECT {own}, {number}, rowid + {start} AS row FROM {loaded.table}")
            first += len(loaded.files)
        self.workshop.run(f"CREATE VIEW all_{self.name} AS {' UNION ALL '.join(parts)}")
        repeats = self._repeats()
        without = f" AND row NOT IN (SELECT row FROM {repeats})" if repeats else ""
        self.workshop.run(
            f"CREATE VIEW {self.name} AS SELECT * FROM all_{self.name} WHERE reason IS NULL{without}"
        )

    def _repeats(self) -> str:
        """Make a table of the rows that repeat an id, and answer its name; "" where there are none."""
        good = f"FROM all_{self.name} WHERE reason IS NULL AND id <> ''"
        twice = f"SELECT hash(id) AS hashed {good} GROUP BY hashed HAVING count(*) > 1"
        self.workshop.run(f"CREATE TABLE twice_{self.name} AS {twice}")
        if not self._count(f"FROM twice_{self.name}"):
            return ""
        self.workshop.run(
            f"CREATE TABLE repeated_{self.name} AS SELECT row, file = first AS within FROM ("
            "SELECT row, file, row_number() OVER same AS number, first_value(file) OVER same AS first "
            f"{good} AND hash(id) IN (SELECT hashed FROM twice_{self.name}) "
            "WINDOW same AS (PARTITION BY id ORDER BY row)) WHERE number > 1"
        )
        within = self._count(f"FROM repeated_{self.name} WHERE within")
        self.repeated = RepeatedRows(self._count(f"FROM repeated_{self.name}") - within, within)
        return f"repeated_{self.name}"

    def _count(self, rest: str) -> int:
        found = self.workshop.run(f"SELECT count(*) {rest}").fetchone()
        return int(found[0]) if found else 0

    def note_set_aside(self) -> None:
        """Put the rows that have a reason into the reports."""
        self.note(f"SELECT file, row, reason FROM all_{self.name} WHERE reason IS NOT NULL")

    def note_without_address(self, condition: str, reason: str) -> None:
        """Put the rows that stand and fulfil a condition into the reports, with one reason for all."""
        self.note(f"SELECT file, row, {reason!r} AS reason FROM {self.name} WHERE {condition}")

    def note(self, query: str) -> None:
        """Put rows into the reports: the query gives their ``file``, ``row`` and ``reason``.

        A column of ours in braces is called there what the file calls it: ``its {created} is odd``.
        """
        counted = f"SELECT file, reason, count(*) FROM ({query}) GROUP BY ALL ORDER BY file, reason"
        counts = list(self.workshop.rows(counted))
        for file, reason, rows in counts:
            report = self.reports[file]
            report.set_aside.count(_named(reason, report), rows)
        named = (
            f"SELECT file, row, reason FROM ({query}) "
            f"QUALIFY row_number() OVER (PARTITION BY file ORDER BY row) <= {SHOWN} ORDER BY row"
        )
        found = list(self.workshop.rows(named)) if counts else []
        lines = self._lines([row for _, row, _ in found])
        for (file, _, reason), line in zip(found, lines, strict=True):
            report = self.reports[file]
            report.set_aside.shown.append(SetAside(Path(report.path).name, line, _named(reason, report)))
        for file in {file for file, *_ in found}:
            shown = self.reports[file].set_aside.shown
            shown.sort(key=lambda row: row.line)
            del shown[SHOWN:]

    def _lines(self, rows: Sequence[int]) -> Iterator[int]:
        """Yield the lines of rows, which are in order."""
        for loaded, start in self._tables:
            own = [row - start for row in rows if start <= row < start + loaded.rows]
            if not loaded.lines:
                yield from (loaded.first_line + row for row in own)
            elif own:
                asked = f"SELECT line FROM {loaded.lines} WHERE rowid IN (SELECT unnest(?)) ORDER BY rowid"
                yield from (line for (line,) in self.workshop.run(asked, [own]).fetchall())


def _named(reason: str, report: FileReport) -> str:
    return re.sub(r"\{(\w+)\}", lambda ours: report.columns.get(ours[1], ours[0]), reason)
