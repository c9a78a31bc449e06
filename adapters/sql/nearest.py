"""Names that were misspelt."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


def nearest(name: str, known: Sequence[str]) -> str:
    """Offer the name that is nearest, one that only capitals tell apart first; or those that there are."""
    folded = {other.casefold(): other for other in known}
    near = [folded[name.casefold()]] if name.casefold() in folded else get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(sorted(known)[:20]) or 'none'}"
