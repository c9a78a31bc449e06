"""Objects of JSON in which a name stands twice: the first stands, and the other one is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.base import Unreadable

AGAIN = " (again)"
"""What is put behind a name that stands once more, to tell of it."""


def read_object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Make a dict of an object's entries, as json's ``object_pairs_hook`` wants it.

    RFC 8259 (section 4) leaves open which of two entries with one name counts.
    """
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    found = {}
    for name, value in pairs:
        if name in found:
            found[f"{name}{AGAIN}"] = Unreadable("its name stands twice in the JSON, where the first counts")
        else:
            found[name] = value
    return found
