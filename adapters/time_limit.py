"""How long whoever asks a source will wait: told to sources without another parameter."""

from __future__ import annotations

import math
from contextvars import ContextVar
from time import monotonic

_due: ContextVar[float] = ContextVar("due", default=math.inf)


class time_limit:  # noqa: N801 - used like the function that contextlib would make of it, at half the cost
    """Let everything in the block end within so many seconds, or sooner where a limit around it says so."""

    __slots__ = ("_seconds", "_token")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._token = _due.set(min(_due.get(), monotonic() + self._seconds))

    def __exit__(self, *_: object) -> None:
        _due.reset(self._token)


def seconds_left() -> float:
    """Answer how long the caller will still wait; infinite where nobody said."""
    return _due.get() - monotonic()
