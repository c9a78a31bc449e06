"""The whole examination, part by part."""

from __future__ import annotations

from collections.abc import Iterator

from webhook_server.doctor import fields, secrets, server, sources
from webhook_server.doctor.diagnosis import Diagnosis, Patient


def examine(patient: Patient) -> Iterator[Diagnosis]:
    """Answer everything that is found, in order or not: secrets, sources, fields, server."""
    settings = patient.settings
    told = f"{settings.file or 'the settings'} can be read: {len(settings.sources)} "
    told += "source" if len(settings.sources) == 1 else "sources"
    yield Diagnosis("settings", "ok", "settings", told)
    yield from secrets.examine(patient)
    yield from sources.examine(patient.service)
    yield from fields.examine(patient.service)
    yield from server.examine(settings)
