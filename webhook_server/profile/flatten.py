"""Nested records → one level, as the helpdesk demands: "Nested keys will not work."."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from webhook_server.profile.changes import ChangeLog
from webhook_server.profile.keys import LONGEST_KEY, clean_key, key_text
from webhook_server.profile.privacy import key_looks_like

MAX_DEPTH = 20
"""Levels; a deeper value is dropped and reported."""

MAX_FIELDS = 1000
"""Fields a source may give."""

MAX_VALUES = 20_000
"""Values of one record that are looked at, mappings and lists among them."""

MAX_ITEMS = 10
"""Numbered items of a list; ``<key>_count`` tells how many there were."""

MAX_JOINED = 1000
"""Plain items of a list that become one text."""

MAX_SET = 10_000
"""Items of a set, which must all be sorted first; a larger one is dropped."""

MAX_TEXT = 65_536
"""Characters of one text; a longer one is cut."""

Put = Callable[[str, str, Any, str], None]
"""Takes a field: its flattened key, the path as given, and its value (a scalar, or a list of scalars).

Last, of a nested one, the name that it has in its own mapping; an empty text of the record's own.
"""


class Flattening:
    """One walk through ``record``; hands each value that is no mapping to ``put``.

    What stands under a key that is a secret itself is withheld, and the key is not even told, unless
    ``allow`` has its flattened name.
    """

    def __init__(
        self, record: Mapping[Any, Any], put: Put, log: ChangeLog, allow: Collection[str] = ()
    ) -> None:
        self._put = put
        self._log = log
        self._allow = allow
        self._values = 0
        self._open = [id(record)]

    def add(self, given: Any, value: Any) -> None:
        """Walk through one entry of the record."""
        path = key_text(given)
        key = clean_key(path)
        reason = key_looks_like(path[:LONGEST_KEY])
        if not (reason and self._withholds(reason, "", key)):
            self._add(key, path, value)

    def _withholds(self, reason: str, parent: str, key: str) -> bool:
        """Report a key that is a secret itself, unless it is allowed."""
        if key in self._allow:
            return False
        self._log.note("withheld", parent, reason)
        return True

    def _add(self, key: str, given: str, value: Any, own: str = "") -> None:
        self._values += 1
        kind = _kind(value)
        if not kind:
            self._put(key, given, value, own)
        elif id(value) in self._open:
            self._log.note("dropped", key, "it holds itself")
        elif len(self._open) >= MAX_DEPTH:
            self._log.note("dropped", key, f"it is nested deeper than {MAX_DEPTH} levels")
        else:
            self._open.append(id(value))
            self._add_mapping(key, value) if kind == "mapping" else self._add_list(key, value, kind, own)
            self._open.pop()

    def _add_mapping(self, key: str, value: Mapping[Any, Any]) -> None:
        entries = entries_of(value)
        if entries is None:
            self._log.note("dropped", key, "its entries cannot be read")
            return
        if not entries:
            self._put(key, key, None, "")
        for place, (inner, inner_value) in enumerate(entries):
            if self.is_full(key, len(entries) - place):
                return
            text = inner if type(inner) is str else key_text(inner)
            text = text[:LONGEST_KEY]
            path, cleaned, reason = _under(key, text)
            if not (reason and self._withholds(reason, key, cleaned)):
                self._add(cleaned, path, inner_value, text)

    def _add_list(self, key: str, value: Any, kind: str, own: str) -> None:
        items = value if kind == "list" else self._sorted(key, value)
        if items is None:
            return
        self._values += min(len(items), MAX_JOINED)
        if not any(_kind(item) for item in islice(items, MAX_JOINED)):
            if len(items) > MAX_JOINED:
                self._log.note(
                    "cut", key, f"only {MAX_JOINED} items are shown", count=len(items) - MAX_JOINED
                )
            self._put(key, key, list(items[:MAX_JOINED]), own)
            return
        for number, item in enumerate(items[:MAX_ITEMS], 1):
            if not self.is_full(key, 1):
                self._add(clean_key(f"{key}_{number}"), f"{key}_{number}", item, own)
        if len(items) > MAX_ITEMS:
            reason = f"only the first {MAX_ITEMS} of {len(items)} items are shown"
            self._log.note("cut", key, reason, count=len(items) - MAX_ITEMS)
        self._put(clean_key(f"{key}_count"), f"{key}_count", len(items), "")

    def _sorted(self, key: str, value: Iterable[Any]) -> Sequence[Any] | None:
        items = list(islice(value, MAX_SET + 1))
        if len(items) > MAX_SET:
            self._log.note("dropped", key, f"it is a set of more than {MAX_SET} items")
            return None
        return sorted(items, key=_order)

    def is_full(self, key: str, remaining: int) -> bool:
        """Tell whether the record is larger than what is looked at, and count what remains of it."""
        if self._values < MAX_VALUES:
            return False
        self._log.note("dropped", key, f"only {MAX_VALUES} values of a record are looked at", count=remaining)
        return True


@lru_cache(maxsize=4096)
def _under(parent: str, key: str) -> tuple[str, str, str]:
    """Answer the path of a key in a mapping, that path cleaned, and why the key is a secret, if it is."""
    path = f"{parent}_{key}"
    return path, clean_key(path), key_looks_like(key)


def entries_of(mapping: Mapping[Any, Any]) -> list[tuple[Any, Any]] | None:
    """List a mapping's entries, one more than are looked at; None where it fails to give them."""
    try:
        return list(islice(mapping.items(), MAX_VALUES + 1))
    except Exception:  # noqa: BLE001 - a mapping of an adapter may do anything
        return None


def _kind(value: Any) -> str:
    """Answer mapping, list or set; an empty text for what is none of them."""
    kind = type(value)  # and not isinstance: a value may say something else of its class
    if kind in _PLAIN:
        return ""
    if issubclass(kind, Mapping):
        return "mapping"
    if issubclass(kind, list | tuple):
        return "list"
    return "set" if issubclass(kind, set | frozenset) else ""


def _order(item: Any) -> str:
    try:
        return repr(item)
    except Exception:  # noqa: BLE001 - somebody else's object; any place will do
        return ""


_PLAIN = frozenset({str, int, float, bool, type(None)})
