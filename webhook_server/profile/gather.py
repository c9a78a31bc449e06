"""Every source for one customer, side by side, within a deadline."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from time import perf_counter

from webhook_server.profile.at_once import WouldWaitError
from webhook_server.profile.formats import Scalar
from webhook_server.profile.last_good import LastGood
from webhook_server.profile.lookup import NO_PLACE, NOT_IN_TIME, BoundSource
from webhook_server.profile.merge import Shaper
from webhook_server.profile.outcome import Outcome, State
from webhook_server.profile.plan import Plan, written_key
from webhook_server.profile.threads import Call

LOCAL_SECONDS = 0.05
"""What a local source that comes later in the thread is left of the time: fifty lookups' worth."""


@dataclass(slots=True)
class _UnderWay:
    bound: BoundSource
    started: float
    due: float
    is_fair: bool


@dataclass(slots=True)
class Gathering:
    """One round of questions, within so many seconds.

    ``last_good`` may put another outcome in the place of the one that came (a stale one for a
    failure). With ``at_once`` all must be asked in this thread, and each failure is a WouldWaitError: a
    thread with more time may find that there is none.
    """

    plan: Plan
    addresses: Sequence[str]
    shaper: Shaper
    seconds: float
    last_good: LastGood
    at_once: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    under_way: dict[Call[Outcome], _UnderWay] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    due: float = 0.0

    def __post_init__(self) -> None:
        self.due = perf_counter() + self.seconds

    def run(self) -> list[Outcome]:
        """Ask every source and answer the outcomes in their order.

        Some are asked in this thread (see Plan), while the others are under way in theirs. A source
        with ``lookup_by`` is asked as soon as the first source that gives that field has answered; an
        earlier one that has not answered is waited for during half of the time.
        """
        plan = self.plan
        slow = self._to_be_left_alone()
        if slow and self.at_once:
            raise WouldWaitError
        for bound in (*plan.in_threads, *slow):
            self._start(bound, self.addresses)
        dependent: Sequence[BoundSource] = plan.dependent
        here = [bound for bound in plan.here if bound not in slow] if slow else plan.here
        # Plan puts a remote one last; what depends on others may be remote too.
        remote = bool(here) and not here[-1].source.is_local
        for later, bound in zip(range(len(here) - 1, -1, -1), here, strict=True):
            others = bool(dependent) + (remote and later > 0)
            self._ask(bound, self.addresses, self._seconds_here(bound, later + bool(dependent), others))
        if self.under_way or dependent:
            self._await(dependent)
        return [self.outcomes[bound.name] for bound in plan.sources]

    def _to_be_left_alone(self) -> list[BoundSource]:
        """List those that get a thread after all, since something here was slow or failed just now."""
        here = self.plan.here
        for bound in here:
            if bound.is_doubtful:
                break
        else:
            return []
        # Behind a local one that is held up, a remote one would have to wait for its turn.
        held_up = any(bound.source.is_local for bound in here if bound.is_doubtful)
        return [
            bound
            for bound in here
            if (bound.pace.is_slow and not bound.source.keeps_time) or (bound.is_timely and held_up)
        ]

    def _await(self, dependent: Sequence[BoundSource]) -> None:
        """Wait for those that are under way, and ask those that depend on them."""
        patient_until = perf_counter() + self._left() / 2
        while self.under_way or dependent:
            waiting = self._ask_dependent(dependent, patient=perf_counter() < patient_until)
            if self.under_way:
                self._wait(patient_until if waiting else self.due)
            elif len(waiting) == len(dependent):
                # Nothing more will come but from each other: take a key from whoever has one.
                waiting = self._ask_dependent(waiting, patient=False)
                if not self.under_way and len(waiting) == len(dependent):
                    waiting = self._give_up(waiting)
            dependent = waiting

    def _ask_dependent(self, dependent: Sequence[BoundSource], *, patient: bool = True) -> list[BoundSource]:
        """Ask those whose key is known, and answer those that still wait for theirs."""
        waiting = []
        for asked, bound in enumerate(dependent):
            key = self._find_key(bound, patient=patient)
            if key is None:
                waiting.append(bound)
                continue
            self.keys[bound.name] = key
            if self.plan.is_asked_here(bound):
                self._ask(bound, [key], self._seconds_here(bound, len(dependent) - asked - 1))
            else:
                self._start(bound, [key])
        return waiting

    def _find_key(self, dependent: BoundSource, *, patient: bool) -> str | None:
        """Find the field by the order of the sources, as the profile does: an earlier one goes first.

        A patient search waits for an earlier source that has not answered yet; another takes what is kept
        of that.
        """
        for bound in self.plan.sources:
            if bound is dependent:
                continue
            outcome = self.outcomes.get(bound.name)
            if outcome is None:
                if patient:
                    return None
                fields = self.last_good.fields_of(bound)
            else:
                fields = outcome.fields or {}
            value: Scalar = fields.get(dependent.lookup_by)
            if value is not None and value != "":
                return written_key(value)
        return None

    def _give_up(self, waiting: Sequence[BoundSource]) -> list[BoundSource]:
        missing = any(outcome.missing for outcome in self.outcomes.values())
        for bound in waiting:
            state: State = "failed" if missing else "unknown"
            reason = self._why_no_key(bound.lookup_by)
            self._settle(bound, Outcome(bound.name, state, 0.0, reason=reason))
        return []

    def _why_no_key(self, name: str) -> str:
        for bound in self.plan.sources:
            outcome = self.outcomes.get(bound.name)
            if outcome is not None and name in bound.shape.withheld_names(outcome.changes):
                return f"{outcome.source} gives {name}, by which it is looked up, but privacy withholds it"
        return f"no source answered {name}, by which it is looked up"

    def _ask(self, bound: BoundSource, keys: Sequence[str], seconds: float) -> None:
        if self.at_once and (seconds <= 0 or bound.may_hold_up()):
            raise WouldWaitError
        if seconds <= 0 or bound.breaker.failure_count:
            unasked = _unasked(bound, seconds)
            if unasked is not None:
                self._settle(bound, unasked)
                return
        if self.at_once or not bound.is_asked_in_turn:
            # The one thread that must not wait takes no place: those that wait would never leave it one.
            outcome = bound.ask(keys, self.shaper, seconds)
        elif (asked := bound.ask_in_turn(keys, self.shaper, seconds)) is not None:
            outcome = asked
        else:
            self._settle(bound, bound.settle(bound.late(0.0, NO_PLACE), counts=False))
            return
        if self.at_once and bound.has_held_up(outcome):
            raise WouldWaitError
        counts = outcome.state != "late" or self._is_fair(bound, seconds)
        self._settle(bound, bound.settle(outcome, counts=counts))

    def _left(self) -> float:
        return self.due - perf_counter()

    def _seconds_for(self, bound: BoundSource) -> float:
        left = self.due - perf_counter()
        return left if bound.limits.deadline is None else min(left, bound.limits.deadline)

    def _seconds_here(self, bound: BoundSource, later: int, remote: int = 0) -> float:
        """Answer what a source may take while ``later`` ones wait here, ``remote`` of them far away.

        One that is held up must leave time to those: local ones need little, the others a fair share.
        """
        left = self.due - perf_counter()
        if later:
            left = max(left / (1 + later), left / (1 + remote) - LOCAL_SECONDS * (later - remote))
        return left if bound.limits.deadline is None else min(left, bound.limits.deadline)

    def _is_fair(self, bound: BoundSource, seconds: float) -> bool:
        """Tell whether a source had at least half of what it may take: less proves nothing against it."""
        return seconds >= 0.5 * min(self.seconds, bound.limits.deadline or self.seconds)

    def _start(self, bound: BoundSource, keys: Sequence[str]) -> None:
        seconds = self._seconds_for(bound)
        if (unasked := _unasked(bound, seconds)) is not None:
            self._settle(bound, unasked)
            return
        future = bound.ask_in_thread(keys, self.shaper, seconds)
        if future is None:
            self._settle(bound, bound.settle(bound.late(0.0, NO_PLACE), counts=False))
            return
        now = perf_counter()
        self.under_way[future] = _UnderWay(bound, now, now + seconds, self._is_fair(bound, seconds))

    def _wait(self, until: float) -> None:
        next_due = min(asked.due for asked in self.under_way.values())
        if until > perf_counter():
            next_due = min(next_due, until)
        wait(self.under_way, max(0.0, next_due - perf_counter()), return_when=FIRST_COMPLETED)
        for future in [future for future in self.under_way if future.done()]:
            asked = self.under_way.pop(future)
            counts = asked.is_fair and future.began is not None
            self._settle(asked.bound, asked.bound.settle(asked.bound.taken(future), counts=counts))
        now = perf_counter()
        for future in [future for future, asked in self.under_way.items() if asked.due <= now]:
            asked = self.under_way.pop(future)
            self._keep_when_done(asked.bound, future)
            # Who got a place late or not at all tells of a crowd: those that hold the places count.
            late = asked.bound.late(now - asked.started, NO_PLACE if future.began is None else NOT_IN_TIME)
            had = 0.0 if future.began is None else asked.due - future.began
            self._settle(asked.bound, asked.bound.settle(late, counts=self._is_fair(asked.bound, had)))

    def _keep_when_done(self, bound: BoundSource, future: Future[Outcome]) -> None:
        """Let an answer that comes too late for this request serve the next one."""

        def keep(done: Future[Outcome]) -> None:
            outcome = bound.taken(done)
            outcome.key = self.keys.get(bound.name, "")
            self.last_good.came_late(bound, outcome)

        future.add_done_callback(keep)

    def _settle(self, bound: BoundSource, outcome: Outcome) -> None:
        outcome.key = self.keys.get(bound.name, "")
        self.outcomes[bound.name] = self.last_good.settled(bound, outcome)


def _unasked(bound: BoundSource, seconds: float) -> Outcome | None:
    """Answer the outcome of a source that need not be asked: it rests, or there is no time for it."""
    if seconds > 0:
        return bound.resting(seconds)
    return bound.resting() or bound.late(0.0, "the sources before it took all the time")
