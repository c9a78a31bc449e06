"""What only those are told who ask why: other records of an address, and those that are nobody's."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from adapters.base import CustomerSource
from adapters.time_limit import time_limit
from webhook_server.profile.changes import Change
from webhook_server.profile.identity import Identity
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.outcome import Outcome
from webhook_server.profile.questions import all_records
from webhook_server.profile.records import choose


class Answered(Protocol):
    """An answer, as far as it is looked at."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """What came of asking each source."""

    @property
    def identity(self) -> Identity | None:
        """Whom it was asked for."""


def look_closer(answer: Answered, sources: Sequence[BoundSource], seconds: float) -> list[Change]:
    """Ask the sources for what an answer does not need: which records were left out, and why nobody is known.

    Each has ``seconds``. Reasons are noted in the outcomes.
    """
    addresses = answer.identity.addresses if answer.identity else ()
    bounds = {bound.name: bound for bound in sources}
    changes: list[Change] = []
    for outcome in answer.outcomes:
        if (bound := bounds.get(outcome.source)) is None or bound.is_aliases:
            continue
        keys = [outcome.key] if outcome.key else addresses
        # It has just answered: what it cannot tell of others costs nothing.
        with suppress(Exception), time_limit(seconds):
            if outcome.state == "found":
                changes += _others(bound, keys)
            elif outcome.state == "unknown" and not outcome.reason:
                outcome.reason = next(filter(None, map(bound.source.why_unknown, keys)), "")
    return changes


def _others(bound: BoundSource, keys: Sequence[str]) -> list[Change]:
    has_several = type(bound.source).lookup_all is not CustomerSource.lookup_all
    if bound.records.rule != "first" or not has_several:
        return []
    return choose(all_records(bound.source, keys), bound.records, bound.name)[1]
