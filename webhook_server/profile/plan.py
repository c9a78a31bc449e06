"""Which sources are asked in the request's own thread, and which in threads of theirs."""

from __future__ import annotations

from collections.abc import Sequence

from webhook_server.profile.formats import Scalar
from webhook_server.profile.lookup import BoundSource


class Plan:
    """Sources, and in which of two ways each is asked; made once and used for every round.

    Local ones are asked in the request's own thread, and one remote one that keeps time, after them; but one
    that was slow a moment ago and does not keep time gets a thread as well. Where a remote one waits for
    another's answer, all are asked in threads: the request's own must not be held up.
    """

    def __init__(self, sources: Sequence[BoundSource]) -> None:
        self.sources = tuple(sources)
        self.dependent = [bound for bound in sources if bound.lookup_by]
        self._all_in_threads = any(not bound.source.is_local for bound in self.dependent)
        first = [bound for bound in sources if not bound.lookup_by]
        timely = [bound for bound in first if bound.source.keeps_time and not bound.source.is_local]
        remote_here = [] if self.dependent else timely[:1]
        self.here = [bound for bound in first if self.is_asked_here(bound)] + remote_here
        self.in_threads = [bound for bound in first if bound not in self.here]
        self.keeps_time = (
            not self.in_threads
            and all(map(self.is_asked_here, self.dependent))
            and all(bound.source.keeps_time for bound in sources)
        )

    def is_asked_here(self, bound: BoundSource) -> bool:
        """Tell whether a source is asked in the request's own thread."""
        return bound.source.is_local and not self._all_in_threads


def written_key(value: Scalar) -> str:
    """Write a field as a key: as JSON has it, and a whole number without a fraction."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)
