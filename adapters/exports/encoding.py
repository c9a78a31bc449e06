"""Which encoding a file is in, and where its bytes stop being text."""

from __future__ import annotations

import codecs
from pathlib import Path

CHUNK = 65_536


def detect(path: Path) -> str:
    """Name a file's encoding by its first bytes: UTF-16 with a byte-order mark, else UTF-8.

    Raises OSError where the file cannot be read.
    """
    with path.open("rb") as stream:
        start = stream.read(2)
    return "utf-16" if start in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"


def describe_error(path: Path, encoding: str) -> str:
    """Say which line and which byte of a file, both counted from 1, is the first that is no text.

    A decoding error met while reading counts from the beginning of a chunk that nobody knows, so the
    file is read once more.
    """
    kind = "UTF-16" if encoding == "utf-16" else "UTF-8"
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
