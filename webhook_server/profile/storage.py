"""Where cached answers live: in this process, bounded, or in Redis, shared by replicas.

Either may lose an entry at any time; neither ever raises or takes more than TIME_LIMIT.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from cachetools import LRUCache
from circuitbreaker import CircuitBreaker

from webhook_server.profile.formats import Scalar
from webhook_server.profile.keys import RESERVED, is_identifier
from webhook_server.profile.threads import BoundedThreads

if TYPE_CHECKING:
    from redis import Redis

TIME_LIMIT = 0.05
"""Seconds that a lookup in Redis may cost a request."""

REDIS_THREADS = 8
REST = 5
"""Seconds that a failing Redis is left alone."""


@dataclass(slots=True)
class Entry:
    """Flat fields and what belongs to them; ``made`` is wall time, in seconds since 1970."""

    fields: Mapping[str, Scalar]
    made: float
    known: bool = True


class Storage(Protocol):
    """Keeps entries for a time."""

    def get(self, key: str) -> Entry | None:
        """Answer an entry that is not over its time, or None."""

    def put(self, key: str, entry: Entry, seconds: float) -> None:
        """Keep an entry for so many seconds."""

    def drop(self, keys: Sequence[str], *, wait: bool = True) -> bool:
        """Forget entries; tell whether that is certain (it is not where nobody waits for it)."""

    def close(self) -> None:
        """Give back what is held open."""


class MemoryStorage:
    """Keeps a bounded number of entries in this process; the least used go first.

    An entry whose time is over keeps its place until it is asked for or displaced: to look for such
    entries with every new one costs several times as much as to keep it.
    """

    def __init__(self, entries: int) -> None:
        self._lock = Lock()
        self._cache: LRUCache[str, tuple[Entry, float]] = LRUCache(entries)

    def get(self, key: str) -> Entry | None:
        """Answer an entry that is not over its time, or None."""
        with self._lock:
            found = self._cache.get(key)
            if found is None:
                return None
            entry, due = found
            if monotonic() < due:
                return entry
            del self._cache[key]
        return None

    def put(self, key: str, entry: Entry, seconds: float) -> None:
        """Keep an entry for so many seconds."""
        with self._lock:
            self._cache[key] = (entry, monotonic() + seconds)

    def drop(self, keys: Sequence[str], *, wait: bool = True) -> bool:
        """Forget entries."""
        with self._lock:
            for key in keys:
                self._cache.pop(key, None)
        return True

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._cache.clear()


class RedisStorage:
    """Keeps entries in Redis as JSON.

    Every call runs in a thread that is waited for no longer than TIME_LIMIT, and a breaker leaves a
    Redis alone that fails: slow, full or down, it costs little time and no error.
    """

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._threads = BoundedThreads("redis", REDIS_THREADS)
        # One slow answer is enough to go on without: together they would cost a request more than its share.
        self._breaker = CircuitBreaker(failure_threshold=1, recovery_timeout=REST, name="redis")
        self._writing = CircuitBreaker(failure_threshold=3, recovery_timeout=REST, name="redis-writing")

    def get(self, key: str) -> Entry | None:
        """Answer an entry that is not over its time, or None; also where Redis does not answer."""
        raw = self._call(lambda: self._redis.get(key))
        return None if raw is None else _read(raw)

    def put(self, key: str, entry: Entry, seconds: float) -> None:
        """Send an entry to Redis without waiting for it."""
        body = json.dumps([dict(entry.fields), entry.made, entry.known])
        milliseconds = max(1, int(seconds * 1000))
        self._send(lambda: self._redis.set(key, body, px=milliseconds))

    def drop(self, keys: Sequence[str], *, wait: bool = True) -> bool:
        """Forget entries; False where Redis did not confirm it, or nobody waited for it to."""
        if wait:
            return self._call(lambda: self._redis.delete(*keys)) is not None
        self._send(lambda: self._redis.delete(*keys))
        return False

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _send(self, command: Callable[[], Any]) -> None:
        if self._breaker.opened or self._writing.opened:
            return
        future = self._threads.start(command)
        if future is not None:
            future.add_done_callback(self._note)

    def _call(self, command: Callable[[], Any]) -> Any:
        if self._breaker.opened:
            return None
        future = self._threads.start(command)
        try:
            answer = None if future is None else future.result(TIME_LIMIT)
        except FutureTimeoutError:
            _fail(self._breaker)
            return None
        except Exception:  # noqa: BLE001 - whatever Redis does, it is only a cache
            _fail(self._breaker)
            return None
        self._breaker.reset()
        return answer

    def _note(self, future: Future[Any]) -> None:
        if future.exception() is None:
            self._writing.reset()
        else:
            _fail(self._writing)


def _fail(breaker: CircuitBreaker) -> None:
    try:
        with breaker:
            raise ConnectionError
    except ConnectionError:
        return


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
