"""Which encoding a file is in, and where its bytes stop being text."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

CHUNK = 65_536
UTF_8, UTF_16, CP1252 = "utf-8-sig", "utf-16", "cp1252"
"""Python's names; the first two read a byte-order mark away."""

UTF_16_LE, UTF_16_BE = "utf-16-le", "utf-16-be"
"""Without a byte-order mark, as ``iconv -t UTF-16LE`` writes it."""
ALL_UTF_16 = {UTF_16, UTF_16_LE, UTF_16_BE}

NAMES = {UTF_8: "UTF-8", CP1252: "Windows-1252"} | dict.fromkeys(ALL_UTF_16, "UTF-16")

_SEVERAL_BYTES = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NOT_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_CUT_OFF = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z")


def detect(path: Path) -> str:
    """Name a file's encoding by its first bytes: UTF-16 that begins with its mark or with ASCII, else UTF-8.

    Raises OSError where the file cannot be read.
    """
    with path.open("rb") as stream:
        start = stream.read(8)
    if start[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return UTF_16
    zeros = (set(start[::2]) == {0}, set(start[1::2]) == {0})
    return {(False, True): UTF_16_LE, (True, False): UTF_16_BE}.get(zeros, UTF_8)


_OTHER_FORMS = {
    b"PK\x03\x04": "a workbook or an archive: save or unpack it as CSV",
    b"\xd0\xcf\x11\xe0": "a workbook: save it as CSV",
    b"\x1f\x8b": "compressed: unpack it",
    b"%PDF": "a PDF: export CSV",
    codecs.BOM_UTF32_LE: "in UTF-32: save it as UTF-8",
    codecs.BOM_UTF32_BE: "in UTF-32: save it as UTF-8",
    b"<!DOCTYPE": "a web page; was the page saved in the place of the export? Export it again",
    b"<!doctype": "a web page; was the page saved in the place of the export? Export it again",
    b"<html": "a web page; was the page saved in the place of the export? Export it again",
}
"""How files begin that are no CSV whatever their name says, and what they are."""


def other_form_of(path: Path) -> str:
    """Say what a file is that is no text with columns; "" where its first bytes may be that.

    Raises OSError where the file cannot be read.
    """
    with path.open("rb") as stream:
        start = stream.read(512).lstrip()
    return next((told for form, told in _OTHER_FORMS.items() if start.startswith(form)), "")


def is_windows_text(path: Path) -> bool:
    """Tell whether a file that is not UTF-8 is Windows-1252, as Excel saves it in many languages.

    Not if a letter of several bytes is in it, which is UTF-8 with something broken; nor if only its end
    is odd, which is UTF-8 that breaks off; nor if a byte means nothing there.
    """
    several, end = False, b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            if _SEVERAL_BYTES.search(end[-3:] + chunk) or _NOT_IN_CP1252.search(chunk):
                return False
            several = several or not (end[-3:] + chunk)[:-3].isascii()
            end = end[-3:] + chunk
    return several or not _CUT_OFF.search(end)


def describe_error(path: Path, encoding: str) -> str:
    """Say which line and which byte of a file, both counted from 1, is the first that is no text.

    A decoding error met while reading counts from the beginning of a chunk that nobody knows, so the
    file is read once more.
    """
    kind = NAMES[encoding]
    found = _first_error(path, encoding)
    if found is None:
        return f"{path} is not {kind}, or was changed while it was read; save the export as UTF-8"
    line, byte = found
    return f"{path}: line {line}: byte {byte} of the file is not {kind}; save the export as UTF-8"


def _first_error(path: Path, encoding: str) -> tuple[int, int] | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line, end = 1, 0
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(CHUNK)
            end += len(chunk)
            try:
                line += decoder.decode(chunk, not chunk).count("\n")
            except UnicodeDecodeError as error:
                # What was being decoded ends where the chunk ends, and may begin in the chunk before.
                good = error.object[: error.start].decode(error.encoding)
                return line + good.count("\n"), end - len(error.object) + error.start + 1
            if not chunk:
                return None
