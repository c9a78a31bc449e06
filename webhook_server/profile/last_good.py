"""The last good answer of a source stands in for it when it fails."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from webhook_server.profile.cache import ProfileCache
from webhook_server.profile.formats import Scalar
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.outcome import Outcome
from webhook_server.profile.storage import Entry


class LastGood:
    """What is kept of one customer's sources, in one round of questions.

    ``forget`` says that "no such customer" counts: it proves nothing where not all addresses are known.
    """

    def __init__(
        self, cache: ProfileCache | None, sources: Sequence[BoundSource], address: str, *, forget: bool
    ) -> None:
        self._cache = cache if cache is not None and cache.times.stale else None
        self._sources = sources
        self._address = address
        self._forget = forget
        self._asked = time.monotonic()
        self._kept: Mapping[str, Entry] | None = None

    def settled(self, bound: BoundSource, outcome: Outcome) -> Outcome:
        """Keep what is good, forget what is gone, and put what was good last in the place of a failure."""
        cache = self._cache
        if cache is None:
            settled = outcome
        elif outcome.missing:
            settled = self._stale(cache, bound, outcome)
        else:
            settled = outcome
            # Without all addresses it may be less than what is kept: that stays.
            if self._forget or (outcome.state == "found" and bound.name not in self._read(cache)):
                self._note(cache, bound, outcome)
        # Of an alias source only the addresses count, fresh or old; its fields never leave.
        return (
            replace(settled, fields=None, record=settled.fields, changes=()) if bound.is_aliases else settled
        )

    def came_late(self, bound: BoundSource, outcome: Outcome) -> None:
        """Keep an answer that came too late for this request, unless a newer one came meanwhile."""
        cache = self._cache
        if cache is None or outcome.missing or not self._forget:
            return
        cache.begin()
        kept = cache.last_good([bound.name], self._address).get(bound.name)
        if kept is None or kept.made < time.time() - (time.monotonic() - self._asked):
            self._note(cache, bound, outcome)

    def fields_of(self, bound: BoundSource) -> Mapping[str, Scalar]:
        """Answer the last good fields of a source that has not answered yet."""
        entry = None if self._cache is None else self._read(self._cache).get(bound.name)
        return {} if entry is None else entry.fields

    def _note(self, cache: ProfileCache, bound: BoundSource, outcome: Outcome) -> None:
        if outcome.state == "unknown":
            cache.forget_last_good(bound.name, self._address)
        elif outcome.fields is not None:
            entry = Entry(outcome.fields, time.time(), found_by=cache.mark(outcome.key))
            cache.keep_last_good(bound.name, self._address, entry, self._asked)

    def _stale(self, cache: ProfileCache, bound: BoundSource, outcome: Outcome) -> Outcome:
        kept = self._read(cache).get(bound.name)
        # What was found by another key than today's is about somebody else.
        if kept is None or (outcome.key and kept.found_by != cache.mark(outcome.key)):
            return outcome
        return replace(outcome, state="stale", fields=kept.fields, made=kept.made)

    def _read(self, cache: ProfileCache) -> Mapping[str, Entry]:
        # Of all sources together: one that fails is seldom alone, and Redis may be far away.
        if self._kept is None:
            self._kept = cache.last_good([bound.name for bound in self._sources], self._address)
        return self._kept
