"""Cached answers in Redis, shared by replicas: slow, full or down, it costs little time and no error."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures import wait as wait_for
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog
from circuitbreaker import CircuitBreaker

from webhook_server.profile.keys import RESERVED, is_identifier
from webhook_server.profile.storage import TIME_LIMIT, Entry
from webhook_server.profile.threads import BoundedThreads

if TYPE_CHECKING:
    from redis import Redis

REDIS_THREADS = 8
REST = 5
"""Seconds that a failing Redis is left alone."""


log = structlog.get_logger("custom_profile")


class RedisStorage:
    """Keeps entries in Redis as JSON.

    An entry is dropped after what is on its way for it, so that nothing comes back. Every call runs in a
    thread that is waited for no longer than TIME_LIMIT, and a breaker leaves a Redis alone that fails.
    """

    is_shared = True

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._on_their_way: dict[str, Future[Any]] = {}
        self._lock = Lock()
        self._threads = BoundedThreads("redis", REDIS_THREADS)
        # One slow answer is enough to go on without: together they would cost a request more than its share.
        self._breaker = CircuitBreaker(failure_threshold=1, recovery_timeout=REST, name="redis")
        self._writing = CircuitBreaker(failure_threshold=3, recovery_timeout=REST, name="redis-writing")
        self._is_missed = False

    def get(self, key: str, seconds: float = TIME_LIMIT) -> Entry | None:
        """Answer an entry that is not over its time, or None; also where Redis does not answer in time."""
        raw = self._call(lambda: self._redis.get(key), seconds)
        return None if raw is None else _read(raw)

    def put(self, key: str, entry: Entry, seconds: float) -> None:
        """Send an entry to Redis without waiting for it."""
        body = json.dumps([dict(entry.fields), entry.made, entry.known])
        milliseconds = max(1, int(seconds * 1000))
        future = self._send(lambda: self._redis.set(key, body, px=milliseconds))
        if future is None:
            return
        with self._lock:
            self._on_their_way[key] = future
        future.add_done_callback(lambda done: self._arrived(key, done))

    def drop(self, keys: Sequence[str], *, wait: bool = True) -> bool:
        """Forget entries; False where Redis did not confirm it, or nobody waited for it to."""
        if not wait:
            self._send(lambda: self._redis.delete(*keys))
            return False
        with self._lock:
            before = [self._on_their_way[key] for key in keys if key in self._on_their_way]
        arrived = not wait_for(before, TIME_LIMIT).not_done
        return self._call(lambda: self._redis.delete(*keys), TIME_LIMIT) is not None and arrived

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _arrived(self, key: str, future: Future[Any]) -> None:
        with self._lock:
            if self._on_their_way.get(key) is future:
                del self._on_their_way[key]

    def _send(self, command: Callable[[], Any]) -> Future[Any] | None:
        if self._breaker.opened or self._writing.opened:
            return None
        future = self._threads.start(command)
        if future is not None:
            future.add_done_callback(self._note)
        return future

    def _call(self, command: Callable[[], Any], seconds: float) -> Any:
        if self._breaker.opened or seconds <= 0:
            return None
        future = self._threads.start(command)
        try:
            answer = None if future is None else future.result(seconds)
        except FutureTimeoutError:
            self._fail(self._breaker, "it did not answer in time")
            return None
        except Exception as error:  # noqa: BLE001 - whatever Redis does, it is only a cache
            self._fail(self._breaker, type(error).__name__)
            return None
        self._breaker.reset()
        self._is_back()
        return answer

    def _note(self, future: Future[Any]) -> None:
        if (error := future.exception()) is None:
            self._writing.reset()
            self._is_back()
        else:
            self._fail(self._writing, type(error).__name__)

    def _fail(self, breaker: CircuitBreaker, reason: str) -> None:
        try:
            with breaker:
                raise ConnectionError
        except ConnectionError:
            # Once for each time that it goes, and not for every request that goes without it.
            if breaker.opened and not self._is_missed:
                self._is_missed = True
                log.warning("cache_unavailable", reason=reason)

    def _is_back(self) -> None:
        if self._is_missed and not (self._breaker.opened or self._writing.opened):
            self._is_missed = False
            log.info("cache_available")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _read(raw: object) -> Entry | None:
    """Read what was kept; None for anything that this version does not understand."""
    try:
        text = raw if isinstance(raw, bytes | str) else b""
        fields, made, known = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(fields, dict) or not isinstance(made, int | float) or not isinstance(known, bool):
        return None
    if not all(_may_leave(key, value) for key, value in fields.items()):
        return None
    return Entry(fields, float(made), known)


def _may_leave(key: str, value: object) -> bool:
    """Tell whether this server could have written a field: others may write in the same Redis."""
    if not is_identifier(key) or key in RESERVED:
        return False
    return value is None or isinstance(value, str | int | float | bool)
