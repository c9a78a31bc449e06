"""One thing that the doctor found, and the patient: the settings and the service made of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from adapters.base import Finding
from webhook_server.config import Settings, TokenTraits
from webhook_server.profile.service import ProfileService

Severity = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One finding and where it was made.

    ``id`` is stable and explained in docs/doctor.md; ``message`` says what was found and ``fix`` what to
    do. Neither holds a token, a password or anything of a customer's. An ``ok`` with a fix is a hint.
    """

    id: str
    severity: Severity
    where: str
    message: str
    fix: str = ""

    @classmethod
    def of(cls, finding: Finding, where: str) -> Diagnosis:
        """Take over what a source found."""
        return cls(finding.id, finding.severity, where, finding.message, finding.fix)

    def as_json(self) -> dict[str, str]:
        """Answer it for programs."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Patient:
    """All that is looked at."""

    settings: Settings
    service: ProfileService
    tokens: TokenTraits
