"""What the settings are, once they have been read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

from webhook_server.profile.additions import Additions
from webhook_server.profile.cache import CacheTimes
from webhook_server.profile.field_formats import FieldFormat
from webhook_server.profile.formats import Scalar
from webhook_server.profile.lookup import Limits
from webhook_server.profile.merge import Shape
from webhook_server.profile.privacy import Guard
from webhook_server.profile.records import RecordRule


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server listens and answers; ``deadline`` is in seconds for the whole answer.

    ``failures_per_minute`` is how many wrong tokens one client may send (0: any number), and
    ``trusted_hops`` how many proxies stand in front that tell who the client is.
    """

    path: str = "/profile"
    deadline: float = 2.0
    unknown_customer: Mapping[str, Scalar] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    threads: int = 64
    failures_per_minute: int = 20
    trusted_hops: int = 0


@dataclass(frozen=True, slots=True)
class ProfileSettings:
    """What a profile looks like; ``fields`` is the allow-list and order (None: every field)."""

    locale: str = "en_US"
    time_zone: tzinfo = UTC
    fields: tuple[str, ...] | None = None
    incomplete_field: str = ""
    as_of_field: str = ""
    formats: Mapping[str, FieldFormat] = field(default_factory=dict)
    additions: Additions | None = None
    guard: Guard = field(default_factory=Guard)
    strip_plus_tags: bool = False


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """What is kept for how long, and where; the URL may hold a password and stays out of ``repr``."""

    times: CacheTimes = field(default_factory=CacheTimes)
    entries: int = 10_000
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One ``[[sources]]`` table; its ``options`` may hold a password and stay out of ``repr``."""

    name: str
    type: str
    shape: Shape = field(default_factory=Shape)
    lookup_by: str = ""
    records: RecordRule = field(default_factory=RecordRule)
    limits: Limits = field(default_factory=Limits)
    is_aliases: bool = False
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the server is told; the tokens are kept as digests alone, and out of ``repr``.

    ``metrics_folder`` is where several workers count together (None: each for itself), and
    ``variables`` are the names that the file refers to as ``${NAME}``.
    """

    token_digests: Sequence[bytes] = field(repr=False)
    sources: Sequence[SourceSettings]
    server: ServerSettings = field(default_factory=ServerSettings)
    profile: ProfileSettings = field(default_factory=ProfileSettings)
    cache: CacheSettings = field(default_factory=CacheSettings)
    invalidation_digest: bytes | None = field(default=None, repr=False)
    metrics_digest: bytes | None = field(default=None, repr=False)
    metrics_folder: Path | None = None
    namespace: str = ""
    file: Path | None = None
    variables: Sequence[str] = ()
