"""One builder at a time: a lock that the system takes back when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "lock"


class BusyError(Exception):
    """Raise where another process builds the same index just now."""


@contextmanager
def only_builder(place: Path) -> Iterator[bool]:
    """Hold the lock of a folder's index while the block runs; yield whether it could be had.

    The file stays: to remove it would let two hold two locks of one name.
    """
    descriptor = os.open(place / NAME, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def is_being_built(place: Path) -> bool:
    """Tell whether anybody holds the lock of a folder's index."""
    if not (place / NAME).exists():
        return False
    with only_builder(place) as is_free:
        return not is_free
