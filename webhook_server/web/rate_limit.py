"""How often a client may be wrong: requests without a valid token are counted, all others never.

Whoever has the token is let in from whatever address, even while that address is limited.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from cachetools import TLRUCache
from circuitbreaker import CircuitBreaker

from webhook_server.config import Settings
from webhook_server.profile.redis_client import connect_redis
from webhook_server.profile.redis_storage import REST
from webhook_server.profile.threads import BoundedThreads
from webhook_server.web.client_address import client_network

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from redis import Redis

WINDOW = 60
"""Seconds in which failures are counted together, from the first one on."""

ADDRESSES = 10_000
"""Addresses that are counted apart; beyond them, further ones are counted together."""

OTHERS = "others"
"""The name under which they are."""

REDIS_THREADS = 4

Learn = Callable[[int, float], None]
"""Takes how many failures all replicas have seen of a client, and the seconds until they are forgotten."""


class SharedFailures(Protocol):
    """Counts failures for all replicas together."""

    def add(self, client: str, learn: Learn) -> None:
        """Count a failure without waiting; what is learnt of it, is told later or never."""


class FailureLimit:
    """Counts failures by the client's address and tells when there were more than ``most`` in a minute.

    Failures are counted in this process and, where there is a ``shared`` count, there too. Nobody waits
    for that one: what it says holds from the next failure on. With ``most`` 0 nothing is counted.
    """

    def __init__(
        self,
        most: int,
        *,
        trusted_hops: int = 0,
        shared: SharedFailures | None = None,
        addresses: int = ADDRESSES,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._most = most
        self._trusted_hops = trusted_hops
        self._shared = shared
        self._addresses = addresses
        self._clock = clock
        self._lock = Lock()
        # Each client's failures, and when they are forgotten. One place more: that of all others.
        self._seen: TLRUCache[str, tuple[int, float]] = TLRUCache(
            addresses + 1, ttu=lambda _client, seen, _now: seen[1], timer=clock
        )

    def note(self, environ: WSGIEnvironment) -> int:
        """Count a failure; answer 0, or for how many seconds its client is beyond the limit."""
        if not self._most:
            return 0
        client = client_network(environ, self._trusted_hops)
        with self._lock:
            client = client if self._has_place(client) else OTHERS
            now = self._clock()
            failures, due = self._seen.get(client, (0, now + WINDOW))
            if failures >= self._most:
                return max(1, math.ceil(due - now))
            self._seen[client] = (failures + 1, due)
        if self._shared is not None:
            self._shared.add(client, partial(self._learn, client))
        return 0

    def _has_place(self, client: str) -> bool:
        if client in self._seen or len(self._seen) < self._addresses:
            return True
        self._seen.expire()
        return len(self._seen) < self._addresses

    def _learn(self, client: str, failures: int, seconds: float) -> None:
        with self._lock:
            known, _ = self._seen.get(client, (0, 0.0))
            if failures > known and self._has_place(client):
                self._seen[client] = (failures, self._clock() + min(seconds, WINDOW))


class RedisFailures:
    """Counts failures in Redis, under keys that tell no address.

    A Redis that is slow or down costs a request nothing: a few threads wait for it, further failures are
    counted here alone, and after an error it is left alone for a while.
    """

    def __init__(self, client: Redis, secret: bytes) -> None:
        self._redis = client
        self._secret = secret
        self._threads = BoundedThreads("redis-failures", REDIS_THREADS)
        self._breaker = CircuitBreaker(failure_threshold=1, recovery_timeout=REST, name="redis-failures")

    def add(self, client: str, learn: Learn) -> None:
        """Count a failure without waiting; what is learnt of it, is told later or never."""
        if self._breaker.opened:
            return
        future = self._threads.start(lambda: self._count(client))
        if future is not None:
            future.add_done_callback(partial(self._told, learn))

    def _count(self, client: str) -> tuple[int, float]:
        key = f"custom-profile:failures:{hmac.digest(self._secret, client.encode(), 'sha256').hex()[:40]}"
        steps = self._redis.pipeline()
        steps.set(key, 0, ex=WINDOW, nx=True)
        steps.incr(key)
        steps.pttl(key)
        _, failures, milliseconds = steps.execute()
        return int(failures), max(0, int(milliseconds)) / 1000

    def _told(self, learn: Learn, future: Future[tuple[int, float]]) -> None:
        try:
            with self._breaker:
                failures, seconds = future.result()
        except Exception:  # noqa: BLE001 - whatever Redis does, failures are counted here too
            return
        learn(failures, seconds)


def build_failure_limit(settings: Settings) -> FailureLimit:
    """Make the limit that settings describe, counted in the Redis of ``[cache] url`` too where there is one.

    Raises SourceConfigError.
    """
    server, url = settings.server, settings.cache.url
    shared = None
    if url and server.failures_per_minute:
        # A key of its own, derived from the newest token: it changes with it, and tells nothing of it.
        secret = hmac.digest(settings.token_digests[-1], b"custom-profile client addresses", "sha256")
        shared = RedisFailures(connect_redis(url), secret)
    return FailureLimit(server.failures_per_minute, trusted_hops=server.trusted_hops, shared=shared)
