"""What agents can see, told without a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.errors import SourceError
from webhook_server.profile.changes import Change
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.merge import Shaper, combine
from webhook_server.profile.options import ProfileOptions
from webhook_server.profile.records import choose


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every field that may leave and the source it comes from; what stays; sources that do not tell.

    ``absent`` are names in ``[profile] fields`` that no source is known to give: often misspelt.
    """

    fields: Mapping[str, str]
    changes: Sequence[Change]
    silent: Mapping[str, str]
    absent: Sequence[str] = ()


def take_inventory(sources: Sequence[BoundSource], options: ProfileOptions, shaper: Shaper) -> Inventory:
    """Shape a record of empty values for every source, as an answer would be shaped.

    A record's own nesting is not known beforehand: it adds to the names told here.
    """
    shaped: list[tuple[str, dict[str, None]]] = []
    changes: list[Change] = []
    silent: dict[str, str] = {}
    for bound in sources:
        try:
            names = list(bound.source.field_names())
        except SourceError as error:
            silent[bound.name] = str(error)
            continue
        if not names:
            silent[bound.name] = "it does not tell its fields beforehand"
        record, _ = choose([dict.fromkeys(names)], bound.records, bound.name)
        fields, own = shaper.shape(bound.name, record or {}, bound.shape)
        shaped.append((bound.name, dict.fromkeys(fields)))
        changes += own
    merged, combined = combine(shaped, options.fields)
    origin = {name: source for source, fields in reversed(shaped) for name in fields}
    found = {name: origin[name] for name in merged}
    for name in options.additions.names if options.additions else ():
        if options.fields is None or name in options.fields:
            found.setdefault(name, "[profile] add")
    for name in (options.incomplete_field, options.as_of_field):
        if name:
            found[name] = "the server"
    absent = [name for name in options.fields or () if name not in found]
    return Inventory(found, [*changes, *combined], silent, absent)
