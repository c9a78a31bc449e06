"""An address in, a flat profile out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from threading import Event
from time import monotonic, perf_counter

from webhook_server.profile.at_once import AT_ONCE_SECONDS, WouldWaitError
from webhook_server.profile.cache import ProfileCache
from webhook_server.profile.changes import Change
from webhook_server.profile.formats import Formatter, Scalar
from webhook_server.profile.gather import Gathering
from webhook_server.profile.identity import Identity, identify
from webhook_server.profile.inventory import Inventory, take_inventory
from webhook_server.profile.last_good import LastGood
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.merge import Shaper, combine
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.others import look_closer
from webhook_server.profile.outcome import ANSWERED, Outcome
from webhook_server.profile.plan import Plan
from webhook_server.profile.storage import Entry


class NoSourceAnsweredError(Exception):
    """Raised when every source failed or was late and nothing stale is at hand: an outage."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__("no source answered")
        self.outcomes = outcomes


@dataclass(slots=True)
class Answer:
    """A profile, and how it came about; ``shared`` if another request asked the sources for it."""

    fields: Mapping[str, Scalar]
    known: bool
    outcomes: Sequence[Outcome] = ()
    changes: Sequence[Change] = ()
    identity: Identity | None = None
    cached: bool = False
    shared: bool = False
    outage: bool = False


class ProfileService:
    """Asks the sources for one customer and makes the flat profile of what they answer."""

    def __init__(
        self,
        sources: Sequence[BoundSource],
        options: ProfileOptions | None = None,
        *,
        shaper: Shaper | None = None,
        cache: ProfileCache | None = None,
    ) -> None:
        self.all_sources = sources
        self.sources = [bound for bound in sources if not bound.is_aliases]
        self._plan = Plan(self.sources)
        self._alias_plan = Plan([bound for bound in sources if bound.is_aliases])
        self._options = options or ProfileOptions()
        self._shaper = shaper or Shaper(Formatter())
        self._cache = cache
        self.is_closed = Event()

    def answer(self, email: str, *, at_once: bool = False, waited: float = 0.0) -> Answer:
        """Answer the profile of an address as it arrived, ``waited`` seconds ago.

        Raises InvalidAddressError for what is no address, NoSourceAnsweredError in an outage, and with
        ``at_once`` WouldWaitError where the thread might have to wait.
        """
        identity = identify(email, strip_plus_tags=self._options.strip_plus_tags)
        cache, asked = self._cache, monotonic() - waited
        if cache is not None:
            if at_once and cache.is_shared:
                raise WouldWaitError
            cache.begin()
        if cache is None or not cache.keeps_answers:
            answer = self._make(identity, at_once=at_once, waited=waited)
        elif (kept := self._kept(identity.addresses[0], cache)) is not None:
            answer = kept
        elif at_once:
            raise WouldWaitError  # for another thread, if that makes the same answer just now
        else:
            answer = self._made_once(identity, cache, asked, waited)
        if answer.outage:
            raise NoSourceAnsweredError(answer.outcomes)
        return answer

    def answer_anew(self, email: str) -> Answer:
        """Answer like answer(), but from the sources whatever is kept, and an outage as an answer too.

        It tells, too, of records that were never asked for because the first one is taken, and of those
        that a source left out.
        """
        answer = self._make(identify(email, strip_plus_tags=self._options.strip_plus_tags))
        others = look_closer(answer, self._plan.sources, self._options.deadline)
        return replace(answer, changes=[*answer.changes, *others]) if others else answer

    def cache_state(self, email: str) -> str:
        """Say in a few words what is kept as the answer for an address."""
        if self._cache is None or not self._cache.keeps_answers:
            return "off: no answers are kept"
        if not self._cache.is_shared:
            return "answers are kept in each server process's memory, which is not seen from here"
        entry = self._cache.answer(
            identify(email, strip_plus_tags=self._options.strip_plus_tags).addresses[0]
        )
        if entry is None and self._cache.trouble:
            return f"not known: Redis was asked, and {self._cache.trouble}"
        if entry is None:
            return "no answer is kept"
        return f"an answer made {max(0, round(time.time() - entry.made))} s ago is kept, and served"

    def forget(self, email: str) -> bool:
        """Drop what is kept of an address; tell whether that is certain. Raises InvalidAddressError."""
        identity = identify(email, strip_plus_tags=self._options.strip_plus_tags)
        if self._cache is None:
            return True
        names = [bound.name for bound in self.all_sources]
        dropped = [self._cache.drop(address, names) for address in identity.addresses]
        return all(dropped)

    def inventory(self) -> Inventory:
        """Tell what agents can see, without a customer."""
        return take_inventory(self.all_sources, self._options, self._shaper)

    def close(self) -> None:
        """Close every source, and what is kept."""
        self.is_closed.set()
        for bound in self.all_sources:
            bound.close()
        if self._cache is not None:
            self._cache.close()

    def _kept(self, key: str, cache: ProfileCache) -> Answer | None:
        entry = cache.answer(key)
        return None if entry is None else Answer(entry.fields, entry.known, cached=True)

    def _made_once(self, identity: Identity, cache: ProfileCache, asked: float, waited: float) -> Answer:
        made: list[Answer] = []

        def make() -> Answer:
            made.append(self._make_and_keep(identity, cache, waited))
            return made[0]

        answer = cache.single_flight(identity.addresses[0], make, asked)
        return answer if made else replace(answer, shared=True)

    def _make_and_keep(self, identity: Identity, cache: ProfileCache, waited: float) -> Answer:
        asked = monotonic()
        answer = self._make(identity, waited=waited)
        # An answer with something missing or old is shared with who waits for it, and not kept.
        if not any(outcome.incomplete for outcome in answer.outcomes):
            entry = Entry(answer.fields, time.time(), answer.known)
            cache.keep_answer(identity.addresses[0], entry, asked)
        return answer

    def _make(self, identity: Identity, *, at_once: bool = False, waited: float = 0.0) -> Answer:
        if at_once and not (self._plan.keeps_time and self._alias_plan.keeps_time):
            raise WouldWaitError
        # Whoever asked has waited since it arrived: what is later than the deadline is of no use.
        seconds = AT_ONCE_SECONDS if at_once else max(AT_ONCE_SECONDS, self._options.deadline - waited)
        due = perf_counter() + seconds
        aliases: list[Outcome] = []
        if self._alias_plan.sources:
            # Half of the time at most: who the customer is must not cost what is known of them.
            aliases = self._ask(self._alias_plan, identity, seconds / 2, forget=True, at_once=at_once)
            for outcome in aliases:
                identity = identity.with_aliases((outcome.record or {}).values(), outcome.source)
        # Without all addresses, "no such customer" proves nothing.
        certain = not any(outcome.missing for outcome in aliases)
        outcomes = self._ask(self._plan, identity, due - perf_counter(), forget=certain, at_once=at_once)
        return self._assemble(aliases, outcomes, identity)

    def _ask(
        self, plan: Plan, identity: Identity, seconds: float, *, forget: bool, at_once: bool
    ) -> list[Outcome]:
        last_good = LastGood(self._cache, plan.sources, identity.addresses[0], forget=forget)
        return Gathering(plan, identity.addresses, self._shaper, seconds, last_good, at_once).run()

    def _assemble(self, aliases: Sequence[Outcome], own: Sequence[Outcome], identity: Identity) -> Answer:
        options = self._options
        outcomes = [*aliases, *own] if aliases else own
        shaped, changes, incomplete = _taken_apart(outcomes)
        if incomplete and own and all(outcome.missing for outcome in own):
            return Answer({}, False, outcomes, identity=identity, outage=True)
        if not shaped and not incomplete:
            return Answer(options.unknown_customer, False, outcomes, (), identity)
        fields: dict[str, Scalar] = {}
        if shaped:  # else whether this is a customer is not known, and constants alone would look like one
            withheld = partial(self._withheld, outcomes)
            fields, combined = combine(shaped, options.fields, options.additions, withheld)
            changes += combined
        if incomplete:
            said = self._what_is_missing(outcomes, incomplete)
            changes += [
                Change("shadowed", "", name, "the server says in it what is missing or old")
                for name in said
                if name in fields
            ]
            fields |= said
            if shaped and options.fields is not None:
                fields = {name: fields[name] for name in (*options.fields, *said) if name in fields}
        return Answer(fields, bool(shaped), outcomes, changes, identity)

    def _withheld(self, outcomes: Sequence[Outcome]) -> set[str]:
        told = {outcome.source: outcome.changes for outcome in outcomes}
        return set().union(
            *(bound.shape.withheld_names(told.get(bound.name, ())) for bound in self.all_sources)
        )

    def _what_is_missing(self, outcomes: Sequence[Outcome], incomplete: Sequence[str]) -> dict[str, Scalar]:
        options = self._options
        fields: dict[str, Scalar] = {}
        if options.incomplete_field:
            fields[options.incomplete_field] = ", ".join(incomplete)
        made = [outcome.made for outcome in outcomes if outcome.made is not None]
        if made and options.as_of_field:
            fields[options.as_of_field] = self._shaper.write(datetime.fromtimestamp(min(made), UTC))
        return fields


Shaped = tuple[str, Mapping[str, Scalar]]


def _taken_apart(outcomes: Sequence[Outcome]) -> tuple[list[Shaped], list[Change], list[str]]:
    """Answer the fields, the changes, and the names of sources that did not answer just now."""
    shaped: list[Shaped] = []
    changes: list[Change] = []
    incomplete: list[str] = []
    for outcome in outcomes:
        if outcome.fields is not None:
            shaped.append((outcome.source, outcome.fields))
        changes += outcome.changes
        if outcome.state not in ANSWERED:
            incomplete.append(outcome.source)
    return shaped, changes, incomplete
