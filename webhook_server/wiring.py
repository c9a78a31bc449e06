"""Settings → sources → service: the one place that knows how the parts fit together."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from adapters import registry
from adapters.errors import SourceConfigError
from adapters.indexed import IndexedSource
from webhook_server.config import CacheSettings, Settings, SourceSettings
from webhook_server.profile.cache import ProfileCache
from webhook_server.profile.formats import Formatter
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.merge import Shaper
from webhook_server.profile.options import ProfileOptions, wanted_names
from webhook_server.profile.questions import place_of
from webhook_server.profile.redis_storage import RedisStorage
from webhook_server.profile.service import ProfileService
from webhook_server.profile.storage import TIME_LIMIT, MemoryStorage, Storage

if TYPE_CHECKING:
    from redis import Redis


def build_service(settings: Settings) -> ProfileService:
    """Make the service that settings describe; nothing is opened or connected yet.

    Raises SourceConfigError, naming every source whose options contradict each other or whose driver
    is missing.
    """
    sources: list[BoundSource] = []
    problems: list[str] = []
    for told in settings.sources:
        try:
            sources.append(_bind(told))
        except SourceConfigError as error:
            problems.append(f"  source {told.name}: {error}")
    problems += _of_shared_indexes(sources)
    if problems:
        raise SourceConfigError("\n".join([f"{settings.file or 'The settings'} cannot work:", *problems]))
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


def _of_shared_indexes(sources: Sequence[BoundSource]) -> list[str]:
    """Tell of sources that would share one index though their files differ."""
    problems: list[str] = []
    made_of: dict[str, tuple[str, str]] = {}
    for bound in sources:
        key, files = bound.source.shared_with if isinstance(bound.source, IndexedSource) else ("", "")
        if not key:
            continue
        other, others = made_of.setdefault(key, (bound.name, files))
        if files != others:
            problems.append(
                f"  source {bound.name}: it would share one index with {other}, whose files differ: an "
                "index is known by the last two parts of their paths, so give its folder another name"
            )
    return problems


def _bind(told: SourceSettings) -> BoundSource:
    try:
        source = registry.load(told.type).from_options(told.options)
    except SourceConfigError:
        raise
    except Exception as error:  # noqa: BLE001 - an adapter of somebody else; the text may hold an option
        problem = f"its adapter {told.type!r} cannot be made: {type(error).__name__} in {place_of(error)}"
        raise SourceConfigError(problem) from None
    return BoundSource(
        told.name,
        source,
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


def connect_redis(url: str) -> Redis:
    """Make a client of a Redis, bounded in time; it connects on first use. Raises SourceConfigError."""
    try:
        redis: Any = import_module("redis")
    except ImportError:
        problem = "[cache] url needs the redis package: pip install 'custom-profile-kit[redis]'"
        raise SourceConfigError(problem) from None
    waits = {"socket_timeout": TIME_LIMIT, "socket_connect_timeout": TIME_LIMIT, "retry": None}
    try:
        # "protocol" and the like aside, the parts of a URL are looked at only here.
        return cast("Redis", redis.Redis.from_url(url, **waits))
    except ValueError:
        problem = "[cache] url is no Redis URL: it should look like redis://user:password@host:6379/0"
        raise SourceConfigError(problem) from None
