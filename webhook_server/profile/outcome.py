"""What came of asking one source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from webhook_server.profile.changes import Change
from webhook_server.profile.formats import Scalar

State = Literal["found", "unknown", "failed", "late", "stale"]

ANSWERED: frozenset[State] = frozenset({"found", "unknown"})
"""States of a source that answered just now."""


@dataclass(slots=True)  # frozen would triple the cost of making one
class Outcome:
    """What came of asking one source.

    ``fields`` are flat and may leave; ``made`` is when stale ones were good (seconds since 1970);
    ``reason`` never holds a value of the customer's. ``key`` is another's answer by which it was asked
    (empty: by address), and ``is_of_the_record`` says that the source answered, but with a record that
    cannot be read: nothing against the source.
    """

    source: str
    state: State
    seconds: float
    fields: Mapping[str, Scalar] | None = None
    changes: Sequence[Change] = ()
    reason: str = ""
    made: float | None = None
    record: Mapping[Any, Any] | None = field(default=None, repr=False)
    key: str = field(default="", repr=False)
    is_of_the_record: bool = False

    @property
    def missing(self) -> bool:
        """Tell whether the source did not answer, and nothing stale stands in for it."""
        return self.state in {"failed", "late"}

    @property
    def incomplete(self) -> bool:
        """Tell whether the source did not answer just now."""
        return self.state not in ANSWERED
