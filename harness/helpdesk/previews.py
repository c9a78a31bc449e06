"""What is shown but not kept: a test before it is saved, a template being written, a token just made."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

_MOST = 64


class Previews:
    """Holds the newest texts in memory, renderings for example, each under a name that nobody guesses."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, html: str) -> str:
        """Keep a text, and give its name."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[name] = html
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return name

    def get(self, name: str) -> str | None:
        """Give the text of that name, or None where it was let go."""
        with self._lock:
            return self._kept.get(name)

    def take(self, name: str) -> str | None:
        """Give it, and let it go."""
        with self._lock:
            return self._kept.pop(name, None)
