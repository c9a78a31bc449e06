"""The nearest name to one that is not known."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable

_LONGEST = 60
_MOST_KNOWN = 300
_LETTERS = 2
_SLIP = 0.75
"""From here on names are as alike as plan and plam."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Give the known name that is most like it; empty text where none is."""
    return _nearest(name[:_LONGEST], tuple(known))


@functools.lru_cache(maxsize=256)
def _nearest(name: str, known: tuple[str, ...]) -> str:
    names = {each.lower(): each for each in known}
    lowered = name.lower()
    if lowered in names:
        return names[lowered]
    found = difflib.get_close_matches(lowered, list(names)[:_MOST_KNOWN], n=1, cutoff=0.65)
    return names[found[0]] if found else ""


def is_slip(name: str, known: Iterable[str]) -> bool:
    """Tell a name that is as good as a known one, but for a letter or two."""
    given, found = name.lower(), nearest(name, known).lower()
    is_as_long = abs(len(given.replace("_", "")) - len(found.replace("_", ""))) <= _LETTERS
    return is_as_long and difflib.SequenceMatcher(None, given, found).ratio() >= _SLIP


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Write the nearest name as a question to append; nothing where none is near."""
    found = nearest(name, known)
    return f" (did you mean “{found}”?)" if found else ""
