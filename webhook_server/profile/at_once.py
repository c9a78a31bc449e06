"""Answers that a thread may give which must not wait, because others wait for it."""

from __future__ import annotations

AT_ONCE_SECONDS = 0.02
"""How long a local source may hold up a thread that must not wait: a lookup takes a hundredth of it."""

NEAR_SECONDS = 0.001
"""What a remote source that is asked so usually takes, lookup and all: to wait for it costs less than to
wake another thread. One that is farther away is waited for in threads, many at a time."""

SLOW_SECONDS = 5.0
"""For how long a source that took longer is asked only by threads that may wait."""


class WouldWaitError(Exception):
    """Raised in the place of an answer that may take longer: ask again in a thread that may wait.

    Nothing was counted, and no source is the worse for it. ``for_sources`` says that it is sources which are
    waited for, and not somebody else's code.
    """

    def __init__(self, *, for_sources: bool = True) -> None:
        super().__init__()
        self.for_sources = for_sources
