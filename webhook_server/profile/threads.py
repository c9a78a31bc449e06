"""A bounded number of daemon threads for calls that may hang."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import BoundedSemaphore, Thread
from time import monotonic, perf_counter
from typing import TypeVar

Result = TypeVar("Result")


class NoPlaceError(Exception):
    """Raised by a call's future when no place became free for it."""


class Call(Future[Result]):
    """What comes of a call; ``began`` is when it got its place (perf_counter), None before that."""

    began: float | None = None


class BoundedThreads:
    """Runs calls in threads of their own, at most ``limit`` at once.

    A thread cannot be stopped: one that hangs holds its place until it ends, and when all places are
    held, further calls are refused. The threads are daemons, so that a hung call does not hold up the
    end of the process.
    """

    def __init__(self, name: str, limit: int) -> None:
        self._name = name
        self._places = BoundedSemaphore(limit)
        self._moved = monotonic()

    def start(self, call: Callable[[], Result], patience: float = 0.0) -> Call[Result] | None:
        """Start a call; None where every place is held.

        With ``patience``, in seconds, the call waits for a place as long as places change hands: calls
        that come and go keep it waiting, hung ones do not. It may then raise NoPlaceError.
        """
        has_place = self._places.acquire(blocking=False)
        if has_place:
            self._moved = monotonic()
        elif self._idle_for() >= patience:
            return None
        future: Call[Result] = Call()

        def run() -> None:
            try:
                if not (has_place or self._wait_for_place(patience)):
                    future.set_exception(NoPlaceError())
                    return
                future.began = perf_counter()
                try:
                    future.set_result(call())
                finally:
                    self._moved = monotonic()
                    self._places.release()
            except BaseException as error:  # noqa: BLE001 - the future carries it to whoever waits
                future.set_exception(error)

        try:
            Thread(target=run, name=self._name, daemon=True).start()
        except RuntimeError:  # the system has no more threads to give
            if has_place:
                self._places.release()
            return None
        return future

    def take_place(self, patience: float) -> bool:
        """Take a place for a call that this thread makes itself, waiting for one as start() does."""
        if self._places.acquire(blocking=False):
            self._moved = monotonic()
            return True
        return self._wait_for_place(patience)

    def give_place_back(self) -> None:
        """Give it to whoever waits."""
        self._moved = monotonic()
        self._places.release()

    def _idle_for(self) -> float:
        return monotonic() - self._moved

    def _wait_for_place(self, patience: float) -> bool:
        while (left := patience - self._idle_for()) > 0:
            if self._places.acquire(timeout=left):
                self._moved = monotonic()
                return True
        return False
