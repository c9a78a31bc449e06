"""Records found by address, made from files and made again when the files change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from adapters.errors import SourceError, SourceUnavailable
from adapters.exports import files
from adapters.exports.reader import SetAside
from adapters.exports.repeats import RepeatedRows

LOOK_EVERY = 1.0
"""Seconds between two looks at the files."""


@dataclass(frozen=True, slots=True)
class Generation:
    """All that one reading of the files gave."""

    records: Mapping[str, Mapping[str, Any]]
    rows: int = 0
    set_aside: Sequence[SetAside] = ()
    repeated: RepeatedRows = field(default_factory=RepeatedRows)
    signature: files.Signature = field(default=())


class Index:
    """The newest whole generation of a set of files.

    ``read`` makes a generation of the files found; it runs on the first lookup, and again after a
    file has changed, in the thread that noticed. Other threads are served the old generation
    meanwhile; it stays in service where the new files cannot be read, and ``problem`` says why.
    """

    def __init__(self, patterns: Sequence[str], read: Callable[[], Generation]) -> None:
        self._patterns = patterns
        self._read = read
        self._lock = Lock()
        self._generation: Generation | None = None
        self._tried: files.Signature = ()
        self._looked = 0.0
        self.problem: SourceError | None = None

    def get(self, email: str) -> Mapping[str, Any] | None:
        """Answer the record of an address that is already lower-case.

        Raises SourceError where no generation could be made yet.
        """
        return self.current().records.get(email)

    def current(self) -> Generation:
        """Answer the newest whole generation, making it where there is none or files have changed.

        Raises SourceError where no generation could be made yet.
        """
        if self._generation is None:
            with self._lock:
                self._refresh()
        elif monotonic() - self._looked >= LOOK_EVERY and self._lock.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._lock.release()
        if self._generation is None:
            raise self.problem or SourceUnavailable("the export has not been read yet")
        return self._generation

    def _refresh(self) -> None:
        found = [path for pattern in self._patterns for path in files.find(pattern)]
        signature = files.signature(found)
        self._looked = monotonic()
        if signature == self._tried and (self._generation is not None or self.problem is not None):
            return
        try:
            generation = self._read()
        except SourceError as error:
            self.problem, self._tried = error, signature
        else:
            self._generation, self._tried, self.problem = generation, signature, None


def found_files(patterns: Mapping[str, str]) -> dict[str, list[Path]]:
    """List the files of each named pattern, newest first; raise SourceUnavailable where one names none."""
    found = {name: files.newest_first(files.find(pattern)) for name, pattern in patterns.items()}
    for name, paths in found.items():
        if not paths:
            problem = f"{name}: no file is there at {patterns[name]}; export it, or correct the path"
            raise SourceUnavailable(problem)
    return found
