"""Builds an index in the background, whichever process does it."""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Event, Lock, Thread

import structlog

from adapters.errors import SourceError
from adapters.exports import files
from adapters.exports.builder import Builder
from adapters.exports.failures import Failure, last_failure
from adapters.exports.job import Job
from adapters.exports.locks import is_being_built
from adapters.exports.store import open_store
from adapters.indexed import Tell

SETTLED = 2.0
"""Seconds for which files must have stayed as they are, where nobody waits for them."""
PATIENCE = 600.0
"""Seconds after which files that never rest are read nevertheless."""
STEP = 0.05
"""Seconds between two looks at whether another process is done."""

log = structlog.get_logger("custom_profile")


class Rebuilding:
    """One build at a time, in a thread that follows it; ``failure`` is why the last one failed."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lock = Lock()
        self._thread: Thread | None = None
        self._builder = Builder()
        self._hurry = Event()
        self._is_closed = Event()
        self.failure: Failure | None = None

    def start(self, signature: files.Signature, *, hurry: bool) -> None:
        """Begin, unless a build is under way; with ``hurry`` at once, else when the files have settled."""
        with self._lock:
            if hurry:
                self._hurry.set()
            if self._is_closed.is_set() or (self._thread is not None and self._thread.is_alive()):
                return
            self.failure = None
            self._thread = Thread(target=self._run, args=(signature,), name="build-index", daemon=True)
            self._thread.start()

    def build_now(self, tell: Tell | None = None, *, accept: bool = False) -> None:
        """Build in this thread, or let whoever else is at it build these files. Raises SourceError."""
        job = replace(self._job, force=True, accept=accept, asked=time.time())
        while is_being_built(job.place) or self._builder.run(job, tell) == "busy":
            if tell is not None:
                tell("waiting", "another process builds this index", None)
            time.sleep(STEP)

    def wait(self, seconds: float | None) -> None:
        """Wait for the build under way, so many seconds at most; without a number until it ends."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def close(self) -> None:
        """End it."""
        self._is_closed.set()
        self._hurry.set()
        self._builder.close()
        self.wait(5.0)

    def _run(self, signature: files.Signature) -> None:
        try:
            signature = self._settled(signature)
            self._build(signature)
        except SourceError as error:
            self.failure = Failure(signature, time.time(), error)
            log_event(self._job, "error", "export_index_failed", message=str(error))
        finally:
            self._hurry.clear()

    def _settled(self, signature: files.Signature) -> files.Signature:
        """Wait until the files have stayed as they are for a while: they may still be being copied."""
        began = time.monotonic()
        while not self._hurry.wait(SETTLED) and time.monotonic() - began < PATIENCE:
            now = files.signature(self._job.patterns)
            if now == signature:
                break
            signature = now
        return signature

    def _build(self, signature: files.Signature) -> None:
        while not self._is_closed.is_set():
            if not is_being_built(self._job.place) and self._builder.run(self._job) == "done":
                if self._is_served(signature, newer=False):  # else another machine's newer one was left
                    log_event(self._job, "info", "export_index_built")
                return
            # Somebody else builds: what comes of it may be all that is wanted.
            time.sleep(STEP)
            if is_being_built(self._job.place):
                continue
            if self._is_served(signature):
                return
            failed = last_failure(self._job.place)
            if failed is not None and failed.signature == signature:
                raise failed.error

    def _is_served(self, signature: files.Signature, *, newer: bool = True) -> bool:
        """Tell whether there is a generation of these files, or of newer ones of another machine."""
        store = open_store(self._job)
        try:
            store.look()
            return store.is_of(signature) and (newer or not store.is_of_newer(signature))
        finally:
            store.close()


def log_event(job: Job, level: str, event: str, **told: object) -> None:
    """Write a line into the server's log, with the files that tell whose index it is about."""
    # A command has no log.
    if structlog.is_configured():
        getattr(log, level)(event, files=sorted(job.patterns.values()), **told)
