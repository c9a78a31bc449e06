"""One builder at a time: a lock that the system takes back when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "lock"
ASIDE = "building-"
"""How the name of a folder begins in which a build is made."""


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


def remove_left_over(place: Path) -> None:
    """Remove what builders that were killed left; whoever calls holds the lock, so nobody else builds."""
    for folder in place.glob(f"{ASIDE}*"):
        shutil.rmtree(folder, ignore_errors=True)


def tidy_up(place: Path) -> None:
    """Remove what a builder left that was ended, unless another one is at work already."""
    if any(place.glob(f"{ASIDE}*")):
        with suppress(OSError), only_builder(place) as is_ours:
            if is_ours:
                remove_left_over(place)
