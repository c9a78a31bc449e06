"""The files in which workers count together, with their room on the disk reserved.

prometheus-client maps sparse files into memory: on a full disk, a write to them would end the worker.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

KINDS = ("counter", "gauge_livesum", "histogram")
"""As prometheus-client names the files of the kinds of metrics that there are here."""

LEAST = 1 << 16
"""Bytes of a file, as prometheus-client begins it."""

EACH_SOURCE = 8192
"""Bytes for the samples of one source: some 30, of less than 250 bytes."""


NOWHERE = "/dev/null/metrics"
"""Where no folder can be made: stands for one where there is no place for temporary files."""


def make_folder() -> str:
    """Make a folder in which workers count together; where that cannot be, nothing is counted."""
    try:
        return mkdtemp(prefix="custom-profile-metrics-")
    except OSError:
        return NOWHERE


def reserve(folder: Path, sources: int) -> None:
    """Make this process's files, each as large as it can become. Raises OSError where there is no room."""
    # A cleaner of temporary folders may have taken it away.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    size = LEAST + sources * EACH_SOURCE
    for kind in KINDS:
        file = folder / f"{kind}_{os.getpid()}.db"
        if not file.exists():
            make_whole(file, size)


def make_whole(file: Path, size: int, write: Callable[[Path], object] = lambda _: None) -> None:
    """Put a file there when it is whole: with its room on the disk, and what ``write`` writes into it.

    One that is empty or cut would spoil every worker's /metrics. Raises OSError.
    """
    made = file.with_suffix(".new")
    try:
        opened = os.open(made, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _fill(opened, size)
        finally:
            os.close(opened)
        write(made)
        made.replace(file)
    except OSError:
        made.unlink(missing_ok=True)
        raise


def _fill(file: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
        return
    missing = size - os.fstat(file).st_size
    if missing > 0:
        os.lseek(file, 0, os.SEEK_END)
        os.write(file, bytes(missing))
