"""Keys that stand above all tables of the settings and belong into one of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from adapters import registry
from adapters.errors import SourceConfigError
from webhook_server.config.collector import Collector, names_of
from webhook_server.config.schemas import (
    CacheSchema,
    IdentitySchema,
    ProfileSchema,
    ServerSchema,
    SettingsSchema,
)
from webhook_server.config.source_schema import SourceSchema

_TABLES = {
    "server": ServerSchema,
    "profile": ProfileSchema,
    "identity": IdentitySchema,
    "cache": CacheSchema,
}


def tell_misplaced(document: Mapping[str, Any], collector: Collector) -> None:
    """Tell of each key at the top that a table knows, where it belongs."""
    of_sources = {*names_of(SourceSchema), *_options(document.get("sources"))}
    top = {*names_of(SettingsSchema)}
    for key in (key for key in document if key not in top):
        places = [f"[{table}]" for table, schema in _TABLES.items() if key in names_of(schema)]
        places += ["a table of [[sources]]"] * (key in of_sources)
        if places:
            written = f" as [sources.{key}]" if key in of_sources and isinstance(document[key], dict) else ""
            collector.add((key,), f"It belongs into {' or '.join(places)}, below its line{written}.")


def _options(sources: object) -> set[str]:
    """Name the options of the sources' types."""
    names: set[str] = set()
    listed = sources if isinstance(sources, list) else []
    for table in (table for table in listed if isinstance(table, dict)):
        with suppress(SourceConfigError):  # which is told of the source itself
            names |= {*names_of(registry.load(str(table.get("type"))).options)}
    return names
