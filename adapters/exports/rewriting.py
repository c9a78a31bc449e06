"""Files that Python's csv module reads, written anew for DuckDB: small ones many together."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from adapters.errors import SourceError
from adapters.exports.progress import Progress
from adapters.exports.reader import ExportFile

SMALL = 524_288
"""Bytes of a file up to which a table of its own costs more than Python's reading of its rows."""
TOGETHER = 32 * SMALL
"""Bytes of small files that share a table."""
ROWS_TOLD = 20_000


def together(exports: Iterable[ExportFile]) -> Iterator[list[ExportFile]]:
    """Yield the files in their order: small ones that follow each other together, others alone."""
    some: list[ExportFile] = []
    room = 0
    for export in exports:
        size = size_of(export)
        if size > min(room, SMALL):
            if some:
                yield some
            some, room = [], TOGETHER if size <= SMALL else 0
        some.append(export)
        room -= size
    if some:
        yield some


def size_of(export: ExportFile) -> int:
    """Answer the bytes of a file; none where it is gone, which whoever reads it says."""
    return export.path.stat().st_size if export.path.exists() else 0


class Rewriting:
    """One file for DuckDB: the number of a row's file, its line there, and the cells that are wanted."""

    def __init__(self, path: Path, cells: Sequence[str], progress: Progress) -> None:
        self._stream = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        self._cells = cells
        self._progress = progress
        self.rows: list[int] = []
        """Those of each file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def add(self, export: ExportFile, wanted: Mapping[str, str]) -> None:
        """Write the rows of the next file; of one that cannot be read to its end none, but its error."""
        self._stream.flush()
        start = self._stream.tell()
        try:
            self.rows.append(self._write(export, wanted))
        except SourceError:
            self._stream.seek(start)
            self._stream.truncate()
            raise

    def _write(self, export: ExportFile, wanted: Mapping[str, str]) -> int:
        names = list(export.header.names)
        # A row has no cell at -1 until an empty one is put there, for the columns that a file lacks.
        places = [names.index(wanted[cell]) if wanted.get(cell) else -1 for cell in self._cells]
        file, written = len(self.rows), 0
        for row in export.rows():
            row.cells.append("")
            self._writer.writerow([file, row.line, *(row.cells[place] for place in places)])
            written += 1
            if written % ROWS_TOLD == 0:
                self._progress.say("reading", f"{export.path.name}: {written:,} rows")
        return written
