"""Answers kept for a while: fresh ones, and the last good one of every source.

Keys are HMACs: whoever reads the cache's keys learns no address.
"""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock, local

from cachetools import TLRUCache

from webhook_server.profile.flights import Flights, Made
from webhook_server.profile.storage import TIME_LIMIT, Entry, Storage

DROPS_KEPT = 60.0
"""Seconds for which it is remembered what was dropped; a lookup that took longer is not kept after a drop."""

MOST_DROPS = 10_000


@dataclass(frozen=True, slots=True)
class CacheTimes:
    """Seconds that things are kept: 0 is not at all.

    ``fresh``: a known customer's answer; ``negative``: "no such customer"; ``stale``: a source's last
    good answer, for when it fails.
    """

    fresh: float = 0.0
    negative: float = 0.0
    stale: float = 3600.0


class _Request(local):
    """What this thread's request may still spend on the storage, in seconds, and whom it is about."""

    seconds = TIME_LIMIT
    address = ""
    mac = ""


class ProfileCache:
    """What a service keeps, under keys that tell nothing."""

    def __init__(self, storage: Storage, times: CacheTimes, *, secret: bytes, namespace: str = "") -> None:
        self.times = times
        self._storage = storage
        # Made once and copied: to make a new one costs as much as the rest of a cached answer's lookup.
        self._hmac = hmac.new(secret, digestmod="sha256")
        self._namespace = namespace
        self._flights = Flights()
        self._drop_lock = Lock()
        self._request = _Request()
        self._kinds: dict[str, str] = {}
        self._last_drop = -math.inf
        self._dropped: TLRUCache[str, float] = TLRUCache(
            MOST_DROPS, ttu=lambda _key, _value, now: now + DROPS_KEPT, timer=time.monotonic
        )

    @property
    def keeps_answers(self) -> bool:
        """Tell whether answers are kept at all (off by default)."""
        return self.times.fresh > 0 or self.times.negative > 0

    @property
    def is_shared(self) -> bool:
        """Tell whether other processes see what is kept."""
        return self._storage.is_shared

    @property
    def trouble(self) -> str:
        """Why nothing that is kept can be read just now; "" where all is well."""
        return self._storage.trouble

    def begin(self) -> None:
        """Begin a request of this thread: all that it asks the storage may cost TIME_LIMIT together."""
        self._request.seconds = TIME_LIMIT

    def answer(self, address: str) -> Entry | None:
        """Answer what is kept as the answer for an address."""
        key = self._key("answer", address)
        return self._get([key]).get(key)

    def keep_answer(self, address: str, entry: Entry, asked: float) -> None:
        """Keep a whole answer, unless the address was dropped after ``asked`` (monotonic time)."""
        seconds = self.times.fresh if entry.known else self.times.negative
        self._keep(self._key("answer", address), entry, seconds, asked)

    def last_good(self, sources: Sequence[str], address: str) -> dict[str, Entry]:
        """Answer the last good fields of sources, by name, of those of which there are any."""
        keys = {self._key(f"source:{source}", address): source for source in sources}
        return {keys[key]: entry for key, entry in self._get(list(keys)).items()}

    def keep_last_good(self, source: str, address: str, entry: Entry, asked: float) -> None:
        """Keep a source's good fields for when it fails, unless the address was dropped since ``asked``."""
        self._keep(self._key(f"source:{source}", address), entry, self.times.stale, asked)

    def forget_last_good(self, source: str, address: str) -> None:
        """Forget a source's fields, for it says that there is no such customer any more."""
        self._storage.drop([self._key(f"source:{source}", address)], wait=False)

    def mark(self, key: str) -> str:
        """Answer what tells one key of a lookup from another and names neither; nothing for no key."""
        return self._mac(f"key\0{key}")[:16] if key else ""

    def drop(self, address: str, sources: Iterable[str]) -> bool:
        """Forget an address; tell whether that is certain.

        What is being made just now, from data that may be older, is not kept either.
        """
        keys = [self._key("answer", address), *(self._key(f"source:{name}", address) for name in sources)]
        with self._drop_lock:
            self._last_drop = time.monotonic()
            for key in keys:
                self._dropped[key] = self._last_drop
        return self._storage.drop(keys)

    def close(self) -> None:
        """Close the storage."""
        self._storage.close()

    def single_flight(self, address: str, make: Callable[[], Made], asked: float) -> Made:
        """Answer what ``make`` makes, once for all who ask at the same time, this one since ``asked``.

        Who asks after the address was dropped does not wait for what was being made before.
        """
        with self._drop_lock:
            dropped = self._dropped.get(self._key("answer", address), 0.0)
        return self._flights.share(f"{dropped} {address}", make, asked)

    def _get(self, keys: Sequence[str]) -> dict[str, Entry]:
        left = self._request.seconds
        asked = time.monotonic()
        entries = self._storage.get(keys, left)
        self._request.seconds = left - (time.monotonic() - asked)
        return entries

    def _keep(self, key: str, entry: Entry, seconds: float, asked: float) -> None:
        # Under one lock with drop(): what is put before is on its way then, and dropped after it.
        with self._drop_lock:
            if seconds > 0 and not self._may_have_been_dropped(key, asked):
                self._storage.put(key, entry, seconds)

    def _may_have_been_dropped(self, key: str, asked: float) -> bool:
        """Tell whether a key was dropped since ``asked``, or nobody remembers."""
        if self._last_drop < asked:
            return False
        if time.monotonic() - asked >= DROPS_KEPT or len(self._dropped) >= MOST_DROPS:
            return True
        return self._dropped.get(key, 0.0) >= asked

    def _key(self, kind: str, address: str) -> str:
        request = self._request
        if request.address != address:
            request.mac = self._mac(f"address\0{address}")[:40]
            request.address = address
        what = self._kinds.get(kind)
        if what is None:
            what = self._kinds[kind] = self._mac(f"kind\0{kind}")[:16]
        return f"custom-profile:{what}:{request.mac}"

    def _mac(self, text: str) -> str:
        mac = self._hmac.copy()
        mac.update(f"{self._namespace}\0{text}".encode("utf-8", "surrogatepass"))
        return mac.hexdigest()
