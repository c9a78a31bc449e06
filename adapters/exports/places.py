"""Where the index of a source lives when settings name no place: on disk, and nobody else's to read."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from adapters.errors import SourceUnavailable

LASTING = Path("/var/tmp")  # noqa: S108 - a folder of our own within it, checked below
"""Where temporary files survive a restart, and are on disk rather than in memory."""


def default_folder() -> Path:
    """Answer the folder of this user's indexes: TMPDIR if that is set, else /var/tmp."""
    base = Path(tempfile.gettempdir())
    if base == Path("/tmp") and LASTING.is_dir() and os.access(LASTING, os.W_OK):  # noqa: S108
        base = LASTING
    return base / f"custom-profile-{os.getuid()}"


def make_private(folder: Path) -> None:
    """Make a folder that only this user can enter, or see that it is one.

    Raises SourceUnavailable where it cannot be made, or is somebody else's.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_own(folder):
            raise SourceUnavailable(f"{folder} is not a folder of this user: set index to another one")
        if stat.S_IMODE(folder.lstat().st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        problem = f"the index cannot be kept in {folder}: {error.strerror}; set index to a folder"
        raise SourceUnavailable(problem) from None


def is_own(folder: Path) -> bool:
    """Tell whether a folder is there and is this user's: what is in another's, others have written."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
