"""Several sources' records → the fields of one profile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webhook_server.profile.changes import Change
from webhook_server.profile.flatten import flatten
from webhook_server.profile.formats import Scalar
from webhook_server.profile.keys import RESERVED


@dataclass(frozen=True, slots=True)
class Shape:
    """How the fields of one source appear in the profile.

    ``fields`` chooses among the flattened names (None: all); a name in ``rename`` gets that name as
    it stands, every other one gets ``prefix`` in front.
    """

    prefix: str = ""
    rename: Mapping[str, str] = field(default_factory=dict)
    fields: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one source answered."""

    source: str
    record: Mapping[Any, Any]
    shape: Shape


def merge(
    parts: Iterable[Part], write: Callable[[Any], Scalar], order: Sequence[str] | None = None
) -> tuple[dict[str, Scalar], list[Change]]:
    """Answer the profile, and every field that does not leave as its source gave it.

    Where two sources give a field of one name, the earlier source wins. ``order`` is the whole
    profile's allow-list and order (None: every field, in the order of the sources).
    """
    merged: dict[str, Scalar] = {}
    changes: list[Change] = []
    for part in parts:
        fields, flattened = flatten(part.source, part.record, write)
        changes += flattened
        for key, scalar in fields.items():
            if part.shape.fields is not None and key not in part.shape.fields:
                changes.append(Change("not_chosen", part.source, key, "the source's fields do not list it"))
                continue
            name = _name(part, key, changes)
            if name in merged:
                changes.append(Change("shadowed", part.source, key, f"an earlier source gives {name}"))
            else:
                merged[name] = scalar
    if order is None:
        return merged, changes
    left_out = [name for name in merged if name not in order]
    changes += [Change("not_chosen", "", name, "[profile] fields does not list it") for name in left_out]
    return {name: merged[name] for name in order if name in merged}, changes


def _name(part: Part, key: str, changes: list[Change]) -> str:
    name = part.shape.rename.get(key) or f"{part.shape.prefix}{key}"
    reason = "the settings say so"
    if name in RESERVED:
        name, reason = f"{part.source}_{name}", f"the helpdesk overrides {name}"
    if name != key:
        changes.append(Change("renamed", part.source, key, reason, name))
    return name
