"""Finds the header of an exported file, also below a title, and what separates its columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.errors import SourceDataError

DELIMITERS = (",", ";", "\t")
LOOKED_AT = 65_536
"""Bytes at the beginning of a file among which a header is looked for."""
LINES_ABOVE = 20
"""Lines that may stand above the header."""

Recognises = Callable[[Sequence[str]], bool]
"""Tells whether these names are a header."""


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns, what separates them, and the number of their line, counted from 1."""

    names: Sequence[str]
    delimiter: str
    line: int


def find_header(path: Path, encoding: str, recognises: Recognises) -> Header:
    """Find the first line that is a header; the first line of the file where none is.

    Raises OSError where the file cannot be read, and SourceDataError where it is empty or a column is
    named twice.
    """
    lines = _first_lines(path, encoding)
    # A blank line may stand above a header; a blank file is none.
    if not any(line.strip() for line in lines):
        raise SourceDataError(f"{path} is empty: export it again")
    for number, line in enumerate(lines[: LINES_ABOVE + 1], 1):
        for delimiter in DELIMITERS:
            names = _names(line, delimiter)
            if recognises(names):
                return _checked(path, Header(names, delimiter, number))
    delimiter = max(DELIMITERS, key=lines[0].count)
    return _checked(path, Header(_names(lines[0], delimiter), delimiter, 1))


def _first_lines(path: Path, encoding: str) -> list[str]:
    with path.open("rb") as stream:
        start = stream.read(LOOKED_AT)
        is_whole = not stream.read(1)
    # A letter may be cut in two at the end; what is no text is told when the whole file is read.
    lines = re.split(r"\r\n|\n|\r", start.decode(encoding, errors="replace"))
    return lines if is_whole or len(lines) < 2 else lines[:-1]


def _names(line: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return [line]


def _checked(path: Path, header: Header) -> Header:
    names = header.names
    twins = sorted({name for name in names if name and names.count(name) > 1})
    if twins:
        where = f"{path}: line {header.line}"
        raise SourceDataError(f"{where}: more than one column is named {', '.join(twins)}")
    return header
