"""How quick a source has been, so that what is slow holds up no thread that others wait for."""

from __future__ import annotations

import math
from time import perf_counter

from webhook_server.profile.at_once import AT_ONCE_SECONDS, NEAR_SECONDS, SLOW_SECONDS


class Pace:
    """What is known of one source's pace; threads may share it, and none waits for another."""

    __slots__ = ("_is_local", "_since", "_slow_until", "_usual")

    def __init__(self, *, is_local: bool) -> None:
        self._is_local = is_local
        self._since = 0.0
        self._slow_until = 0.0
        self._usual = 0.0 if is_local else math.inf

    @property
    def is_slow(self) -> bool:
        """Tell whether it was slow a moment ago, or somebody waits for it too long already."""
        since, slow_until = self._since, self._slow_until
        if not since and not slow_until:
            return False
        now = perf_counter()
        return now < slow_until or (since > 0 and now - since > AT_ONCE_SECONDS)

    @property
    def is_near(self) -> bool:
        """Tell whether it usually answers sooner than another thread would wake up."""
        return self._usual <= NEAR_SECONDS

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
        """Note how long a lookup took."""
        if not self._is_local:
            self._usual = min(self._usual, seconds) * 0.9 + seconds * 0.1
        elif seconds >= AT_ONCE_SECONDS:
            self.note_slow()

    def note_slow(self) -> None:
        """Leave it for a while to threads that may wait."""
        self._slow_until = perf_counter() + SLOW_SECONDS
