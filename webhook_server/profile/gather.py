"""Every source for one customer, side by side, within a deadline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from time import perf_counter

from webhook_server.profile.formats import Scalar
from webhook_server.profile.lookup import BoundSource, Outcome
from webhook_server.profile.merge import Shaper

Settled = Callable[[BoundSource, Outcome], Outcome]


@dataclass(slots=True)
class _UnderWay:
    bound: BoundSource
    started: float
    due: float


@dataclass(slots=True)
class Gathering:
    """One round of questions.

    ``on_settled`` may put another outcome in the place of the one that came (a stale one for a
    failure).
    """

    addresses: Sequence[str]
    shaper: Shaper
    due: float
    on_settled: Settled
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    under_way: dict[Future[Outcome], _UnderWay] = field(default_factory=dict)

    def run(self, sources: Sequence[BoundSource]) -> list[Outcome]:
        """Ask every source and answer the outcomes in their order.

        Local sources are asked in this thread, while the others are under way in theirs. A source
        with ``lookup_by`` is asked as soon as another one has answered that field.
        """
        dependent = [bound for bound in sources if bound.lookup_by]
        independent = [bound for bound in sources if not bound.lookup_by]
        for bound in independent:
            if not bound.source.is_local:
                self._start(bound, self.addresses)
        for bound in independent:
            if bound.source.is_local:
                self._ask(bound, self.addresses)
        while self.under_way or dependent:
            dependent = self._start_dependent(dependent)
            if self.under_way:
                self._wait()
            elif dependent and not self._any_key(dependent):
                for bound in dependent:
                    self._settle(bound, _without_key(bound, self.outcomes))
                dependent = []
        return [self.outcomes[bound.name] for bound in sources]

    def _start_dependent(self, dependent: Sequence[BoundSource]) -> list[BoundSource]:
        waiting = []
        for bound in dependent:
            key = find_key(bound.lookup_by, self.outcomes)
            if key is None:
                waiting.append(bound)
            elif bound.source.is_local:
                self._ask(bound, [key])
            else:
                self._start(bound, [key])
        return waiting

    def _any_key(self, dependent: Sequence[BoundSource]) -> bool:
        return any(find_key(bound.lookup_by, self.outcomes) is not None for bound in dependent)

    def _ask(self, bound: BoundSource, keys: Sequence[str]) -> None:
        self._settle(bound, bound.resting() or bound.settle(self._answer_now(bound, keys)))

    def _answer_now(self, bound: BoundSource, keys: Sequence[str]) -> Outcome:
        left = self.due - perf_counter()
        if bound.limits.deadline is not None:
            left = min(left, bound.limits.deadline)
        if left <= 0:
            return bound.late(0.0, "the sources before it took all the time")
        return bound.ask(keys, self.shaper, left)

    def _start(self, bound: BoundSource, keys: Sequence[str]) -> None:
        if (resting := bound.resting()) is not None:
            self._settle(bound, resting)
            return
        now = perf_counter()
        own = bound.limits.deadline
        due = self.due if own is None else min(self.due, now + own)
        future = bound.ask_in_thread(keys, self.shaper, due - now)
        if future is None:
            reason = "all its threads still wait for earlier lookups"
            self._settle(bound, bound.settle(bound.late(0.0, reason)))
            return
        self.under_way[future] = _UnderWay(bound, now, due)

    def _wait(self) -> None:
        next_due = min(asked.due for asked in self.under_way.values())
        done, _ = wait(self.under_way, max(0.0, next_due - perf_counter()), return_when=FIRST_COMPLETED)
        for future in done:
            asked = self.under_way.pop(future)
            self._settle(asked.bound, asked.bound.settle(future.result()))
        now = perf_counter()
        for future in [future for future, asked in self.under_way.items() if asked.due <= now]:
            asked = self.under_way.pop(future)
            self._keep_when_done(asked.bound, future)
            late = asked.bound.late(now - asked.started, "it did not answer within the deadline")
            self._settle(asked.bound, asked.bound.settle(late))

    def _keep_when_done(self, bound: BoundSource, future: Future[Outcome]) -> None:
        """Let an answer that comes too late for this request serve the next one."""

        def keep(done: Future[Outcome]) -> None:
            self.on_settled(bound, done.result())

        future.add_done_callback(keep)

    def _settle(self, bound: BoundSource, outcome: Outcome) -> None:
        self.outcomes[bound.name] = self.on_settled(bound, outcome)


def find_key(name: str, outcomes: Mapping[str, Outcome]) -> str | None:
    """Find the value of a field among what has been answered so far."""
    for outcome in outcomes.values():
        value: Scalar = (outcome.fields or {}).get(name)
        if value is not None and value != "":
            return str(value)
    return None


def _without_key(bound: BoundSource, outcomes: Mapping[str, Outcome]) -> Outcome:
    if any(outcome.missing for outcome in outcomes.values()):
        reason = f"{bound.lookup_by}, by which it is looked up, was not answered"
        return Outcome(bound.name, "failed", 0.0, reason=reason)
    return Outcome(bound.name, "unknown", 0.0)
