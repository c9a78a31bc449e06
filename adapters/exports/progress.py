"""How far a build is: told to whoever watches, a few times a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any, TypeVar

from adapters.indexed import Tell

EVERY = 0.2
"""Seconds between two things told."""

Item = TypeVar("Item")


class Progress:
    """Tells of the steps of a build; without a listener nothing."""

    def __init__(self, tell: Tell | None = None) -> None:
        self._tell = tell
        self._told = 0.0

    @property
    def is_told(self) -> bool:
        """Tell whether anybody listens."""
        return self._tell is not None

    def say(self, step: str, what: str, share: float | None = None, *, always: bool = False) -> None:
        """Tell how far a step is, unless something was told just now."""
        if self._tell is not None and (always or monotonic() - self._told >= EVERY):
            self._told = monotonic()
            self._tell(step, what, share)

    def adding_up(self) -> None:
        """Tell that all files were read and records are made of them; how far that is, nobody knows."""
        self.say("adding up", "customers", always=True)

    @contextmanager
    def file(self, step: str, path: Path) -> Iterator[Callable[[int], None]]:
        """Yield a function that takes the bytes of a file as they go by."""
        size = max(1, path.stat().st_size) if path.exists() else 1
        done = 0

        def seen(more: int) -> None:
            nonlocal done
            done += more
            self.say(step, path.name, min(1.0, done / size))

        self.say(step, path.name, 0.0, always=True)
        yield seen

    def chunks(
        self,
        step: str,
        what: str,
        chunks: Iterable[Sequence[Item]],
        share: Callable[[Item], float],
    ) -> Iterator[Sequence[Item]]:
        """Yield rows, many together, and tell how many went by; ``share`` answers how far a row is."""
        rows = 0
        for chunk in chunks:
            rows += len(chunk)
            self.say(step, f"{rows:,} {what}", share(chunk[-1]))
            yield chunk

    @contextmanager
    def query(self, step: str, what: str, database: Any) -> Iterator[None]:
        """Tell how far DuckDB says that it is while the block runs."""
        self.say(step, what, None, always=True)
        if self._tell is None:
            yield
            return
        ended = Event()
        thread = Thread(target=self._watch, args=(step, what, database, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _watch(self, step: str, what: str, database: Any, ended: Event) -> None:
        while not ended.wait(EVERY):
            share = database.query_progress() / 100
            self.say(step, what, share if 0 <= share <= 1 else None)
