"""What tests before Save have fetched: the template editor shows it, though no conversation does."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_MOST = 64

Fields = Mapping[str, Any]


class Tried:
    """Holds the fields that the newest tests have fetched, in memory, by address."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Fields, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, email: str, fields: Fields) -> None:
        """Keep what was fetched just now for an address."""
        with self._lock:
            self._kept[email.lower()] = dict(fields), datetime.now(UTC)
            self._kept.move_to_end(email.lower())
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)

    def since(self, email: str, fetched_at: datetime | None) -> Fields | None:
        """Give an address's fields, unless a fetch after the test brought newer ones."""
        with self._lock:
            fields, tried_at = self._kept.get(email.lower(), (None, None))
        if tried_at is None or (fetched_at is not None and fetched_at > tried_at):
            return None
        return fields
