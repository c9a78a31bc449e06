"""Settings → sources → service: the one place that knows how the parts fit together."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from adapters.errors import SourceConfigError
from adapters.indexed import IndexedSource
from webhook_server.config import (
    CacheSettings,
    Problem,
    Settings,
    SettingsError,
    SourceSettings,
    as_sentence,
    make_source,
    text_of,
)
from webhook_server.profile.cache import ProfileCache
from webhook_server.profile.formats import Formatter
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.merge import Shaper
from webhook_server.profile.options import ProfileOptions, wanted_names
from webhook_server.profile.redis_client import connect_redis
from webhook_server.profile.redis_storage import RedisStorage
from webhook_server.profile.service import ProfileService
from webhook_server.profile.storage import MemoryStorage, Storage


def build_service(settings: Settings) -> ProfileService:
    """Make the service that settings describe; nothing is opened or connected yet.

    Raises SettingsError, naming every source whose options contradict each other or whose driver is
    missing.
    """
    sources: list[BoundSource] = []
    problems: list[Problem] = []
    for number, told in enumerate(settings.sources):
        try:
            sources.append(_bind(told))
        except SourceConfigError as error:
            problems.append(Problem(f"sources.{number}", as_sentence(error)))
    problems += _of_shared_indexes(sources, [told.name for told in settings.sources])
    if problems:
        raise SettingsError(problems, settings.file, text_of(settings.file))
    profile = settings.profile
    options = ProfileOptions(
        fields=profile.fields,
        additions=profile.additions,
        deadline=settings.server.deadline,
        unknown_customer=settings.server.unknown_customer,
        incomplete_field=profile.incomplete_field,
        as_of_field=profile.as_of_field,
        strip_plus_tags=profile.strip_plus_tags,
    )
    shaper = Shaper(
        Formatter(profile.locale, profile.time_zone),
        profile.guard,
        wanted_names(options, [bound.lookup_by for bound in sources]),
    )
    for bound in sources:
        if not bound.is_aliases and bound.records.rule == "first":
            bound.source.narrow(shaper.routes(bound.name, bound.shape).may_give)
    return ProfileService(sources, options, shaper=shaper, cache=_build_cache(settings))


def _of_shared_indexes(sources: Sequence[BoundSource], names: Sequence[str]) -> list[Problem]:
    """Tell of sources that would share one index though their files differ."""
    problems: list[Problem] = []
    made_of: dict[str, tuple[str, str]] = {}
    for bound in sources:
        key, files = bound.source.shared_with if isinstance(bound.source, IndexedSource) else ("", "")
        if not key:
            continue
        other, others = made_of.setdefault(key, (bound.name, files))
        if files != others:
            told = (
                f"It would share one index with {other}, whose files differ: an index is known by the last "
                "two parts of their paths, so give its folder another name."
            )
            problems.append(Problem(f"sources.{names.index(bound.name)}", told))
    return problems


def _bind(told: SourceSettings) -> BoundSource:
    return BoundSource(
        told.name,
        make_source(told),
        told.shape,
        lookup_by=told.lookup_by,
        records=told.records,
        limits=told.limits,
        is_aliases=told.is_aliases,
    )


def _build_cache(settings: Settings) -> ProfileCache:
    # A key of its own, derived from the newest token: it changes with it, and tells nothing of it.
    secret = hmac.digest(settings.token_digests[-1], b"custom-profile cache keys", "sha256")
    storage = build_storage(settings.cache)
    return ProfileCache(storage, settings.cache.times, secret=secret, namespace=settings.namespace)


def build_storage(settings: CacheSettings) -> Storage:
    """Make the place where cached answers live; it connects on first use. Raises SourceConfigError."""
    return RedisStorage(connect_redis(settings.url)) if settings.url else MemoryStorage(settings.entries)
