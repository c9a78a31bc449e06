"""Pitfalls of the server, of its cache, and of what stands in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from webhook_server.config import Settings
from webhook_server.doctor.diagnosis import Diagnosis
from webhook_server.profile.redis_storage import OWN_KEY, RedisStorage
from webhook_server.wiring import build_storage

LONG = 10.0
"""Seconds for an answer that an agent hardly waits for; the helpdesk's page names no limit of its own."""


def examine(settings: Settings) -> Iterator[Diagnosis]:
    """Report on how the server is set up."""
    yield from _deadlines(settings)
    yield from _workers(settings)
    if settings.cache.url:
        yield from _cache(settings)
    yield from _in_front(settings)


def _deadlines(settings: Settings) -> Iterator[Diagnosis]:
    deadline = settings.server.deadline
    if deadline > LONG:
        told = f"an answer may take {deadline:g} seconds; platforms such as Heroku give up after 30"
        fix = "Set [server] deadline to 2 or so: what is late is left out of the answer."
        yield Diagnosis("deadline-long", "warning", "server", told, fix)
    else:
        yield Diagnosis("deadline", "ok", "server", f"an answer takes {deadline:g} seconds at most")
    for source in settings.sources:
        if source.limits.deadline is not None and source.limits.deadline > deadline:
            told = f"its deadline of {source.limits.deadline:g} s is longer than the server's {deadline:g} s"
            fix = "Shorten it, or raise [server] deadline."
            yield Diagnosis("deadline-without-effect", "warning", f"source {source.name}", told, fix)


def _workers(settings: Settings) -> Iterator[Diagnosis]:
    workers, times = settings.server.workers, settings.cache.times
    if workers == 1 or settings.cache.url:
        return
    if times.fresh or times.negative:
        told = f"each of {workers} workers keeps answers of its own, so two of them may answer differently"
        fix = 'Share them: [cache] url = "${REDIS_URL}"; or set fresh and negative to 0.'
        yield Diagnosis("cache-per-worker", "warning", "server", told, fix)
    elif times.stale:
        told = f"each of {workers} workers remembers last good answers on its own"
        fix = 'To share them: [cache] url = "${REDIS_URL}".'
        yield Diagnosis("cache-per-worker", "ok", "server", told, fix)


def _cache(settings: Settings) -> Iterator[Diagnosis]:
    storage = build_storage(settings.cache)
    try:
        # The first call connects, which may take longer than a cache is waited for.
        answers = storage.drop([OWN_KEY]) or storage.drop([OWN_KEY])
        # One that is full, and told to forget nothing, still drops entries.
        answers = answers and isinstance(storage, RedisStorage) and storage.takes_entries()
        trouble = storage.trouble or "it did not answer"
    finally:
        storage.close()
    if answers:
        yield Diagnosis("cache", "ok", "cache", "Redis answers")
    else:
        told = f"Redis was asked, and {trouble}; customers are answered without a cache"
        fix = "See that it is up and has room, and [cache] url right, password included."
        yield Diagnosis("cache-unreachable", "warning", "cache", told, fix)
    url = urlsplit(settings.cache.url)
    if url.scheme == "redis" and not _is_this_machine(url.hostname or ""):
        told = f"what is kept travels to {url.hostname} in the clear, customers' data included"
        fix = "Use rediss:// (TLS); leave it only within a network of your own."
        yield Diagnosis("cache-without-tls", "warning", "cache", told, fix)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"}


def _in_front(settings: Settings) -> Iterator[Diagnosis]:
    told = "the token is in the URL, and what stands in front of the server may log it"
    fix = "Keep queries out of the logs of nginx and the like: docs/doctor.md, proxy-logs, shows how."
    yield Diagnosis("proxy-logs", "ok", "server", told, fix)
    if not settings.server.trusted_hops:
        told = "behind a proxy, all callers count as one for the limit of wrong tokens"
        fix = "With one proxy in front, set [server] trusted_hops = 1; without any, leave it."
        yield Diagnosis("proxy-hops", "ok", "server", told, fix)
