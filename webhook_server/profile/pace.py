"""How quick a source has been, so that what is slow holds up no thread that others wait for."""

from __future__ import annotations

import math
from time import perf_counter

from webhook_server.profile.at_once import AT_ONCE_SECONDS, NEAR_SECONDS, SLOW_SECONDS

TRY_AGAIN, LONGEST_PAUSE = 0.25, 30.0
"""Seconds until a source that is too far away is tried again: twice as many each time, up to the second."""


class Pace:
    """What is known of one source's pace; threads may share it, and none waits for another."""

    __slots__ = ("_is_local", "_next_try", "_pause", "_since", "_slow_until", "_usual")

    def __init__(self, *, is_local: bool) -> None:
        self._is_local = is_local
        self._since = 0.0
        self._slow_until = 0.0
        self._usual = 0.0 if is_local else math.inf
        self._next_try = 0.0
        self._pause = TRY_AGAIN

    @property
    def is_slow(self) -> bool:
        """Tell whether it was slow a moment ago, or somebody waits for it too long already."""
        since, slow_until = self._since, self._slow_until
        if not since and not slow_until:
            return False
        now = perf_counter()
        return now < slow_until or (since > 0 and now - since > AT_ONCE_SECONDS)

    def may_be_asked_at_once(self) -> bool:
        """Tell whether it usually answers sooner than another thread would wake up.

        How long that takes is told only by a thread that need not wait for others; so now and then one
        request is let through to find out.
        """
        if self._usual <= NEAR_SECONDS:
            return True
        now = perf_counter()
        if now < self._next_try:
            return False
        self._next_try = now + self._pause
        return True

    def begin(self, now: float) -> bool:
        """Note when a local lookup begins, unless another is noted; whoever is told so ends it."""
        if self._since or not self._is_local:
            return False
        self._since = now
        return True

    def end(self) -> None:
        """Note that the lookup has ended that was noted."""
        self._since = 0.0

    def note(self, seconds: float) -> None:
        """Note how long a lookup took, wherever it was made."""
        if self._is_local and seconds >= AT_ONCE_SECONDS:
            self.note_slow()

    def note_at_once(self, seconds: float) -> None:
        """Note how long a lookup took that nothing but the source held up."""
        if self._is_local:
            return
        # One that the system held up says little: it takes three to tell that a source is far away.
        seconds = min(seconds, 4 * NEAR_SECONDS)
        self._usual = min(self._usual, seconds) * 0.9 + seconds * 0.1
        if self._usual > NEAR_SECONDS:
            self._next_try = perf_counter() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        else:
            self._pause = TRY_AGAIN

    def note_slow(self) -> None:
        """Leave a local one for a while to threads that may wait; one far away is tried again by itself."""
        if self._is_local:
            self._slow_until = perf_counter() + SLOW_SECONDS
