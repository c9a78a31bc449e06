"""Rules of the first hundred: how long it takes, over several calls."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from harness.contract import OUR_CONVENTION
from harness.evidence import Evidence, Finding, NotAppliedError
from harness.rules.registry import rule

_SLOW = 1.0
_SPREAD, _SPREAD_SECONDS = 5, 0.5
_FEWEST = 3

_TIME = "-sS -o /dev/null -w '%{time_total} s\\n'"


@rule(
    "CP110", "error", "Answers in time",
    sentence=OUR_CONVENTION,
    fix="Make the webhook faster, or allow more time if you know that the helpdesk does.",
    curl=_TIME,
)  # fmt: skip
def in_time(evidence: Evidence) -> Iterator[Finding]:
    """A whole answer arrives within the deadline of the check; the helpdesk publishes none."""
    problem = evidence.first.call.problem
    if problem and problem.kind == "timeout":
        yield Finding(problem.message, "timeout", problem.fix)
    elif evidence.first.status is None:
        raise NotAppliedError("There was no answer.")


@rule(
    "CP111", "warning", "Is fast",
    sentence=OUR_CONVENTION,
    fix="Look for the slow source: an agent waits for it with every message. A cache of a minute helps.",
    curl=_TIME,
)  # fmt: skip
def fast(evidence: Evidence) -> Iterator[Finding]:
    """Half of the calls are over after one second."""
    evidence.whole()
    middle = median(evidence.repeats)
    if middle > _SLOW:
        calls = f"Half of {len(evidence.repeats)} calls" if len(evidence.repeats) > 1 else "The call"
        yield Finding(f"{calls} took {middle:.1f} s or more.", "median")


@rule(
    "CP112", "info", "Takes the same time each time",
    sentence=OUR_CONVENTION,
    fix="Look for what is made anew at times: connections, caches, processes that fell asleep.",
    curl=_TIME,
)  # fmt: skip
def steady(evidence: Evidence) -> Iterator[Finding]:
    """The slowest of the calls takes less than five times as long as half of them, or half a second more."""
    evidence.whole()
    if len(evidence.repeats) < _FEWEST:
        raise NotAppliedError(f"It takes {_FEWEST} calls to tell.")
    middle, slowest = median(evidence.repeats), max(evidence.repeats)
    if slowest > middle * _SPREAD and slowest - middle > _SPREAD_SECONDS:
        yield Finding(
            f"Half of the calls took {middle * 1000:.0f} ms, one {slowest * 1000:.0f} ms.", "spread"
        )
