"""How workers keep memory: what the C library gives to threads, and what Python's collector looks through."""

from __future__ import annotations

import ctypes
import gc
import os
from contextlib import suppress

ARENAS = 2
"""Pools of memory that glibc may keep in a worker: by itself it makes up to eight for each processor.

One thread runs Python at a time, so that they hardly compete for memory; but what is freed in one pool
serves no thread of another, and a worker grows by it.
"""

_M_ARENA_MAX = -8
"""What glibc's <malloc.h> calls it."""


def share_memory() -> None:
    """Let this process and those that are forked from it share memory so, unless the environment chose.

    Does nothing where the C library is not glibc.
    """
    if "MALLOC_ARENA_MAX" not in os.environ:
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)


def set_aside_what_stays() -> None:
    """Let Python's collector of garbage look no more through what a worker is made of: that never ends."""
    gc.collect()
    gc.freeze()
