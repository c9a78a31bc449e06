"""Settings that can do nothing: fields that no source gives, and sources that wait for each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from webhook_server.profile.known_fields import KnownFields, nearest
from webhook_server.profile.options import ProfileOptions


@dataclass(frozen=True, slots=True)
class Doubt:
    """One setting that can do nothing, as far as the sources tell their fields.

    ``key`` says where it stands, as in ``[profile] fields`` or ``source billing, lookup_by``. The
    message names settings and fields, and holds nothing of a customer's.
    """

    key: str
    message: str


def find_doubts(sources: Sequence[KnownFields], options: ProfileOptions) -> list[Doubt]:
    """Answer every setting that can do nothing; of sources that do not tell, the best is assumed."""
    giving = [source for source in sources if not source.bound.is_aliases]
    doubts = [*_Profile(giving, options).doubts(), *_lookup_doubts(giving, options)]
    for source in sources:
        doubts += _source_doubts(source)
    return list(dict.fromkeys(doubts))


class _Profile:
    """The look at ``[profile]``."""

    def __init__(self, sources: Sequence[KnownFields], options: ProfileOptions) -> None:
        self._sources = sources
        self._options = options
        additions = options.additions
        self._made_of: Mapping[str, Sequence[str]] = additions.placeholders if additions else {}

    def doubts(self) -> Iterator[Doubt]:
        options = self._options
        made = {*self._made_of, options.incomplete_field, options.as_of_field}
        for key, name in (
            ("incomplete_field", options.incomplete_field),
            ("as_of_field", options.as_of_field),
        ):
            giving = [
                source.bound.name for source in self._sources if source.is_told and source.may_give(name)
            ]
            if name and giving:
                yield Doubt(
                    f"[profile] {key}", f"Source {giving[0]} gives {name!r} too, and would be overwritten."
                )
        yield from self._written_by_server()
        for name in options.fields or ():
            if name not in made and not _given(name, self._sources):
                yield Doubt("[profile] fields", _not_given(name, self._sources, self._made_of))
        used = self._used()
        yield from self._addition_doubts(used)
        if used is not None:
            used |= {source.bound.lookup_by for source in self._sources}
        for name in dict.fromkeys(name for source in self._sources for name in source.bound.shape.formats):
            key = f"[profile] formats, {name}"
            if name in (options.incomplete_field, options.as_of_field):
                continue
            if not _given(name, self._sources):
                yield Doubt(key, _of_sources_alone(name, self._sources, self._made_of))
            elif used is not None and name not in used:
                yield Doubt(key, f"[profile] fields does not list {name!r}, so this writes nothing.")

    def _written_by_server(self) -> Iterator[Doubt]:
        """Tell of formats and additions for fields that the server itself writes."""
        formats = {name for source in self._sources for name in source.bound.shape.formats}
        for key in ("incomplete_field", "as_of_field"):
            name = getattr(self._options, key)
            if name and name in formats:
                problem = f"The server itself writes {name!r} ([profile] {key}), unformatted."
                yield Doubt(f"[profile] formats, {name}", problem)
            if name and name in self._made_of:
                problem = f"The server itself writes {name!r} ([profile] {key}) instead."
                yield Doubt(f"[profile] add, {name}", problem)

    def _used(self) -> set[str] | None:
        """Answer the fields that leave or go into one that does; None for every field."""
        if self._options.fields is None:
            return None
        used = set(self._options.fields)
        for name, parts in reversed(list(self._made_of.items())):
            if name in used:
                used.update(parts)
        return used

    def _addition_doubts(self, used: set[str] | None) -> Iterator[Doubt]:
        before: set[str] = set()
        for name, parts in self._made_of.items():
            key = f"[profile] add, {name}"
            if used is not None and name not in used:
                yield Doubt(key, f"[profile] fields does not list {name!r}, so it never leaves.")
            for part in parts:
                if part in before or _given(part, self._sources):
                    continue
                if part in self._made_of:
                    problem = f"{part!r} is not made yet when this is: additions are made from top to bottom."
                    yield Doubt(key, problem)
                else:
                    yield Doubt(key, _not_given(part, self._sources, before))
            before.add(name)


def _lookup_doubts(sources: Sequence[KnownFields], options: ProfileOptions) -> Iterator[Doubt]:
    """Follow ``lookup_by`` from the sources that are asked by the address to those that are never asked."""
    waiting = [source for source in sources if source.bound.lookup_by]
    asked = [source for source in sources if not source.bound.lookup_by]
    while found := [source for source in waiting if _given(source.bound.lookup_by, asked)]:
        asked += found
        waiting = [source for source in waiting if source not in found]
    made = options.additions.names if options.additions else ()
    for source in waiting:
        name = source.bound.lookup_by
        others = [other for other in sources if other is not source]
        givers = [other.bound.name for other in others if other.may_give(name)]
        if givers:
            problem = f"{name!r} comes only from {' and '.join(givers)}: {_never_asked(source, waiting)}"
        elif source.is_told and source.may_give(name):
            problem = f"{name!r} comes from this source alone, and another one must give it."
        else:
            problem = _of_sources_alone(name, others, made)
        yield Doubt(f"source {source.bound.name}, lookup_by", problem)


def _never_asked(source: KnownFields, waiting: Sequence[KnownFields]) -> str:
    if _leads_back(source, waiting):
        return "these lookups lead in a circle, and one must go by the address."
    return "that is never asked either."


def _leads_back(source: KnownFields, waiting: Sequence[KnownFields]) -> bool:
    """Tell whether a source waits, over however many others, for what it gives itself."""
    reached: list[KnownFields] = []
    ahead = [source]
    while ahead:
        name = ahead.pop().bound.lookup_by
        givers = [other for other in waiting if other not in reached and other.may_give(name)]
        reached += givers
        ahead += givers
    return source in reached


def _source_doubts(source: KnownFields) -> Iterator[Doubt]:
    bound = source.bound
    shape, rule = bound.shape, bound.records
    place = f"source {bound.name}"
    if problem := bound.source.doubt_of_key(bound.lookup_by):
        yield Doubt(f"{place}, lookup_by", problem)
    chosen = _as_written(source, shape.fields or ())
    for name, keys in chosen.items():
        if not any(map(source.may_hold, keys)):
            yield Doubt(f"{place}, fields", _not_held(name, source))
    for name, keys in _as_written(source, shape.rename).items():
        if not any(map(source.may_hold, keys)):
            yield Doubt(f"{place}, rename", _not_held(name, source))
        elif shape.fields is not None and shape.fields.isdisjoint(keys):
            yield Doubt(f"{place}, rename", f"Its fields do not list {name!r}, so it never leaves.")
    if source.is_told and rule.by and rule.by not in source.own_level:
        near = nearest(rule.by, source.own_level)
        yield Doubt(f"{place}, newest_by", f"Its records have no {rule.by!r}{_did_you_mean(near)}")


def _as_written(
    source: KnownFields, keys: Sequence[str] | frozenset[str] | Mapping[str, str]
) -> dict[str, list[str]]:
    """Gather what settings were read as, one for every numbered record, under what was written."""
    rule = source.bound.records
    numbered = rule.name or source.bound.name
    written: dict[str, list[str]] = {}
    for key in sorted(keys):
        name = re.sub(rf"^(?:{numbered}_\d+_)+", "", key) if rule.rule == "numbered" else key
        written.setdefault(name, []).append(key)
    return written


def _given(name: str, sources: Sequence[KnownFields]) -> bool:
    return any(source.may_give(name) for source in sources)


def _not_held(name: str, source: KnownFields) -> str:
    for own, renamed in source.bound.shape.rename.items():
        if renamed == name:
            return f"It gives no {name!r}: it goes by the source's own names, and there it is {own!r}."
    return f"It gives no {name!r}{_did_you_mean(nearest(name, source.written))}"


def _of_sources_alone(
    name: str, sources: Sequence[KnownFields], made: Sequence[str] | Mapping[str, object]
) -> str:
    if name in made:
        return f"{name!r} is made by [profile] add, and only a source's field can stand here."
    return _not_given(name, sources, ())


def _not_given(
    name: str, sources: Sequence[KnownFields], made: Sequence[str] | set[str] | Mapping[str, object]
) -> str:
    for source in sources:
        if name in source.keys:
            route = source.route(name)
            if route.refusal:
                return f"Source {source.bound.name} has {name!r}, but its own fields do not list it."
            return f"Source {source.bound.name} has {name!r}, but gives it as {route.name!r}."
    known = {known for source in sources for known in source.names} | {*made}
    return f"No source gives {name!r}{_did_you_mean(nearest(name, known))}"


def _did_you_mean(near: str) -> str:
    return f"; did you mean {near!r}?" if near else "."
