"""A bounded number of daemon threads for calls that may hang."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread
from typing import TypeVar

Result = TypeVar("Result")


class BoundedThreads:
    """Runs calls in threads of their own, at most ``limit`` at once.

    A thread cannot be stopped: one that hangs holds its place until it ends, and when all places are
    held, further calls are refused instead of queued. The threads are daemons, so that a hung call
    does not hold up the end of the process.
    """

    def __init__(self, name: str, limit: int) -> None:
        self._name = name
        self._places = BoundedSemaphore(limit)

    def start(self, call: Callable[[], Result]) -> Future[Result] | None:
        """Start a call; None where every place is held."""
        if not self._places.acquire(blocking=False):
            return None
        future: Future[Result] = Future()

        def run() -> None:
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - the future carries it to whoever waits
                future.set_exception(error)
            finally:
                self._places.release()

        try:
            Thread(target=run, name=self._name, daemon=True).start()
        except RuntimeError:  # the system has no more threads to give
            self._places.release()
            return None
        return future
