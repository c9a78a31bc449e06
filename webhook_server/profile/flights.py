"""Single flight: of those who ask for the same thing at once, one makes it and all get it."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock as Mutex
from typing import TypeVar

from cachetools import LRUCache, TLRUCache
from dogpile import Lock, NeedRegenerationException
from dogpile.util import NameRegistry

SHARED_SECONDS = 5.0
"""How long what was made waits for those who had asked before it was."""

MOST_KEYS = 1000

Made = TypeVar("Made")


class Flights:
    """What is being made just now, by key; who waits for it waits at dogpile's lock.

    Each flight has a lock of its own. Otherwise whoever asks after one has ended could begin the next
    before all who waited for the first were let through, and they would wait for the next one too.
    """

    def __init__(self) -> None:
        self._lock = Mutex()
        self._mutexes = NameRegistry(lambda _name: Mutex())
        self._ended: LRUCache[str, int] = LRUCache(MOST_KEYS)
        self._made: TLRUCache[str, tuple[float, object]] = TLRUCache(
            MOST_KEYS, ttu=lambda _key, _value, now: now + SHARED_SECONDS, timer=time.monotonic
        )

    def share(self, key: str, make: Callable[[], Made], asked: float) -> Made:
        """Answer what ``make`` makes, once for all who asked before it was; this one did at ``asked``."""
        with self._lock:
            flight = f"{self._ended.get(key, 0)} {key}"

        def found() -> tuple[Made, float]:
            with self._lock:
                made = self._made.get(key)
            if made is None or made[0] < asked:
                raise NeedRegenerationException
            return made[1], time.time()  # type: ignore[return-value]

        def create() -> tuple[Made, float]:
            made = make()
            with self._lock:
                self._made[key] = (time.monotonic(), made)
                self._ended[key] = self._ended.get(key, 0) + 1
            return made, time.time()

        with Lock(self._mutexes.get(flight), create, found, None) as answer:
            return answer  # type: ignore[no-any-return]
