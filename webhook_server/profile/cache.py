"""Answers kept for a while: fresh ones, and the last good one of every source.

Keys are HMACs: whoever reads the cache's keys learns no address. One thread at a time makes an
answer; those that ask for it meanwhile get the same one (single flight, by dogpile's lock).
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock as Mutex
from typing import TypeVar

from cachetools import TLRUCache
from dogpile import Lock, NeedRegenerationException
from dogpile.util import NameRegistry

from webhook_server.profile.storage import Entry, Storage

SHARED_SECONDS = 5.0
"""How long a made answer waits for those who asked while it was made."""

SHARED_ENTRIES = 1000
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class CacheTimes:
    """Seconds that things are kept: 0 is not at all.

    ``fresh``: a known customer's answer; ``negative``: "no such customer"; ``stale``: a source's last
    good answer, for when it fails.
    """

    fresh: float = 0.0
    negative: float = 0.0
    stale: float = 3600.0


class ProfileCache:
    """What a service keeps, under keys that tell nothing."""

    def __init__(self, storage: Storage, times: CacheTimes, *, secret: bytes, namespace: str = "") -> None:
        self.times = times
        self._storage = storage
        # Made once and copied: to make a new one costs as much as the rest of a cached answer's lookup.
        self._hmac = hmac.new(secret, digestmod="sha256")
        self._namespace = namespace
        self._mutexes = NameRegistry(lambda _name: Mutex())
        self._shared: TLRUCache[str, tuple[float, object]] = TLRUCache(
            SHARED_ENTRIES, ttu=lambda _key, _value, now: now + SHARED_SECONDS, timer=time.monotonic
        )
        self._shared_lock = Mutex()
        self._dropped: TLRUCache[str, float] = TLRUCache(
            10_000, ttu=lambda _key, _value, now: now + 60, timer=time.monotonic
        )

    @property
    def keeps_answers(self) -> bool:
        """Tell whether answers are kept at all (off by default)."""
        return self.times.fresh > 0 or self.times.negative > 0

    def answer(self, address: str) -> Entry | None:
        """Answer what is kept as the answer for an address."""
        return self._storage.get(self._key("answer", address))

    def keep_answer(self, address: str, entry: Entry, asked: float) -> None:
        """Keep a whole answer, unless the address was dropped after ``asked`` (monotonic time)."""
        seconds = self.times.fresh if entry.known else self.times.negative
        self._keep(self._key("answer", address), entry, seconds, asked)

    def last_good(self, source: str, address: str) -> Entry | None:
        """Answer the last good fields of a source."""
        return self._storage.get(self._key(f"source:{source}", address)) if self.times.stale else None

    def keep_last_good(self, source: str, address: str, entry: Entry, asked: float) -> None:
        """Keep a source's good fields for when it fails, unless the address was dropped since ``asked``."""
        self._keep(self._key(f"source:{source}", address), entry, self.times.stale, asked)

    def forget_last_good(self, source: str, address: str) -> None:
        """Forget a source's fields, for it says that there is no such customer any more."""
        self._storage.drop([self._key(f"source:{source}", address)], wait=False)

    def drop(self, address: str, sources: Iterable[str]) -> bool:
        """Forget an address; tell whether that is certain.

        What is being made just now, from data that may be older, is not kept either.
        """
        keys = [self._key("answer", address), *(self._key(f"source:{name}", address) for name in sources)]
        with self._shared_lock:
            for key in keys:
                self._dropped[key] = time.monotonic()
            self._shared.pop(address, None)
        return self._storage.drop(keys)

    def close(self) -> None:
        """Close the storage."""
        self._storage.close()

    def single_flight(self, address: str, look: Callable[[], Made | None], make: Callable[[], Made]) -> Made:
        """Answer what ``look`` finds, or what ``make`` makes, once for all who ask at the same time."""
        asked = time.monotonic()
        key = self._key("answer", address)

        def found() -> tuple[Made, float]:
            with self._shared_lock:
                shared = self._shared.get(address)
            if shared is not None and shared[0] >= asked:
                return shared[1], time.time()  # type: ignore[return-value]
            if (kept := look()) is None:
                raise NeedRegenerationException
            return kept, time.time()

        def create() -> tuple[Made, float]:
            started = time.monotonic()
            made = make()
            with self._shared_lock:
                # What was dropped meanwhile is for those alone who asked before.
                if self._dropped.get(key, 0.0) < started:
                    self._shared[address] = (time.monotonic(), made)
            return made, time.time()

        with Lock(self._mutexes.get(address), create, found, None) as answer:
            return answer  # type: ignore[no-any-return]

    def _keep(self, key: str, entry: Entry, seconds: float, asked: float) -> None:
        with self._shared_lock:
            dropped = self._dropped.get(key, 0.0)
        if seconds > 0 and dropped < asked:
            self._storage.put(key, entry, seconds)

    def _key(self, kind: str, address: str) -> str:
        mac = self._hmac.copy()
        mac.update(f"{self._namespace}\0{kind}\0{address}".encode("utf-8", "surrogatepass"))
        return f"custom-profile:{mac.hexdigest()[:40]}"
