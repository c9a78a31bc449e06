"""Each table of the settings file → what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from adapters import registry
from adapters.errors import SourceConfigError
from adapters.options import load_options
from webhook_server.config.collector import Collector, names_of
from webhook_server.config.making import check_redis
from webhook_server.config.schemas import CacheSchema, IdentitySchema, ProfileSchema
from webhook_server.config.settings import CacheSettings, ProfileSettings, SourceSettings
from webhook_server.config.source_schema import SourceSchema
from webhook_server.profile.additions import Additions
from webhook_server.profile.cache import CacheTimes
from webhook_server.profile.field_formats import FieldFormat, make_format
from webhook_server.profile.flatten import MAX_ITEMS
from webhook_server.profile.formats import Formatter
from webhook_server.profile.keys import clean_key
from webhook_server.profile.lookup import Limits
from webhook_server.profile.merge import Shape
from webhook_server.profile.privacy import Guard
from webhook_server.profile.records import RecordRule


def read_profile(
    raw: Mapping[str, Any], identity: Mapping[str, Any], collector: Collector
) -> ProfileSettings:
    """Read ``[profile]`` and ``[identity]``."""
    given = collector.load_sound(ProfileSchema, raw, ("profile",))
    told = collector.load_sound(IdentitySchema, identity, ("identity",))
    plain = {
        name: given[name]
        for name in ("locale", "time_zone", "incomplete_field", "as_of_field")
        if name in given
    }
    settings = ProfileSettings(**plain, **told)
    formatter = Formatter(settings.locale, settings.time_zone)
    formats: dict[str, FieldFormat] = {}
    for name, spec in given.get("formats", {}).items():
        made = collector.checked(partial(make_format, spec, formatter), ("profile", "formats", name))
        if made is not None:
            formats[name] = made
    return ProfileSettings(
        **plain,
        **told,
        fields=tuple(given["fields_"]) if "fields_" in given else None,
        formats=formats,
        additions=_additions(given.get("add", {}), collector),
        guard=_guard(given.get("never", ()), given.get("allow", ()), collector),
    )


def _guard(never: Sequence[str], allow: Sequence[str], collector: Collector) -> Guard:
    # One at a time, so that every pattern that is wrong is told.
    sound = [
        pattern
        for number, pattern in enumerate(never)
        if collector.checked(partial(Guard, [pattern]), ("profile", "never", str(number))) is not None
    ]
    return Guard(sound, allow)


def _additions(templates: Mapping[str, Any], collector: Collector) -> Additions | None:
    # One at a time, so that a problem is told at its own key.
    for name, template in templates.items():
        collector.checked(partial(Additions, {name: template}), ("profile", "add", name))
    if not templates or any(problem.key.startswith("profile.add.") for problem in collector.problems):
        return None
    return Additions(templates)


def read_cache(raw: Mapping[str, Any], collector: Collector) -> CacheSettings:
    """Read ``[cache]``."""
    given = collector.load_sound(CacheSchema, raw, ("cache",))
    times = CacheTimes(**{name: given[name] for name in ("fresh", "negative", "stale") if name in given})
    if given.get("url"):
        check_redis(given["url"], collector)
    return CacheSettings(times, given.get("entries", 10_000), given.get("url", ""))


def read_sources(
    tables: Sequence[Mapping[str, Any]],
    folder: Path,
    formats: Mapping[str, FieldFormat],
    collector: Collector,
) -> list[SourceSettings]:
    """Read every ``[[sources]]`` table; files in them are relative to ``folder``."""
    names = [table.get("name") for table in tables]
    found = []
    for number, table in enumerate(tables):
        path = ("sources", str(number))
        if names[number] is not None and names[number] in names[:number]:
            collector.add((*path, "name"), f"Another source is called {names[number]!r} too.")
        if (source := _read_source(table, path, folder, formats, collector)) is not None:
            found.append(source)
    if tables and found and all(source.is_aliases for source in found):
        collector.add(("sources",), "Every source is one of aliases: one that gives fields is needed.")
    _check_beginning(tables, collector)
    return found


def _check_beginning(tables: Sequence[Mapping[str, Any]], collector: Collector) -> None:
    """Refuse sources that all wait for a field of each other."""
    own = [(number, table) for number, table in enumerate(tables) if table.get("aliases") is not True]
    if own and all("lookup_by" in table for _, table in own):
        problem = (
            "No source that gives fields is looked up by the address, so none is ever asked: one must be."
        )
        collector.add(("sources", str(own[0][0]), "lookup_by"), problem)


def _read_source(
    table: Mapping[str, Any],
    path: tuple[str, ...],
    folder: Path,
    formats: Mapping[str, FieldFormat],
    collector: Collector,
) -> SourceSettings | None:
    common = set(names_of(SourceSchema))
    given = collector.load(SourceSchema, {key: table[key] for key in table.keys() & common}, path)
    if not isinstance(table.get("type"), str):
        return None
    try:
        adapter = registry.load(table["type"])
    except SourceConfigError as error:
        collector.add((*path, "type"), f"{error}.")
        return None
    if taken := common & set(names_of(adapter.options)):
        collector.add(path, f"its adapter has options that every source has: {', '.join(sorted(taken))}.")
        return None
    own = {key: value for key, value in table.items() if key not in common}
    schemas = (adapter.options, SourceSchema)
    try:
        options = collector.attempt(lambda: load_options(adapter.options, own, folder), schemas, path)
    except SourceConfigError as error:
        collector.add((*path, "type"), f"{error}.")
        return None
    if given is None or options is None:
        return None
    return SourceSettings(
        given["name"],
        given["type"],
        _shape(given, formats),
        given.get("lookup_by", ""),
        _record_rule(given),
        Limits(given.get("deadline"), given.get("breaker_failures", 5), given.get("breaker_seconds", 30)),
        given.get("aliases", False),
        options,
    )


def _record_rule(given: Mapping[str, Any]) -> RecordRule:
    by = given.get("newest_by", "")
    as_given = {new: key for key, new in given.get("rename", {}).items()}
    return RecordRule(
        given.get("records", "first"), as_given.get(by, by), given.get("numbered_as", given["name"])
    )


def _for_every_record(
    name: str, rename: Mapping[str, str], fields: frozenset[str] | None
) -> tuple[dict[str, str], frozenset[str] | None]:
    """Let the names of one record's fields stand for those of every numbered record."""
    starts = [f"{name}_{number}_" for number in range(1, MAX_ITEMS + 1)]
    renamed = {f"{start}{key}": f"{start}{new}" for start in starts for key, new in rename.items()}
    if fields is not None:
        fields |= {f"{start}{key}" for start in starts for key in fields} | {f"{name}_count"}
    return {**rename, **renamed}, fields


def _shape(given: Mapping[str, Any], formats: Mapping[str, FieldFormat]) -> Shape:
    rename = {clean_key(key): name for key, name in given.get("rename", {}).items()}
    chosen = given.get("fields_")
    fields = None if chosen is None else frozenset(map(clean_key, chosen))
    if given.get("records") == "numbered":
        rename, fields = _for_every_record(given.get("numbered_as", given["name"]), rename, fields)
    return Shape(given.get("prefix", ""), rename, fields, formats)
