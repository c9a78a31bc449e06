"""The servers that one URL names, and which of them is connected to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import URL

from adapters.errors import SourceUnavailable
from adapters.time_limit import seconds_left, time_limit

C = TypeVar("C")
Place = tuple[str, int | None]
"""A host and its port, None for the usual one."""

_PLACE = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>\d*))?\Z")


def places_of(url: URL) -> Sequence[Place]:
    """Name the hosts of a URL in the order in which they are to be tried; none unless it names several.

    They stand in its query, each with its port, or as libpq has it: ``host=db1,db2&port=5432,5433``.
    """
    hosts, ports = (_listed(url.query.get(name)) for name in ("host", "port"))
    if len(hosts) < 2:
        return ()
    usual = ports[0] if len(ports) == 1 else ""
    beside = ports if len(ports) == len(hosts) else [usual] * len(hosts)
    return [_place(host, port) for host, port in zip(hosts, beside, strict=True)]


def of_one(url: URL, places: Sequence[Place]) -> URL:
    """Answer a URL of the first of several hosts, all others left out of it."""
    if not places:
        return url
    host, port = places[0]
    return url.difference_update_query(["host", "port"]).set(host=host, port=port)


class Hosts:
    """Connects to the first of several servers that lets it, and begins there the next time."""

    def __init__(self, places: Sequence[Place], timeout: float) -> None:
        self._places = places
        self._timeout = timeout
        self._first = 0

    def connect(self, connect: Callable[[str, int | None, float], C], failures: Any) -> C:
        """Call ``connect`` with host, port and seconds until one succeeds.

        Each gets its share of the time that is left, so that a host which swallows everything costs no more.
        Raises what the last one raised, of ``failures`` and SourceUnavailable.
        """
        count = len(self._places)
        first = self._first
        for tried in range(count):
            number = (first + tried) % count
            share = min(self._timeout, max(0.0, seconds_left())) / (count - tried)
            try:
                with time_limit(share):
                    made = connect(*self._places[number], share)
            except (SourceUnavailable, failures):
                if tried == count - 1:
                    raise
            else:
                self._first = number
                return made
        raise AssertionError  # a loop over no hosts; there are always two


def _listed(given: str | Sequence[str] | None) -> list[str]:
    values = [given] if isinstance(given, str) else given or []
    return [word.strip() for value in values for word in value.split(",")]


def _place(text: str, port: str) -> Place:
    found = None if text.startswith("/") else _PLACE.match(text)
    if found is None:
        return text, int(port) if port else None
    chosen = found["port"] or port
    return found["host"].strip("[]"), int(chosen) if chosen else None
