"""Sources that answer from an index of their own, which can be built before anybody asks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.base import CustomerSource

Tell = Callable[[str, str, float | None], None]
"""Takes what is done, to what, and the share of it that is done (None: nobody knows)."""


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """What an index was made of: ``shown`` are the first rows that were set aside, with line and reason.

    ``warnings`` say what else there is to be doubted.
    """

    place: str
    rows: int
    addresses: int
    set_aside: int
    shown: Sequence[str]
    seconds: float
    warnings: Sequence[str] = ()


class IndexedSource(CustomerSource):
    """A source with an index; ``custom-profile index`` builds it."""

    @property
    def shared_with(self) -> tuple[str, str]:
        """Answer what tells a shared index from others, and what it is made of; two empty texts for none.

        Two sources whose first is the same and whose second differs would answer with each other's data.
        """
        return "", ""

    def waiting_for(self) -> str:
        """Say at once what a check that takes long is waiting for; empty where for nothing."""
        return ""

    def catch_up(self) -> None:
        """Wait until the index is of the data as they are now. Raises SourceError."""

    @abstractmethod
    def build_index(self, tell: Tell | None = None, *, accept: bool = False) -> BuiltIndex:
        """Build the index now, whether or not anything has changed, telling how far it is.

        With ``accept`` also of files that look cut, emptied or too old beside those of the index before.
        What was there before is served meanwhile, and stays where this fails. Raises SourceError.
        """
