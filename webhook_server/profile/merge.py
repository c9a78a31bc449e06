"""Several sources' records → the fields of one profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webhook_server.profile.additions import Additions, Withheld
from webhook_server.profile.changes import Change, ChangeLog
from webhook_server.profile.formats import Formatter, Scalar
from webhook_server.profile.plain_records import PlainRecords
from webhook_server.profile.privacy import Guard
from webhook_server.profile.routes import NOT_LISTED, FieldFormat, Routes, Shape
from webhook_server.profile.shaping import shape_record

__all__ = ["FieldFormat", "Shape", "Shaper", "combine"]

_MAX_SHAPES = 1000


class Shaper:
    """Makes the fields of a profile of the records of single sources.

    Without a ``guard`` the default one withholds what looks like a secret. ``wanted`` are the names of
    which a profile is made (None: all); what nobody wants is not even written. Threads may share a shaper.
    """

    def __init__(
        self, formatter: Formatter, guard: Guard | None = None, wanted: frozenset[str] | None = None
    ) -> None:
        self._formatter = formatter
        self._guard = guard or Guard()
        self._wanted = wanted
        self._ways: dict[tuple[str, int], tuple[Routes, PlainRecords]] = {}

    def write(self, value: Any) -> Scalar:
        """Write one value of the server's own as those of the sources are written."""
        return self._formatter.write(value)

    def shape(
        self, source: str, record: Mapping[Any, Any], shape: Shape
    ) -> tuple[dict[str, Scalar], Sequence[Change]]:
        """Flatten, choose, name, write and withhold: what this answers may be stored and sent.

        Also answers every field that does not leave as its source gave it. Raises nothing, whatever
        the record holds.
        """
        routes, plain = self._way(source, shape)
        shaped = plain.shape(record)
        if shaped is not None:
            return shaped
        return shape_record(routes, record, self._formatter.write, self._formatter.writers)

    def routes(self, source: str, shape: Shape) -> Routes:
        """Answer where each field of a source goes."""
        return self._way(source, shape)[0]

    def _way(self, source: str, shape: Shape) -> tuple[Routes, PlainRecords]:
        way = self._ways.get((source, id(shape)))
        if way is None or way[0].shape is not shape:
            routes = Routes(source, shape, self._guard, self._wanted)
            way = routes, PlainRecords(routes, self._formatter.writers)
            if len(self._ways) < _MAX_SHAPES:
                self._ways[source, id(shape)] = way
        return way


def combine(
    shaped: Sequence[tuple[str, Mapping[str, Scalar]]],
    order: Sequence[str] | None = None,
    additions: Additions | None = None,
    withheld: Withheld = frozenset,
) -> tuple[dict[str, Scalar], list[Change]]:
    """Answer the profile of several sources' fields, and every field that is not in it.

    Where two sources give a field of one name, the earlier source wins. ``order`` is the whole
    profile's allow-list and order, additions included (None: every field, in the order of the sources).
    ``withheld`` names what would be in it, did privacy not withhold it.
    """
    combined: dict[str, Scalar] = {}
    log = ChangeLog("")
    for source, fields in shaped:
        if not combined:
            combined = dict(fields)
            continue
        for name, scalar in fields.items():
            if name in combined:
                log.add(Change("shadowed", source, name, f"an earlier source gives {name}"))
            else:
                combined[name] = scalar
    if additions is not None:
        additions.add_to(combined, log, withheld)
    if order is None:
        return combined, log.changes()
    listed = frozenset(order)
    for name in combined:
        if name not in listed:
            source = next((source for source, fields in shaped if name in fields), "")
            log.add(Change("not_chosen", source, name, NOT_LISTED))
    return {name: combined[name] for name in order if name in combined}, log.changes()
