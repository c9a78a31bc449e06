"""What ended workers counted, put together: else each leaves files for good, and every scrape reads them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

from webhook_server.web.metrics_files import LEAST, make_whole

COUNTED = ("counter", "histogram")
"""Kinds of which the sum of all workers is told, those that ended among them."""

OF_THE_MOMENT = "gauge_livesum"
"""What only those say that live."""

AROUND = 28
"""Bytes that an entry takes in a file beside its key, at most."""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes from reading or merging there meanwhile. Raises OSError."""
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def put_together(folder: Path) -> None:
    """Keep of workers that have ended one file of each kind; where the disk has no room for it, theirs.

    Whoever calls it is alone_in the folder.
    """
    for file in _ended(folder, OF_THE_MOMENT):
        file.unlink(missing_ok=True)
    for kind in COUNTED:
        ended = _ended(folder, kind)
        if ended:
            with suppress(OSError):
                _merge([*folder.glob(f"{kind}_ended.db"), *ended], folder / f"{kind}_ended.db")
                for file in ended:
                    file.unlink()


def _merge(files: list[Path], into: Path) -> None:
    sums: dict[str, tuple[float, float]] = {}
    for file in files:
        for key, value, time, _ in MmapedDict.read_all_values_from_file(file):  # type: ignore[no-untyped-call]
            before, latest = sums.get(key, (0.0, 0.0))
            sums[key] = before + value, max(latest, time)

    def write(made: Path) -> None:
        kept = MmapedDict(made)  # type: ignore[no-untyped-call]
        for key, (value, time) in sums.items():
            kept.write_value(key, value, time)  # type: ignore[no-untyped-call]
        kept.close()  # type: ignore[no-untyped-call]

    make_whole(into, LEAST + sum(len(key.encode()) + AROUND for key in sums), write)


def _ended(folder: Path, kind: str) -> list[Path]:
    files = folder.glob(f"{kind}_[0-9]*.db")
    return [file for file in files if _has_ended(int(file.stem.rpartition("_")[2]))]


def _has_ended(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
