"""Reads one exported file row by row with Python's own csv module, whatever it looks like.

Nothing is dropped unseen: a row that cannot be read is set aside with its line and the reason.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from adapters.errors import SourceDataError, SourceUnavailable
from adapters.exports import encoding as encodings
from adapters.exports.header import Header, Recognises, find_header
from adapters.exports.report import SetAside, SetAsideRows

LONGEST_LINE = 1_048_576
"""Bytes or characters of a line, beyond which its line breaks were probably lost."""
BAD_QUOTE = "a quote is where none may be"
LONG_CELL = f"a cell is longer than {csv.field_size_limit():,} characters"


NO_LETTER = "\ufffd"
"""What stands for a byte that is no text."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the number of its last line in the file, and its cells."""

    line: int
    cells: list[str]


@dataclass(slots=True)
class ExportFile:
    """One CSV file on disk; ``breaks_off`` is told after its rows were read.

    It is the line of a last row that has no line end and too few cells: a file that was cut, or is still
    being copied.
    """

    path: Path
    encoding: str
    header: Header
    recognises: Recognises
    set_aside: SetAsideRows = field(default_factory=SetAsideRows)
    breaks_off: int | None = None

    def rows(self) -> Iterator[Row]:
        """Yield the rows; those that do not fit the header are added to ``set_aside``.

        Raises SourceDataError where a quote is opened and never closed, a line is too long, or the bytes
        are not text.
        """
        width = len(self.header.names)
        with opened(self.path, self.encoding) as stream:
            lines = _Lines(self.path, stream)
            # A blank before a quote is no part of the cell, nor does it make the quote one.
            reader = csv.reader(lines, delimiter=self.header.delimiter, skipinitialspace=True, strict=True)
            try:
                for _ in range(self.header.line):
                    next(lines)
                while (cells := self._next(reader, lines)) is not None:
                    if len(cells) == width:
                        if any(cells):
                            yield Row(lines.count, cells)
                    elif any(cells):
                        if len(cells) < width and not lines.last.endswith(("\n", "\r")):
                            self.breaks_off = lines.count
                        reason = f"it has {len(cells)} cells, the header {width}"
                        self.set_aside.add(SetAside(self.path.name, lines.count, reason))
            except UnicodeDecodeError:
                raise SourceDataError(encodings.describe_error(self.path, self.encoding)) from None

    def _next(self, reader: Iterator[list[str]], lines: _Lines) -> list[str] | None:
        """Answer the cells of the next row, None at the end; lines with a bad quote are set aside.

        After a bad quote nothing tells where rows end but the ends of lines, so each of the lines that were
        read for the row counts as one. Raises SourceDataError where a quote's end is not found.
        """
        while True:
            first = lines.count + 1
            try:
                return next(reader, None)
            except csv.Error as error:
                is_long = "field limit" in str(error)
                if lines.is_over or (is_long and lines.count > first):
                    problem = f"{self.path}: line {first}: a quote is opened and never closed"
                    raise SourceDataError(problem) from None
                for line in range(first, lines.count + 1):
                    self.set_aside.add(SetAside(self.path.name, line, LONG_CELL if is_long else BAD_QUOTE))


class _Lines:
    """The lines of a text, counted, none of them longer than LONGEST_LINE."""

    def __init__(self, path: Path, stream: TextIO) -> None:
        self._path = path
        self._stream = stream
        self.count = 0
        self.last = ""
        self.is_over = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LONGEST_LINE + 1)
        if not line:
            self.is_over = True
            raise StopIteration
        self.count += 1
        if len(line) > LONGEST_LINE:
            raise SourceDataError(too_long(self._path, self.count))
        self.last = line
        return line


def too_long(path: Path, line: int) -> str:
    """Say that a line is too long to be one."""
    limit = f"more than {LONGEST_LINE:,} characters long"
    return f"{path}: line {line}: it is {limit}; were the line breaks lost? Export the file again"


def open_export(path: Path, recognises: Recognises, encoding: str = "") -> ExportFile:
    """Find out what kind of text a file is, unless that is known, and its header.

    Raises SourceUnavailable where the file cannot be opened, and SourceDataError where it is empty, no CSV
    or names a column twice.
    """
    try:
        if form := encodings.other_form_of(path):
            raise SourceDataError(f"{path} is {form}")
        detected = encoding or encodings.detect(path)
        header = find_header(path, detected, recognises)
        is_odd = any(NO_LETTER in name for name in header.names)
        if not encoding and detected == encodings.UTF_8 and is_odd and encodings.is_windows_text(path):
            detected = encodings.CP1252  # names are looked for before the whole file is looked through
            header = find_header(path, detected, recognises)
        return ExportFile(path, detected, header, recognises)
    except OSError as error:
        raise SourceUnavailable(f"{path} cannot be read: {error.strerror}") from None


def opened(path: Path, encoding: str) -> TextIO:
    """Open a file as text, its line ends as they are. Raises SourceUnavailable."""
    try:
        return path.open(encoding=encoding, newline="")
    except OSError as error:
        raise SourceUnavailable(f"{path} cannot be read: {error.strerror}") from None
