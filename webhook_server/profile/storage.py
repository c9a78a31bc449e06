"""Where cached answers live: in this process, bounded, or in Redis, shared by replicas.

Either may lose an entry at any time; neither ever raises or takes more than TIME_LIMIT.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Protocol

import orjson

from webhook_server.profile.formats import Scalar

TIME_LIMIT = 0.05
"""Seconds that keeping things elsewhere may cost a request, all its questions together."""


@dataclass(slots=True)
class Entry:
    """Flat fields and what belongs to them; ``made`` is wall time, in seconds since 1970.

    ``found_by`` tells apart, without naming it, another's answer by which the fields were looked up.
    """

    fields: Mapping[str, Scalar]
    made: float
    known: bool = True
    found_by: str = ""


class Storage(Protocol):
    """Keeps entries for a time."""

    is_shared: bool
    """Whether other processes see what is kept here."""

    @property
    def trouble(self) -> str:
        """Why nothing is answered just now; "" where all is well."""

    def get(self, keys: Sequence[str], seconds: float = TIME_LIMIT) -> dict[str, Entry]:
        """Answer the entries, by key, that are not over their time and at hand in ``seconds``."""

    def put(self, key: str, entry: Entry, seconds: float) -> None:
        """Keep an entry for so many seconds."""

    def drop(self, keys: Sequence[str], *, wait: bool = True) -> bool:
        """Forget entries; tell whether that is certain (it is not where nobody waits for it)."""

    def close(self) -> None:
        """Give back what is held open."""


_Kept = tuple[str, float, bool, str, float]
"""An entry as it is kept: its fields as JSON, the rest of it, and when its time is over (monotonic)."""


class MemoryStorage:
    """Keeps a bounded number of entries in this process; the least used go first.

    An entry whose time is over keeps its place until it is asked for or displaced: to look for such
    entries with every new one costs several times as much as to keep it.
    """

    is_shared = False
    trouble = ""

    def __init__(self, entries: int) -> None:
        self._lock = Lock()
        self._most = entries
        # As JSON, they take half of the memory, and Python's collector of garbage does not look at them.
        # The last used stand last. cachetools' LRUCache does the same, and takes as long as a lookup for it.
        self._cache: OrderedDict[str, _Kept] = OrderedDict()

    def get(self, keys: Sequence[str], seconds: float = TIME_LIMIT) -> dict[str, Entry]:
        """Answer the entries, by key, that are not over their time."""
        entries: dict[str, Entry] = {}
        with self._lock:
            for key in keys:
                found = self._cache.get(key)
                if found is None:
                    continue
                fields, made, known, found_by, due = found
                if monotonic() < due:
                    self._cache.move_to_end(key)
                    entries[key] = Entry(orjson.loads(fields), made, known, found_by)
                else:
                    del self._cache[key]
        return entries

    def put(self, key: str, entry: Entry, seconds: float) -> None:
        """Keep an entry for so many seconds."""
        # Decoded, since the bytes would hold on to the larger room that they were written in.
        text = orjson.dumps(dict(entry.fields)).decode()
        kept = (text, entry.made, entry.known, entry.found_by, monotonic() + seconds)
        with self._lock:
            self._cache[key] = kept
            self._cache.move_to_end(key)
            if len(self._cache) > self._most:
                self._cache.popitem(last=False)

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
