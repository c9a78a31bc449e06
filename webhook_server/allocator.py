"""How the C library of the workers shares out memory among threads."""

from __future__ import annotations

import os

ARENAS = 2
"""Pools of memory that glibc may keep in a worker: by itself it makes up to eight for each processor.

One thread runs Python at a time, so that they hardly compete for memory; but what is freed in one pool
serves no thread of another, and a worker grows by it.
"""


def share_memory() -> None:
    """Let processes that are started from here on share memory so, unless the environment says otherwise."""
    os.environ.setdefault("MALLOC_ARENA_MAX", str(ARENAS))
