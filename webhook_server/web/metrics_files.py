"""The files in which workers count together, with their room on the disk reserved.

prometheus-client maps sparse files into memory: on a full disk, a write to them would end the worker.
"""

from __future__ import annotations

import os
from pathlib import Path

KINDS = ("counter", "gauge_livesum", "histogram")
"""As prometheus-client names the files of the kinds of metrics that there are here."""

LEAST = 1 << 16
"""Bytes of a file, as prometheus-client begins it."""

EACH_SOURCE = 8192
"""Bytes for the samples of one source: some 30, of less than 250 bytes."""


def reserve(folder: Path, sources: int) -> None:
    """Make this process's files, each as large as it can become. Raises OSError where there is no room."""
    # A cleaner of temporary folders may have taken it away.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    size = LEAST + sources * EACH_SOURCE
    for kind in KINDS:
        file = folder / f"{kind}_{os.getpid()}.db"
        if file.exists():
            continue
        # Under its name when it is whole: one that is empty or cut would spoil every worker's /metrics.
        made = file.with_suffix(".new")
        try:
            opened = os.open(made, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _fill(opened, size)
            finally:
                os.close(opened)
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
