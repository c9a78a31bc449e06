"""Ends a test that hangs, says which, and runs no more of its class: a part of the contract suite."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread

import pytest
from _pytest.outcomes import OutcomeException

_hung: dict[type, str] = {}
"""The test that hung, of each class that has one."""


class HangError(OutcomeException):
    """Raise in the midst of what hangs.

    No Exception, which a source might catch, nor a Failed, after which Hypothesis would run it once more; and
    an outcome, since of what is neither pytest makes no orderly teardown.
    """


class Hanging:
    """Bounds every test, so that a source that hangs is told of and never hangs the suite."""

    @pytest.fixture
    def hang_after(self) -> float:
        """Answer the seconds after which a test is taken to hang, its function's fixtures included."""
        return 60.0

    @pytest.fixture(autouse=True)
    def goes_on(self, request: pytest.FixtureRequest, hang_after: float) -> Iterator[Callable[[], None]]:
        """Answer what a test calls to say that it goes on, and has the whole time again."""
        if earlier := _hung.get(type(self)):
            pytest.skip(f"not run: {earlier} hangs")

        def ring(*_: object) -> None:
            __tracebackhide__ = True
            _hung[type(self)] = request.node.name
            raise HangError(f"it hangs here: nothing has come of it in {hang_after:g} s")

        with _alarm(hang_after, ring) as renew:
            yield renew


@contextmanager
def _alarm(seconds: float, ring: Callable[..., None]) -> Iterator[Callable[[], None]]:
    """Call ``ring`` where the main thread is, after so many seconds and again after as many.

    Not where a system has no such alarm, nor in other threads, nor where somebody else has set one.
    """
    taken = current_thread() is not main_thread() or not hasattr(signal, "setitimer")
    if taken or any(signal.getitimer(signal.ITIMER_REAL)):
        yield lambda: None
        return

    def renew() -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds)

    before = signal.signal(signal.SIGALRM, ring)
    renew()
    try:
        yield renew
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
