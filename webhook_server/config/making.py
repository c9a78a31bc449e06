"""Sources and caches made of their settings, which shows whether they can work; neither connects yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters import registry
from adapters.base import CustomerSource
from adapters.errors import SourceConfigError, place_of
from webhook_server.config.collector import Collector
from webhook_server.config.settings import SourceSettings
from webhook_server.profile.closing import close_source
from webhook_server.profile.redis_client import connect_redis


def make_source(told: SourceSettings) -> CustomerSource:
    """Make a source; raises SourceConfigError, also where the adapter itself fails."""
    try:
        made: object = registry.load(told.type).from_options(told.options)
    except SourceConfigError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - of somebody else; the text may hold an option
        problem = f"its adapter {told.type!r} cannot be made: {type(error).__name__} in {place_of(error)}"
        raise SourceConfigError(problem) from None
    if not isinstance(made, CustomerSource):
        answered = f"from_options() answered {type(made).__name__}, which is no CustomerSource"
        raise SourceConfigError(f"its adapter {told.type!r} cannot be made: {answered}")
    return made


def check_sources(
    sources: Sequence[SourceSettings], tables: Sequence[Mapping[str, Any]], collector: Collector
) -> None:
    """Tell of sources that cannot be made beside whatever else is wrong; ``tables`` are all, as given."""
    numbers = {table.get("name"): number for number, table in enumerate(tables)}
    for told in sources:
        try:
            made = make_source(told)
        except SourceConfigError as error:
            collector.add(("sources", str(numbers[told.name])), as_sentence(error))
            continue
        close_source(made, told.name)  # what fails in closing is told where it serves


def as_sentence(error: SourceConfigError) -> str:
    """Write what is wrong as the settings' problems are written."""
    text = str(error)
    return text if text.endswith((".", "?", "!")) else f"{text}."


def check_redis(url: str, collector: Collector) -> None:
    """Tell of a ``[cache] url`` that no client can be made of."""
    try:
        connect_redis(url).close()
    except SourceConfigError as error:
        collector.add(("cache", "url"), as_sentence(error))
