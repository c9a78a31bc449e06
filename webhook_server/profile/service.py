"""An address in, a flat profile out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from webhook_server.profile.changes import Change
from webhook_server.profile.formats import Formatter, Scalar
from webhook_server.profile.identity import identify
from webhook_server.profile.lookup import BoundSource, Outcome, ask_all
from webhook_server.profile.merge import Part, merge


class NoSourceAnsweredError(Exception):
    """Raised when every source failed or was late: an outage, not an unknown customer."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__("no source answered")
        self.outcomes = outcomes


@dataclass(frozen=True, slots=True)
class Answer:
    """A profile, and how it came about."""

    fields: Mapping[str, Scalar]
    known: bool
    outcomes: Sequence[Outcome]
    changes: Sequence[Change] = field(default=())


class ProfileService:
    """Asks the sources for one customer and makes the flat profile of what they answer."""

    def __init__(
        self,
        sources: Sequence[BoundSource],
        *,
        formatter: Formatter | None = None,
        fields: Sequence[str] | None = None,
        deadline: float = 2.0,
        unknown_customer: Mapping[str, Scalar] | None = None,
        incomplete_field: str = "",
    ) -> None:
        self.sources = sources
        self._formatter = formatter or Formatter()
        self._fields = fields
        self._deadline = deadline
        self._unknown_customer = dict(unknown_customer or {})
        self._incomplete_field = incomplete_field

    def answer(self, email: str) -> Answer:
        """Answer the profile of an address as it arrived.

        Raises InvalidAddressError for what is no address, and NoSourceAnsweredError in an outage.
        """
        outcomes = ask_all(self.sources, identify(email), self._deadline)
        missing = [outcome.source for outcome in outcomes if outcome.missing]
        if outcomes and len(missing) == len(outcomes):
            raise NoSourceAnsweredError(outcomes)
        parts = [
            Part(bound.name, outcome.record, bound.shape)
            for bound, outcome in zip(self.sources, outcomes, strict=True)
            if outcome.record is not None
        ]
        if not parts and not missing:
            return Answer(self._unknown_customer, known=False, outcomes=outcomes)
        fields, changes = merge(parts, self._formatter.write, self._fields)
        if missing and self._incomplete_field:
            fields[self._incomplete_field] = ", ".join(missing)
        return Answer(fields, bool(parts), outcomes, changes)

    def close(self) -> None:
        """Close every source."""
        for bound in self.sources:
            bound.source.close()
