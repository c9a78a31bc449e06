"""What happened to a field on its way out, so that nothing disappears unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "renamed", "shadowed", "not_chosen", "dropped", "cut", "withheld", "replaced", "unformatted", "unfilled"
]

MAX_CHANGES = 1000
"""Changes told one by one of one source; the others are summed up, one change for each kind."""

LONGEST_NAME = 200
"""Characters of a field's name in a change."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that does not leave as its source gave it; never holds its value.

    ``renamed``: it leaves as ``became``. ``shadowed``: an earlier field has that name.
    ``not_chosen``: settings do not list it, or leave its record out. ``dropped``: it cannot be written,
    or is beyond a limit. ``cut``: it leaves, but not all of it. ``withheld``: it looks like a secret.
    ``replaced``: JSON cannot hold its value, and something else stands for it.
    ``unformatted``: its format cannot write it, so it leaves as it is. ``unfilled``: an addition that
    lacks one of its fields. ``count`` is how many fields or items the change stands for.
    """

    kind: Kind
    source: str
    key: str
    reason: str
    became: str = ""
    count: int = 1


class ChangeLog:
    """Gathers the changes of one source, in bounded space."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._told: list[Change] = []
        self._beyond: dict[Kind, int] = {}

    def note(self, kind: Kind, key: str, reason: str, became: str = "", count: int = 1) -> None:
        """Remember what happened to one field."""
        self.add(Change(kind, self.source, name_to_tell(key), reason, became, count))

    def add(self, change: Change) -> None:
        """Remember a change."""
        if len(self._told) < MAX_CHANGES:
            self._told.append(change)
        else:
            self._beyond[change.kind] = self._beyond.get(change.kind, 0) + change.count

    def add_all(self, changes: Sequence[Change]) -> None:
        """Remember changes."""
        if len(self._told) + len(changes) <= MAX_CHANGES:
            self._told += changes
        else:
            for change in changes:
                self.add(change)

    def changes(self) -> list[Change]:
        """Answer every change, the last ones summed up where there are too many."""
        if not self._beyond:
            return self._told
        reason = f"more changes than the {MAX_CHANGES} that are told one by one"
        return self._told + [
            Change(kind, self.source, "", reason, count=count) for kind, count in self._beyond.items()
        ]


def name_to_tell(key: str) -> str:
    """Answer a key as it may be told: cut, and without lone surrogates, which no terminal takes."""
    return key[:LONGEST_NAME].encode("utf-8", "replace").decode()
