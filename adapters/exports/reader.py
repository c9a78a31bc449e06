"""Reads one exported file: its encoding, its delimiter, its header, its rows.

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

DELIMITERS = (",", ";", "\t")
LONGEST_FIELD = 131_072
"""Characters; the csv module's own default, beyond which a quote was probably never closed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the number of its last line in the file, and its cells by the header's own names."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that was not read, and why; ``reason`` holds no value of the row."""

    file: str
    line: int
    reason: str


@dataclass(slots=True)
class ExportFile:
    """One CSV file on disk, read row by row."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]
    set_aside: list[SetAside] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Yield the rows; those that do not fit the header are added to ``set_aside``.

        Raises SourceDataError where a quote is opened and never closed, or the bytes are not text.
        """
        with _opened(self.path, self.encoding) as stream:
            reader = csv.reader(stream, delimiter=self.delimiter, strict=True)
            try:
                next(reader)
                for cells in reader:
                    if not any(cells):
                        continue
                    if len(cells) != len(self.header):
                        reason = f"it has {len(cells)} cells, the header {len(self.header)}"
                        self.put_aside(reader.line_num, reason)
                        continue
                    yield Row(reader.line_num, dict(zip(self.header, cells, strict=False)))
            except csv.Error as error:
                problem = f"{self.path}: line {reader.line_num}: {error}; is a quote opened and never closed?"
                raise SourceDataError(problem) from None
            except UnicodeDecodeError:
                raise SourceDataError(encodings.describe_error(self.path, self.encoding)) from None

    def put_aside(self, line: int, reason: str) -> None:
        """Count one row as not read."""
        self.set_aside.append(SetAside(self.path.name, line, reason))


def open_export(path: Path) -> ExportFile:
    """Read what kind of text a file is, and its header.

    Raises SourceUnavailable where the file cannot be opened, and SourceDataError where it is empty,
    is no text, or names a column twice.
    """
    try:
        encoding = encodings.detect(path)
    except OSError as error:
        raise SourceUnavailable(f"{path} cannot be read: {error.strerror}") from None
    with _opened(path, encoding) as stream:
        try:
            first = stream.readline(LONGEST_FIELD)
        except UnicodeDecodeError:
            raise SourceDataError(encodings.describe_error(path, encoding)) from None
    if not first.strip():
        raise SourceDataError(f"{path} is empty: export it again")
    delimiter = max(DELIMITERS, key=first.count)
    header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
    twins = sorted({name for name in header if name and header.count(name) > 1})
    if twins:
        raise SourceDataError(f"{path}: line 1: more than one column is named {', '.join(twins)}")
    return ExportFile(path, encoding, delimiter, header)


def _opened(path: Path, encoding: str) -> TextIO:
    try:
        return path.open(encoding=encoding, newline="")
    except OSError as error:
        raise SourceUnavailable(f"{path} cannot be read: {error.strerror}") from None
