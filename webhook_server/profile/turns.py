"""One request at a time runs, the others wait for their turn, and who waits for something gives it up.

Threads that all run Python fight over the interpreter's lock, and handing it around costs more than a
lookup. With turns, threads for slow sources cost fast requests nothing. A turn is a courtesy: who has
waited PATIENCE for it runs without, so nobody is ever held up by more.
"""

from __future__ import annotations

from threading import Lock, local

PATIENCE = 0.01
"""Seconds that a thread waits for its turn."""

_turn = Lock()


class _Held(local):
    """Whether this thread has the turn."""

    now = False


_held = _Held()


class in_turn:  # noqa: N801 - used like the functions of contextlib, at half the cost
    """Let a block run when it is this thread's turn."""

    def __enter__(self) -> None:
        _held.now = _turn.acquire(timeout=PATIENCE)

    def __exit__(self, *_: object) -> None:
        if _held.now:
            _held.now = False
            _turn.release()


class out_of_turn:  # noqa: N801 - as above
    """Give the turn up for a block that waits, and take it again after it."""

    __slots__ = ("_had",)

    def __enter__(self) -> None:
        self._had = _held.now
        if self._had:
            _held.now = False
            _turn.release()

    def __exit__(self, *_: object) -> None:
        if self._had:
            _held.now = _turn.acquire(timeout=PATIENCE)
