"""What agents can see, told without a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from time import monotonic
from typing import Any

from adapters.base import MOST_FIELDS
from adapters.errors import SourceError
from adapters.indexed import IndexedSource
from webhook_server.profile.changes import Change
from webhook_server.profile.doubts import Doubt, find_doubts
from webhook_server.profile.flatten import MAX_ITEMS
from webhook_server.profile.known_fields import KnownFields, flat_values
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.merge import Shaper, combine
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.privacy import Guard
from webhook_server.profile.records import choose
from webhook_server.profile.threads import BoundedThreads, Call

PATIENCE = 30.0
"""Seconds that sources may take to tell their fields, side by side."""

UNTOLD = "it does not tell its fields beforehand"
"""Why a source is silent that has nothing to tell; any other reason is a failure."""

YES_OR_NO_LEAVES = "its name says that it is a secret, so no more leaves of it than yes or no"
"""Why a field is withheld whose values are not known: one that says yes or no is not."""

_Told = tuple[list[Mapping[str, Any]], str]
"""What a source's records look like; where it does not tell, the second is the reason."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every field that may leave and the source it comes from; what stays; sources that do not tell.

    ``doubts`` are the settings that can do nothing: names of fields that no source gives, and the like.
    """

    fields: Mapping[str, str]
    changes: Sequence[Change]
    silent: Mapping[str, str]
    doubts: Sequence[Doubt] = ()


def take_inventory(sources: Sequence[BoundSource], options: ProfileOptions, shaper: Shaper) -> Inventory:
    """Shape records without values for every source, as an answer would be shaped.

    Nesting that a source does not tell adds to the names told here. Sources of aliases give no fields;
    only their settings are looked at.
    """
    shaped: list[tuple[str, dict[str, None]]] = []
    changes: list[Change] = []
    silent: dict[str, str] = {}
    known: list[KnownFields] = []
    for bound, (outlines, reason) in zip(sources, _all_outlines(sources), strict=True):
        known.append(KnownFields(bound, None if reason else outlines))
        if bound.is_aliases:
            continue
        if reason:
            silent[bound.name] = reason
        fields, own = _shape(bound, outlines, shaper)
        shaped.append((bound.name, fields))
        changes += own
    merged, combined = combine(shaped, options.fields)
    origin = {name: source for source, fields in reversed(shaped) for name in fields}
    found = {name: origin[name] for name in merged}
    for name in options.additions.names if options.additions else ():
        if options.fields is None or name in options.fields:
            found.setdefault(name, "[profile] add")
    for name in options.unknown_customer:
        found.setdefault(name, "[server] unknown_customer")
    for name in (options.incomplete_field, options.as_of_field):
        if name:
            found[name] = "the server"
    return Inventory(found, [*changes, *combined], silent, find_doubts(known, options))


def _all_outlines(sources: Sequence[BoundSource]) -> list[_Told]:
    """Ask every source what its records look like, so that one that hangs hides no other's fields."""
    due = monotonic() + PATIENCE
    asked = [_begun(bound) for bound in sources]
    return [
        _outlines(bound) if call is None else _told_by(due, call)
        for bound, call in zip(sources, asked, strict=True)
    ]


def _begun(bound: BoundSource) -> Call[_Told] | None:
    """Ask in a thread; None of a source whose index may take its time to be built, but ends."""
    if isinstance(bound.source, IndexedSource):
        return None
    return BoundedThreads(f"outlines-{bound.name}", 1).start(partial(_outlines, bound))


def _told_by(due: float, call: Call[_Told]) -> _Told:
    try:
        return call.result(max(0.0, due - monotonic()))
    except TimeoutError:
        return [], f"it did not tell its fields within {PATIENCE:g} seconds"


def _outlines(bound: BoundSource) -> _Told:
    try:
        outlines = list(islice(bound.source.outlines(), MOST_FIELDS + 1))
    except SourceError as error:
        return [], str(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - sources are other people's code
        return [], f"it failed to tell its fields: {type(error).__name__}"
    if len(outlines) > MOST_FIELDS:
        return [], f"outlines() tells more than {MOST_FIELDS:,} records"
    return outlines, "" if any(outlines) else UNTOLD


def _shape(
    bound: BoundSource, outlines: Sequence[Mapping[str, Any]], shaper: Shaper
) -> tuple[dict[str, None], list[Change]]:
    fields: dict[str, None] = {}
    changes: dict[Change, None] = {}
    for outline in outlines:
        record = _outlined(outline, bound)
        names, own = shaper.shape(bound.name, record, bound.shape)
        fields |= dict.fromkeys(names)
        changes |= dict.fromkeys(_without_values(own, record))
    return fields, list(changes)


def _outlined(outline: Mapping[str, Any], bound: BoundSource) -> Mapping[str, Any]:
    """Answer what records of an outline become; of numbered ones without fields only the count is known."""
    if bound.records.rule == "numbered" and not outline:
        return {f"{bound.records.name or bound.name}_count": None}
    record, _ = choose([outline] * MAX_ITEMS, bound.records, bound.name)
    return record or {}


def _without_values(changes: Sequence[Change], record: Mapping[str, Any]) -> list[Change]:
    """Tell of values that are not known no more than their fields' names do."""
    by_name = Guard.reason("unless_harmless", None)
    unknown = {key for key, value in flat_values(record).items() if value is None}
    return [
        replace(change, reason=YES_OR_NO_LEAVES)
        if change.reason == by_name and change.key in unknown
        else change
        for change in changes
    ]
