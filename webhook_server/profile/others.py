"""The records of an address that ``records = "first"`` never asks for: told to who asks why."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.base import CustomerSource
from adapters.time_limit import time_limit
from webhook_server.profile.changes import Change
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.outcome import Outcome
from webhook_server.profile.questions import all_records
from webhook_server.profile.records import choose


def others_left_out(
    bound: BoundSource, outcome: Outcome, addresses: Sequence[str], seconds: float
) -> list[Change]:
    """Ask a source that answered for all records after all, and tell how many were left out."""
    has_several = type(bound.source).lookup_all is not CustomerSource.lookup_all
    if bound.records.rule != "first" or outcome.state != "found" or bound.is_aliases or not has_several:
        return []
    try:
        with time_limit(seconds):
            records = all_records(bound.source, [outcome.key] if outcome.key else addresses)
    except Exception:  # noqa: BLE001 - it has just answered; what it cannot tell of others costs nothing
        return []
    return choose(records, bound.records, bound.name)[1]
