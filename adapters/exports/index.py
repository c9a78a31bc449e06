"""Records found by address in an index made of files, and made again when the files change."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from adapters.errors import SourceError, SourceUnavailable
from adapters.exports import files
from adapters.exports.failures import Failure, last_failure
from adapters.exports.generation import Generation, own_metadata
from adapters.exports.identity import OLDER
from adapters.exports.job import Job
from adapters.exports.rebuilding import Rebuilding, log_event
from adapters.exports.records import MayGive
from adapters.exports.store import open_store
from adapters.indexed import Tell
from adapters.process import process
from adapters.time_limit import seconds_left

LOOK_EVERY = 1.0
"""Seconds between two looks at the files."""
TRY_AGAIN = 30.0
"""Seconds after which a build is tried again that failed for another reason than the files."""
STEP = 0.05
"""Seconds for which a first build is waited for at once."""

READING = "the exports are being read for the first time"
FIRST = f"{READING}; ask again, or build the index with custom-profile index"


class Index:
    """The newest whole generation of a set of files.

    It is built in a process of its own when there is none, or files have changed. Meanwhile the old one
    is served, and stays in service where the new files cannot be read; ``problem`` says why. Whoever has
    all the time there is waits for what is new; a caller with a time limit never does, unless there is
    nothing yet.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._store = open_store(job)
        self._generation: Generation | None = None
        self._looked = 0.0
        self.problem: SourceError | None = None
        self.unreachable: SourceUnavailable | None = None
        self.is_older = False
        self.may_give: MayGive | None = None
        self._own_parts()

    def _begin(self) -> None:
        """Begin in a process that was forked: it takes neither threads, locks nor connections over."""
        self._store.renew()
        self._own_parts()

    def _own_parts(self) -> None:
        self._process = process()
        self._lock = Lock()
        self._rebuilding = Rebuilding(self._job)

    @property
    def is_there(self) -> bool:
        """Tell whether there is a generation to serve, as far as it was looked at."""
        return self._store.is_there

    def first(self, email: str) -> dict[str, Any] | None:
        """Answer the first record of an address that is already lower-case.

        Raises SourceError where no generation could be made yet.
        """
        self._serve()
        found = self._store.get(email)
        return None if found is None else found[0].first(found[1], self.may_give)

    def all(self, email: str) -> Sequence[Mapping[str, Any]]:
        """Answer all records of an address. Raises as first() does."""
        self._serve()
        found = self._store.get(email)
        return () if found is None else found[0].all(found[1])

    def current(self, *, newest: bool = False) -> Generation:
        """Answer the generation that is served, waiting where there is none; with ``newest``, for the next.

        Raises SourceError where no generation could be made yet.
        """
        self._own()
        with self._lock:
            self._look(wait=newest or not self._store.is_there)
        if not self._store.is_there or self._generation is None:
            self._wait_for_first()
        assert self._generation is not None  # noqa: S101 - or waiting had raised
        return self._generation

    def known_metadata(self) -> list[str]:
        """Name the metadata of the generation that is there, without waiting for one."""
        self._own()
        with self._lock:
            self._look_at_store()
        return [] if self._generation is None else own_metadata(self._generation.report)

    def build(self, tell: Tell | None = None, *, accept: bool = False) -> Generation:
        """Build now, and answer what was built. Raises SourceError."""
        self._own()
        self._rebuilding.build_now(tell, accept=accept)
        return self.current()

    def close(self) -> None:
        """End a build that is under way, and this thread's connection."""
        if self._process == process():
            self._rebuilding.close()
        self._own_parts()
        self._store.close()

    def _own(self) -> None:
        if self._process != process():
            self._begin()

    def _serve(self) -> None:
        self._own()
        if time.monotonic() - self._looked >= LOOK_EVERY and self._lock.acquire(blocking=False):
            try:
                self._look(wait=math.isinf(seconds_left()))
            finally:
                self._lock.release()
        if not self._store.is_there:
            self._wait_for_first()

    def _look(self, *, wait: bool) -> None:
        """Look for another generation and at the files; rebuild where they differ. Holds the lock."""
        self._looked = time.monotonic()
        self._look_at_store()
        signature = files.signature(self._job.patterns)
        self._note_older(signature)
        if self._is_of(signature):
            self.problem = None
            return
        try:
            files.found_files(self._job.patterns)
        except SourceUnavailable as error:
            self._note_problem(error)
            return
        for failed in (self._rebuilding.failure, last_failure(self._job.place)):
            if failed is not None and failed.signature == signature and not _is_worth_trying(failed):
                self._note_problem(failed.error)
                return
        self._rebuilding.start(signature, hurry=wait or not self._store.is_there)
        if wait:
            self._rebuilding.wait(None)
            self._look_at_store()
            self._note_older(signature)  # a build that found a newer one left it
            failed = self._rebuilding.failure
            self.problem = failed.error if failed is not None and not self._is_of(signature) else None

    def _note_problem(self, error: SourceError) -> None:
        # Where nothing is served, whoever asks is told.
        if self._store.is_there and str(error) != str(self.problem):
            log_event(self._job, "error", "export_index_stale", message=str(error))
        self.problem = error

    def _note_older(self, signature: files.Signature) -> None:
        was, self.is_older = self.is_older, self._store.is_of_newer(signature)
        if self.is_older and not was:
            log_event(self._job, "warning", "export_index_older", message=OLDER)

    def _look_at_store(self) -> None:
        """Take over a newer generation; of a database that does not answer, lookup and build tell."""
        try:
            self._generation = self._store.look() or self._generation
        except SourceUnavailable as error:
            self.unreachable = error
        else:
            self.unreachable = None

    def _is_of(self, signature: files.Signature) -> bool:
        return self._store.is_of(signature)

    def _wait_for_first(self) -> None:
        """Wait for a first generation as long as the caller does. Raises SourceError where there is none."""
        while True:
            if self._lock.acquire(timeout=min(STEP, max(0.0, seconds_left()))):
                try:
                    self._look(wait=math.isinf(seconds_left()))
                finally:
                    self._lock.release()
                if self._store.is_there:
                    return
                if self.problem is not None:
                    raise self.problem
            if seconds_left() <= 0:
                raise SourceUnavailable(FIRST)
            self._rebuilding.wait(min(STEP, seconds_left()))


def _is_worth_trying(failed: Failure) -> bool:
    return not failed.is_of_the_files and time.time() - failed.at >= TRY_AGAIN
