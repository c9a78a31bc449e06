"""How long whoever asks a source will wait: told to sources without another parameter."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

_due: ContextVar[float] = ContextVar("due", default=math.inf)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Let everything in the block end within so many seconds, or sooner where a limit around it says so."""
    token = _due.set(min(_due.get(), monotonic() + seconds))
    try:
        yield
    finally:
        _due.reset(token)


def seconds_left() -> float:
    """Answer how long the caller will still wait; infinite where nobody said."""
    return _due.get() - monotonic()
