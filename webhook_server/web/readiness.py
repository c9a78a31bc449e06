"""``GET /readyz``: can the sources do their work? Asked every second, it burdens none of them.

A server with one source that works is ready, since it answers with what it has: were it taken out of
service, agents would see nothing instead of a part.
"""

from __future__ import annotations

from concurrent.futures import Future, wait
from threading import Lock
from time import monotonic
from typing import Literal

from flask import Flask, Response

from adapters.indexed import IndexedSource
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService
from webhook_server.profile.threads import BoundedThreads
from webhook_server.web.views import write_json

PATH = "/readyz"

REMEMBERED = 5.0
"""Seconds for which what a check found is told again, instead of checking again."""

Readiness = Literal["ok", "stale", "error", "late"]
"""Of these a source works that is ``ok``, or ``stale``: it goes on with what it had before."""

LONGEST_REASON = 300


class CheckedSource:
    """One source's check: at most one under way, its result remembered.

    A check that hangs holds its one thread, and every question meanwhile is answered with ``late``.
    """

    def __init__(self, bound: BoundSource) -> None:
        self.bound = bound
        self._threads = BoundedThreads(f"check-{bound.name}", 1)
        self._lock = Lock()
        self._check: Future[tuple[Readiness, str]] | None = None
        self._began = self._ended = 0.0

    def check(self) -> Future[tuple[Readiness, str]] | None:
        """Answer the check that is under way, that ended just now, or that begins; None without a thread."""
        with self._lock:
            known = self._check
            if known is None or (known.done() and monotonic() - self._ended >= REMEMBERED):
                self._began = monotonic()
                self._check = self._threads.start(self._run)
            return self._check

    def why_late(self) -> str:
        """Say what a check that has not ended waits for, as far as that is known, and for how long."""
        if self._check is None:
            return "there is no thread left for its check"
        source = self.bound.source
        told = source.waiting_for() if isinstance(source, IndexedSource) else ""
        return f"{told or 'its check has not ended'}: {monotonic() - self._began:.0f} seconds so far"

    def _run(self) -> tuple[Readiness, str]:
        try:
            findings = self.bound.check()
        finally:
            self._ended = monotonic()
        errors = [finding for finding in findings if finding.severity == "error"]
        if not errors:
            return "ok", ""
        worst = next((finding for finding in errors if not finding.still_serves), errors[0])
        return "stale" if worst.still_serves else "error", worst.message[:LONGEST_REASON]


def register(app: Flask, service: ProfileService, seconds: float) -> None:
    """Add the view, which answers within ``seconds`` whatever a source does."""
    sources = [CheckedSource(bound) for bound in service.all_sources]

    @app.get(PATH, provide_automatic_options=False)
    def readyz() -> Response:
        checks = {checked: checked.check() for checked in sources}
        done = wait([check for check in checks.values() if check is not None], seconds).done
        states = {
            checked.bound: _told(check)
            if check is not None and check in done
            else ("late", checked.why_late())
            for checked, check in checks.items()
        }
        readiness = [state for state, _ in states.values()]
        ready = "ok" in readiness or "stale" in readiness
        body = {
            "status": "ok" if {*readiness} <= {"ok"} else "degraded" if ready else "unready",
            **{f"source_{bound.name}": state for bound, (state, _) in states.items()},
            **{f"reason_{bound.name}": reason for bound, (_, reason) in states.items() if reason},
            **{f"breaker_{bound.name}": bound.breaker.state for bound in states},
        }
        return Response(write_json(body), 200 if ready else 503, mimetype="application/json")


def _told(check: Future[tuple[Readiness, str]]) -> tuple[Readiness, str]:
    error = check.exception()
    # Its text may hold anything.
    return check.result() if error is None else ("error", f"its check failed: {type(error).__name__}")
