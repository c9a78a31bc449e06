"""When a service is asked once more, and when it is left alone because it asked for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic, sleep

import httpx

from adapters.errors import SourceUnavailable
from adapters.time_limit import seconds_left
from adapters.web.client import Answer
from adapters.web.failures import told_of

LONGEST_REST = 60.0
"""Seconds for which a service is left alone at most, whatever it asks for."""

PAUSE = 0.05
"""Seconds before a service is asked once more that gives none."""

TOO_MANY = 429
AWAY = (502, 503, 504)
"""Statuses of a service, or of what stands before it, that may be gone with the next question."""

_BROKEN_OFF = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
"""What happens on a kept connection that the service closes just now."""


class Patience:
    """What one service asked for, in this process."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._due = 0.0

    def _check(self) -> None:
        left = self._due - monotonic()
        if left > 0:
            raise SourceUnavailable(f"{self._host} wants to be left alone for another {left:.0f} s")

    def ask(self, ask: Callable[[], Answer], *, again: bool) -> Answer:
        """Ask the service, and with ``again`` once more where that may help and there is time.

        Raises SourceUnavailable, also while the service wants to be left alone.
        """
        self._check()
        while True:
            try:
                with told_of(self._host):
                    answer = ask()
            except SourceUnavailable as error:
                if not again or not isinstance(error.__context__, _BROKEN_OFF) or seconds_left() <= 0:
                    raise
            else:
                if not self._wait(answer.status, answer.headers, again=again):
                    return answer
            again = False

    def _wait(self, status: int, headers: Mapping[str, str], *, again: bool) -> bool:
        """Wait for the time at which to ask once more, and tell whether to.

        Not where that would take more than half of the time that the caller has, nor unless ``again``; then
        the service is left alone for as long as it asks.
        """
        if status != TOO_MANY and status not in AWAY:
            return False
        asked = _asked_for(headers.get("retry-after", ""))
        seconds = (PAUSE if status in AWAY else 1.0) if asked is None else asked
        if again and seconds <= seconds_left() / 2:
            sleep(seconds)
            return True
        if asked is not None or status == TOO_MANY:
            self._due = monotonic() + min(seconds, LONGEST_REST)
        return False


def _asked_for(text: str) -> float | None:
    """Read Retry-After, in seconds or as a date (RFC 9110, 10.2.3)."""
    text = text.strip()[:40]
    try:
        if text[:1].isdigit():
            return max(PAUSE, min(float(text), LONGEST_REST))
        return max(PAUSE, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
