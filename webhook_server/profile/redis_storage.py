"""Cached answers in Redis, shared by replicas: slow, full or down, it costs little time and no error."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog
from cachetools import LRUCache
from circuitbreaker import CircuitBreaker

from webhook_server.profile.formats import LARGEST_EXACT, sound_text
from webhook_server.profile.keys import RESERVED, is_identifier
from webhook_server.profile.redis_line import Command, RedisLine
from webhook_server.profile.storage import TIME_LIMIT, Entry

if TYPE_CHECKING:
    from redis import Redis

LATEST = 253402300799
"""Seconds since 1970 until the end of the calendar; what was made later, this server did not make."""

REST = 5
"""Seconds that a failing Redis is left alone."""

FAIR_SHARE = 0.8
"""The share of its time that a question must have had for it to count against Redis that no answer came."""

MOST_OWED = 10_000
"""Entries that are remembered to be dropped when Redis is back; with more, the oldest are not."""

DROPPED_TOGETHER = 100

OWN_KEY = "custom-profile:doctor"
"""A key of nobody's, to try Redis with."""

LATE = "it did not answer in time"

_WORDS = {
    "AuthenticationError": "it refuses the password, or wants one",
    "NoPermissionError": "its user may not do what the cache needs",
    "TimeoutError": LATE,
    "BusyLoadingError": "it is still reading its data",
    "ConnectionError": "it cannot be reached",
    "OutOfMemoryError": "it is full",
}
"""What went wrong, by the first fitting class of the driver's, which may not be installed."""

log = structlog.get_logger("custom_profile")


class RedisStorage:
    """Keeps entries in Redis as JSON.

    Reads are waited for no longer than TIME_LIMIT. Writes go their own way, in order, and until they have
    arrived this process reads what it sent. A breaker leaves a Redis alone that fails.
    """

    is_shared = True
    trouble = ""
    """What came of the last question, where that was no answer."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._reads, self._writes = RedisLine(client), RedisLine(client)
        self._on_their_way: dict[str, Entry | None] = {}
        self._owed: LRUCache[str, None] = LRUCache(MOST_OWED)
        self._lock = Lock()
        # One slow answer is enough to go on without: together they would cost a request more than its share.
        self._breaker = CircuitBreaker(failure_threshold=1, recovery_timeout=REST, name="redis")
        self._writing = CircuitBreaker(failure_threshold=3, recovery_timeout=REST, name="redis-writing")
        self._is_missed = False

    def get(self, keys: Sequence[str], seconds: float = TIME_LIMIT) -> dict[str, Entry]:
        """Answer the entries, by key, that are not over their time; none where Redis is late."""
        with self._lock:
            found = {key: self._on_their_way[key] for key in keys if key in self._on_their_way}
            asked = [key for key in keys if key not in found and key not in self._owed]
        raws = self._ask(("MGET", *asked), seconds) if asked else None
        found |= {key: _read(raw) for key, raw in zip(asked, raws or (), strict=False) if raw is not None}
        return {key: entry for key, entry in found.items() if entry is not None}

    def put(self, key: str, entry: Entry, seconds: float) -> None:
        """Send an entry to Redis without waiting for it."""
        if self._breaker.opened or self._writing.opened:
            return
        body = json.dumps([dict(entry.fields), entry.made, entry.known, entry.found_by])
        self._send({key: entry}, ("SET", key, body, "PX", max(1, int(seconds * 1000))))

    def drop(self, keys: Sequence[str], *, wait: bool = True) -> bool:
        """Forget entries; False where Redis did not confirm it, or nobody waited for it to.

        What cannot be dropped now is not served from here any more, and dropped when Redis is back. One that
        is full takes no entries, but drops them.
        """
        future = None if self._breaker.opened else self._send(dict.fromkeys(keys), ("DEL", *keys))
        if future is None:
            self._owe(keys)
        return wait and self._is_confirmed(future)

    def takes_entries(self) -> bool:
        """Tell whether Redis keeps what it is given, by an entry of a second; ``trouble`` says why not."""
        return self._is_confirmed(self._send({}, ("SET", OWN_KEY, "", "PX", 1000)))

    def close(self) -> None:
        """Send what is on its way, and close the connections."""
        self._writes.close()
        self._reads.close()
        self._redis.close()

    def _send(self, entries: Mapping[str, Entry | None], command: Command) -> Future[Any] | None:
        """Send a command for keys whose entries (None: no entry) are known until it has arrived."""
        with self._lock:
            self._on_their_way.update(entries)
            future = self._writes.send(command, lambda done: self._arrived(entries, done))
        if future is None:
            self._forget(entries)
            self._fail(self._writing, "more waits to be sent than it takes")
        return future

    def _is_confirmed(self, future: Future[Any] | None) -> bool:
        if future is None:
            return False
        try:
            future.result(TIME_LIMIT)
        except Exception as error:  # noqa: BLE001 - late or failed: not confirmed
            self.trouble = _words(error)
            return False
        return True

    def _arrived(self, entries: Mapping[str, Entry | None], future: Future[Any]) -> None:
        error = future.exception()
        dropped = [key for key, entry in entries.items() if entry is None]
        if error is not None:
            self._owe(dropped)
            self._forget(entries)
            self._fail(self._writing, _words(error))
            return
        with self._lock:
            for key in entries:
                self._owed.pop(key, None)
        self._forget(entries)
        if not dropped:  # one that is full drops entries, and takes none
            self._writing.reset()
        self._is_back()

    def _owe(self, keys: Sequence[str]) -> None:
        """Remember what is to be dropped as soon as Redis takes it."""
        with self._lock:
            for key in keys:
                self._owed[key] = None

    def _pay(self) -> None:
        """Drop what could not be dropped before."""
        with self._lock:
            keys = list(self._owed)[:DROPPED_TOGETHER]
            for key in keys:
                del self._owed[key]
        if keys:
            self.drop(keys, wait=False)

    def _forget(self, entries: Mapping[str, Entry | None]) -> None:
        with self._lock:
            for key, entry in entries.items():
                # Another write of the key may have followed: that one is still on its way.
                if self._on_their_way.get(key, entry) is entry:
                    self._on_their_way.pop(key, None)

    def _ask(self, command: Command, seconds: float) -> Any:
        if self._breaker.opened or seconds <= 0:
            return None
        future = self._reads.send(command)
        try:
            answer = None if future is None else future.result(seconds)
        except FutureTimeoutError:
            if seconds >= TIME_LIMIT * FAIR_SHARE:  # less proves nothing against it
                self._fail(self._breaker, LATE)
            return None
        except Exception as error:  # noqa: BLE001 - whatever Redis does, it is only a cache
            self._fail(self._breaker, _words(error))
            return None
        self._breaker.reset()
        self._is_back()
        return answer

    def _fail(self, breaker: CircuitBreaker, reason: str) -> None:
        self.trouble = reason
        try:
            with breaker:
                raise ConnectionError
        except ConnectionError:
            # Once for each time that it goes, and not for every request that goes without it.
            if breaker.opened and not self._is_missed:
                self._is_missed = True
                log.warning("cache_unavailable", reason=reason)

    def _is_back(self) -> None:
        self.trouble = ""
        if self._owed:
            self._pay()
        if self._is_missed and not (self._breaker.opened or self._writing.opened):
            self._is_missed = False
            log.info("cache_available")


def _words(error: BaseException) -> str:
    """Say what came instead of an answer; never the message, which may hold a URL."""
    names = {kind.__name__ for kind in type(error).__mro__}
    for name, words in _WORDS.items():
        if name in names:
            return words
    return f"it answered with an error ({type(error).__name__})"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _read(raw: object) -> Entry | None:
    """Read what was kept; None for anything that this version does not understand."""
    try:
        text = raw if isinstance(raw, bytes | str) else b""
        fields, made, known, found_by = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(fields, dict) or not isinstance(known, bool) or not isinstance(found_by, str):
        return None
    if not isinstance(made, int | float) or not 0 <= made <= LATEST:
        return None
    if not all(_may_leave(key, value) for key, value in fields.items()):
        return None
    return Entry(fields, float(made), known, found_by)


def _may_leave(key: str, value: object) -> bool:
    """Tell whether this server could have written a field: others may write in the same Redis."""
    if not is_identifier(key) or key in RESERVED:
        return False
    if isinstance(value, str):
        return value.isascii() or sound_text(value) == value
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) <= LARGEST_EXACT
    return value is None
