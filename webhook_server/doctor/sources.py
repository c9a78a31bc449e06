"""Every source's look at itself, the deep one, bounded in time."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from time import monotonic

from adapters.base import Finding
from webhook_server.doctor.diagnosis import Diagnosis
from webhook_server.profile.findings import findings_of
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService

PATIENCE = 30.0
"""Seconds that sources may take to examine themselves, side by side."""


class _Examination:
    """What one source has found out so far, in a thread of its own."""

    def __init__(self, bound: BoundSource) -> None:
        self.bound = bound
        self._found: list[Finding] = []
        self._thread = Thread(target=self._look, name=f"examine-{bound.name}", daemon=True)
        self._thread.start()

    def _look(self) -> None:
        self._found.extend(findings_of(self.bound.source.examine, "examination", "examine"))

    def findings(self, seconds: float) -> list[Finding]:
        """Wait for the source so long at most, and answer what it told."""
        self._thread.join(max(0.0, seconds))
        if self._thread.is_alive():
            told = f"it did not finish examining itself within {PATIENCE:g} seconds"
            fix = "See that what it connects to answers, and what the adapter's check() waits for."
            return [*self._found, Finding("source-check", "error", told, fix)]
        nothing = Finding("source-check", "ok", f"a source of type {self.bound.source.type} checks nothing")
        return self._found or [nothing]


def examine(service: ProfileService) -> Iterator[Diagnosis]:
    """Report what each source finds out about itself, within PATIENCE whatever hangs."""
    ends = monotonic() + PATIENCE
    for examination in [_Examination(bound) for bound in service.all_sources]:
        where = f"source {examination.bound.name}"
        for finding in examination.findings(ends - monotonic()):
            yield Diagnosis.of(finding, where)
