"""Every source's look at itself, the deep one, bounded in time."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

from adapters.base import Finding
from webhook_server.doctor.diagnosis import Diagnosis
from webhook_server.profile.findings import findings_of
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.service import ProfileService

PATIENCE = 30.0
"""Seconds that a source may take to examine itself."""


def examine(service: ProfileService, patience: float = PATIENCE) -> Iterator[Diagnosis]:
    """Report what each source finds out about itself."""
    for bound in service.all_sources:
        where = f"source {bound.name}"
        for finding in _findings(bound, patience):
            yield Diagnosis.of(finding, where)


def _findings(bound: BoundSource, patience: float) -> list[Finding]:
    found: list[Finding] = []

    def look() -> None:
        found.extend(findings_of(bound.source.examine, "examination", "examine"))

    thread = Thread(target=look, name=f"examine-{bound.name}", daemon=True)
    thread.start()
    thread.join(patience)
    if thread.is_alive():
        told = f"it did not finish examining itself within {patience:g} seconds"
        return [*found, Finding("source-check", "error", told, "See that what it connects to answers.")]
    return found or [Finding("source-check", "ok", f"a source of type {bound.source.type} checks nothing")]
