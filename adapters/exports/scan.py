"""Looks once through the bytes of a file: is it text, and is it regular."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from adapters.errors import SourceDataError, SourceUnavailable
from adapters.exports import encoding as encodings
from adapters.exports.reader import LONGEST_LINE, ExportFile, too_long

CHUNK = 131_072
"""Bytes; a line that is longer is not regular: the csv module takes no cell of as many."""
JOINT = 1_024
"""Bytes on both sides of a chunk's edge that are looked at together."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the bytes are: their encoding, how many lines, and whether the file is regular.

    A regular file is UTF-8, all its lines end alike, and nothing in it is read in one way by one parser
    and in another by the next: no NUL, no row of empty cells alone.
    """

    encoding: str
    lines: int
    is_regular: bool


def scan(export: ExportFile, seen: Callable[[int], None] = lambda _size: None) -> Scan:
    """Look through a file; ``seen`` is told of every chunk's size.

    Raises SourceDataError where the bytes are no text, or a line is longer than LONGEST_LINE.
    """
    if export.encoding in encodings.ALL_UTF_16:
        return Scan(export.encoding, 0, is_regular=False)
    look = _Look(export)
    try:
        with export.path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                look.at(chunk)
                seen(len(chunk))
    except OSError as error:
        raise SourceUnavailable(f"{export.path} cannot be read: {error.strerror}") from None
    return look.result()


class _Look:
    def __init__(self, export: ExportFile) -> None:
        self._path = export.path
        delimiter = export.header.delimiter.encode()
        self._empty_row = b"\n" + delimiter * (len(export.header.names) - 1)
        self._empty_line = re.compile(re.escape(self._empty_row) + rb"[\r\n]")
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        # Of a single column, an empty row and an empty line look alike.
        self._is_utf_8, self._is_regular = True, len(export.header.names) > 1
        self._lines = self._since_break = self._returns = self._pairs = 0
        self._end = b""

    def at(self, chunk: bytes) -> None:
        """Look at the next part of the file."""
        self._measure(chunk)
        if self._is_utf_8 and not chunk.isascii():
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self._is_utf_8 = False
        if self._is_regular:
            self._is_regular = self._looks_regular(chunk)
        self._end = (self._end + chunk[-JOINT:])[-JOINT:]

    def _measure(self, chunk: bytes) -> None:
        breaks = chunk.count(b"\n")
        before = self._since_break + (chunk.find(b"\n") if breaks else len(chunk))
        if before > LONGEST_LINE:
            raise SourceDataError(too_long(self._path, self._lines + 1))
        self._is_regular = self._is_regular and before <= CHUNK
        self._lines += breaks
        self._since_break = len(chunk) - chunk.rfind(b"\n") - 1 if breaks else before

    def _looks_regular(self, chunk: bytes) -> bool:
        joint = self._end + chunk[:JOINT]
        if b"\r" in chunk or self._end.endswith(b"\r"):
            self._returns += chunk.count(b"\r")
            self._pairs += chunk.count(b"\r\n") + (joint[len(self._end) - 1 :].startswith(b"\r\n"))
        return not (b"\0" in chunk or self._has_empty_row(chunk) or self._has_empty_row(joint))

    def _has_empty_row(self, data: bytes) -> bool:
        return self._empty_row in data and self._empty_line.search(data) is not None

    def result(self) -> Scan:
        """Answer what was seen, at the end of the file."""
        if self._is_utf_8:
            try:
                self._decoder.decode(b"", True)
            except UnicodeDecodeError:
                self._is_utf_8 = False
        encoding = encodings.UTF_8
        if not self._is_utf_8:
            if not encodings.is_windows_text(self._path):
                raise SourceDataError(encodings.describe_error(self._path, encodings.UTF_8))
            encoding = encodings.CP1252
        breaks, lines = self._lines, self._lines + (self._since_break > 0)
        if self._end.endswith(self._empty_row):
            self._is_regular = False
        ends_alike = not self._returns or self._returns == self._pairs == breaks
        return Scan(encoding, lines, self._is_utf_8 and self._is_regular and ends_alike)
