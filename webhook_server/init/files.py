"""Writes files that are not there yet: all of them or none, and secrets for nobody else's eyes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

SECRET = 0o600
PUBLIC = 0o644


class ExistingFilesError(Exception):
    """Raised where files are there already; nothing was written."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = list(paths)
        super().__init__(", ".join(map(str, self.paths)))


def refuse_existing(paths: Iterable[Path]) -> None:
    """Raise ExistingFilesError where one of the paths exists, if only as a dangling link."""
    if existing := [path for path in paths if os.path.lexists(path)]:
        raise ExistingFilesError(existing)


def write_new(texts: Mapping[Path, str], secret: Path) -> None:
    """Write every text to its path; that of ``secret`` can be read by its owner alone, from the beginning.

    Raises ExistingFilesError where one of the paths exists and OSError where one cannot be written;
    whatever was written before is removed again.
    """
    refuse_existing(texts)
    for folder in {path.parent for path in texts}:
        folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    try:
        for path, text in texts.items():
            # Without O_EXCL a file made meanwhile, or a link laid there, would be written to.
            mode = SECRET if path == secret else PUBLIC
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            written.append(path)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise ExistingFilesError([Path(str(error.filename))]) from None
        raise
