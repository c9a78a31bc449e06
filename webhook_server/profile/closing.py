"""Sources closed, whatever their close() does."""

from __future__ import annotations

from adapters.base import CustomerSource
from adapters.errors import place_of
from adapters.indexed import IndexedSource
from webhook_server.profile.threads import BoundedThreads

PATIENCE = 3.0
"""Seconds that a source may take to close; after that it is left behind, in a thread that ends with us."""


def close_source(source: CustomerSource, name: str) -> str:
    """Close a source, and answer why it could not be closed, in none of its own words; empty where it was."""
    if isinstance(source, IndexedSource):  # what it has open belongs to this thread
        return _closed(source)
    call = BoundedThreads(f"close-{name}", 1).start(lambda: _closed(source))
    if call is None:
        return _closed(source)
    try:
        return call.result(PATIENCE)
    except TimeoutError:
        return f"its close() did not end within {PATIENCE:g} seconds"


def _closed(source: CustomerSource) -> str:
    try:
        source.close()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - sources are other people's code
        return f"its close() failed: {type(error).__name__} in {place_of(error)}"
    return ""
