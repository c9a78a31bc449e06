"""What happened to a field on its way out, so that nothing disappears unseen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["renamed", "shadowed", "not_chosen", "dropped"]


@dataclass(frozen=True, slots=True)
class Change:
    """One field that does not leave as its source gave it; never holds its value.

    ``renamed``: it leaves as ``became``. ``shadowed``: an earlier field has that name.
    ``not_chosen``: settings do not list it. ``dropped``: it cannot be written, or is beyond a limit.
    """

    kind: Kind
    source: str
    key: str
    reason: str
    became: str = ""
