"""One source, bound to its place in the profile: asked, bounded, left alone while it fails."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, current_thread, main_thread
from time import perf_counter

import structlog
from circuitbreaker import STATE_HALF_OPEN, CircuitBreaker

from adapters.base import CustomerSource, Finding
from adapters.errors import SourceDataError, SourceError, place_of
from adapters.time_limit import time_limit
from webhook_server.profile.aliases import read_aliases
from webhook_server.profile.changes import Change
from webhook_server.profile.closing import close_source
from webhook_server.profile.findings import findings_of
from webhook_server.profile.merge import Shape, Shaper
from webhook_server.profile.outcome import Outcome
from webhook_server.profile.pace import Pace
from webhook_server.profile.questions import (
    NoRecordError,
    all_records,
    first_record,
    message_of,
)
from webhook_server.profile.records import RecordRule, choose
from webhook_server.profile.threads import BoundedThreads, Call, NoPlaceError

THREADS_PER_SOURCE = 8
"""Lookups one source may have under way; hung ones hold their places until they end."""

PATIENCE = 0.25
"""The share of its time for which a lookup waits while others hold all places and none of them ends."""

NOT_IN_TIME = "it did not answer within the deadline"
NO_PLACE = "all its threads still wait for earlier lookups"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one source may cost: seconds for an answer (None: the request's), and when it is left alone."""

    deadline: float | None = None
    failures: int = 5
    rest: int = 30


log = structlog.get_logger("custom_profile")


class _DidNotAnswerError(Exception):
    """Tells the breaker of a failure; holds nothing of it."""


class BoundSource:
    """A source with its name, its shape and its limits."""

    def __init__(
        self,
        name: str,
        source: CustomerSource,
        shape: Shape | None = None,
        *,
        lookup_by: str = "",
        records: RecordRule | None = None,
        limits: Limits | None = None,
        is_aliases: bool = False,
    ) -> None:
        self.name = name
        self.source = source
        self.lookup_by = lookup_by
        self.limits = limits or Limits()
        self.is_aliases = is_aliases
        self.shape = shape or Shape()
        self.records = records or RecordRule()
        self._threads = BoundedThreads(f"source-{name}", THREADS_PER_SOURCE)
        self.breaker = CircuitBreaker(self.limits.failures, self.limits.rest, name=name)
        self._probing = Lock()
        self._probe_due = 0.0
        self.is_timely = source.keeps_time and not source.is_local
        # What may hang holds a place as long as it does, wherever it is asked, so that not all threads do.
        self.is_asked_in_turn = not (source.keeps_time and source.is_local)
        self.pace = Pace(is_local=source.is_local)

    def ask(self, keys: Sequence[str], shaper: Shaper, seconds: float) -> Outcome:
        """Ask for each key, in this thread; whatever the source raises becomes an outcome.

        The source is told that nobody waits longer than ``seconds``.
        """
        started = perf_counter()
        is_noted = self.pace.begin(started)
        with time_limit(seconds):
            outcome = self._ask(keys, shaper, started)
        if is_noted:
            self.pace.end()
        if outcome.state == "failed" and self.is_timely and perf_counter() - started >= seconds:
            return self.late(outcome.seconds, NOT_IN_TIME)
        return outcome

    def ask_in_turn(self, keys: Sequence[str], shaper: Shaper, seconds: float) -> Outcome | None:
        """Ask in this thread, as one of so many lookups that the source may have under way.

        Answers None where no place became free, or too late for a lookup that would have to be given up.
        """
        started = perf_counter()
        if not self._threads.take_place(PATIENCE * seconds):
            return None
        try:
            left = seconds - (perf_counter() - started)
            return self.ask(keys, shaper, left) if left >= seconds / 2 else None
        finally:
            self._threads.give_place_back()

    def _ask(self, keys: Sequence[str], shaper: Shaper, started: float) -> Outcome:
        try:
            if self.is_aliases:
                return self._aliases(keys, started)
            left_out: Sequence[Change] = ()
            if self.records.rule == "first":
                record = first_record(self.source, keys)
            else:
                record, left_out = choose(all_records(self.source, keys), self.records, self.name)
            if record is None:
                return Outcome(self.name, "unknown", perf_counter() - started)
            fields, changes = shaper.shape(self.name, record, self.shape)
        except SourceDataError as error:
            return self._failed(started, message_of(error, keys), is_of_the_record=True)
        except SourceError as error:
            return self._failed(started, message_of(error, keys))
        except NoRecordError as error:
            return self._failed(started, str(error), is_of_the_record=True)
        except KeyboardInterrupt as error:
            # Somebody's Ctrl-C reaches the main thread alone; elsewhere an adapter raised it.
            if current_thread() is main_thread():
                raise
            return self._failed(started, f"{type(error).__name__} in {place_of(error)}")
        except BaseException as error:  # noqa: BLE001 - other people's code costs only its fields
            return self._failed(started, f"{type(error).__name__} in {place_of(error)}")
        seconds = perf_counter() - started
        return Outcome(self.name, "found", seconds, fields, [*left_out, *changes] if left_out else changes)

    def _aliases(self, keys: Sequence[str], started: float) -> Outcome:
        """Answer the addresses in all records; no field of them leaves, so none is shaped."""
        found, told = read_aliases(all_records(self.source, keys), self.shape.fields)
        seconds = perf_counter() - started
        if not found:
            return Outcome(self.name, "unknown", seconds, reason=told)
        fields = {f"alias_{number}": address for number, address in enumerate(found, 1)}
        return Outcome(self.name, "found", seconds, fields, reason=told)

    def ask_in_thread(self, keys: Sequence[str], shaper: Shaper, seconds: float) -> Call[Outcome] | None:
        """Ask in a thread; None where earlier lookups hold all that the source may have."""
        started = perf_counter()

        def ask() -> Outcome:
            try:
                return self.ask(keys, shaper, seconds - (perf_counter() - started))
            except BaseException as error:  # noqa: BLE001 - in a thread, nobody else could take it
                return self._failed(started, f"{type(error).__name__} in {place_of(error)}")

        return self._threads.start(ask, PATIENCE * seconds)

    def taken(self, future: Future[Outcome]) -> Outcome:
        """Answer what a thread found out."""
        try:
            return future.result()
        except NoPlaceError:
            return self.late(0.0, NO_PLACE)

    def close(self) -> None:
        """Close the source; one that cannot be closed is logged, and keeps nobody from closing the others."""
        reason = close_source(self.source, self.name)
        if reason and structlog.is_configured():  # a command that reads no settings has no log
            log.warning("source_not_closed", source=self.name, reason=reason)

    def check(self) -> list[Finding]:
        """Let the source check itself; a check that raises is a finding too."""
        return list(findings_of(self.source.check, "check", "check"))

    def resting(self, seconds: float = 0.0) -> Outcome | None:
        """Answer an outcome without asking where the source failed too often just now.

        After its rest, one request at a time asks whether it is back, for ``seconds`` at most.
        """
        if not self.breaker.failure_count or not (self.breaker.opened or self._is_probed(seconds)):
            return None
        reason = f"it failed {self.breaker.failure_count} times in a row and is left alone for a while"
        return Outcome(self.name, "failed", 0.0, reason=reason)

    def _is_probed(self, seconds: float) -> bool:
        """Tell whether another request is finding out just now; where none is, this one does."""
        if self.breaker.state != STATE_HALF_OPEN:
            return False
        with self._probing:
            now = perf_counter()
            if now < self._probe_due:
                return True
            self._probe_due = now + seconds
            return False

    def may_hold_up(self) -> bool:
        """Tell whether it is for threads that may wait: far away, or failed or slow a moment ago."""
        return self.is_doubtful or not self.pace.may_be_asked_at_once()

    def has_held_up(self, outcome: Outcome) -> bool:
        """Note whether it was slow, and tell whether it gave no answer to a thread that must not wait."""
        if outcome.missing:
            self.pace.note_slow()
        self.pace.note_at_once(outcome.seconds)
        return outcome.missing

    @property
    def is_doubtful(self) -> bool:
        """Tell whether it failed or was slow a moment ago."""
        return bool(self.breaker.failure_count) or self.pace.is_slow

    def settle(self, outcome: Outcome, *, counts: bool = True) -> Outcome:
        """Tell the breaker of an outcome, unless being late does not count against the source."""
        self.pace.note(outcome.seconds)
        if outcome.state == "late" and not counts:
            return outcome
        if outcome.missing and not outcome.is_of_the_record:
            try:
                with self.breaker:
                    raise _DidNotAnswerError
            except _DidNotAnswerError:
                return outcome
        if self.breaker.failure_count:
            self.breaker.reset()
        return outcome

    def late(self, seconds: float, reason: str) -> Outcome:
        """Answer the outcome of a lookup that was not waited for."""
        return Outcome(self.name, "late", seconds, reason=reason)

    def _failed(self, started: float, reason: str, *, is_of_the_record: bool = False) -> Outcome:
        seconds = perf_counter() - started
        return Outcome(self.name, "failed", seconds, reason=reason, is_of_the_record=is_of_the_record)
