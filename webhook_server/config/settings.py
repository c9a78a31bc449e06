"""What the settings are, once they have been read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webhook_server.profile.formats import Scalar
from webhook_server.profile.merge import Shape


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server listens and answers; ``deadline`` is in seconds for the whole answer."""

    path: str = "/profile"
    deadline: float = 2.0
    unknown_customer: Mapping[str, Scalar] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1


@dataclass(frozen=True, slots=True)
class ProfileSettings:
    """What a profile looks like; ``fields`` is the allow-list and order (None: every field)."""

    locale: str = "en_US"
    fields: tuple[str, ...] | None = None
    incomplete_field: str = ""


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One ``[[sources]]`` table; its ``options`` may hold a password and stay out of ``repr``."""

    name: str
    type: str
    shape: Shape = field(default_factory=Shape)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the server is told; the tokens are kept as digests alone, and out of ``repr``."""

    token_digests: Sequence[bytes] = field(repr=False)
    sources: Sequence[SourceSettings]
    server: ServerSettings = field(default_factory=ServerSettings)
    profile: ProfileSettings = field(default_factory=ProfileSettings)
    file: Path | None = None
