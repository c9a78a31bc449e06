"""Records of which every field has its place and every value is written as it is: the usual ones.

What Shaping does with them, without its means for all others. Whatever is not plain is left to that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webhook_server.profile.changes import MAX_CHANGES, Change
from webhook_server.profile.detectors import SHORTEST, detect
from webhook_server.profile.flatten import MAX_FIELDS
from webhook_server.profile.formats import Scalar, Unwritable, sound_text
from webhook_server.profile.routes import MAX_KINDS, Routes

SHORT_TEXT = 1000
"""Characters up to which a text is plain, and is not counted towards what all texts together may have."""

Writers = Mapping[type, Callable[[Any], Scalar]]
"""By exact type, what can be written without more ado."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Records with the same keys: what leaves of them under which name, what goes nowhere, what is told."""

    leaving: Sequence[tuple[str, str]]
    staying: Sequence[str]
    told: Sequence[Change]


class PlainRecords:
    """Shapes the plain records of one source; threads may share it."""

    def __init__(self, routes: Routes, writers: Writers) -> None:
        self._routes = routes
        self._writers = writers
        self._kinds: dict[tuple[str, ...], _Kind | None] = {}

    def shape(self, record: Mapping[Any, Any]) -> tuple[dict[str, Scalar], Sequence[Change]] | None:
        """Answer the fields that a record gives and what is told of it; None where it needs a closer look."""
        kind = self._kind(record) if type(record) is dict else None
        if kind is None:
            return None
        writers = self._writers
        fields: dict[str, Scalar] = {}
        for given, name in kind.leaving:
            value = record[given]
            writer = writers.get(type(value))
            if writer is None or (writer is sound_text and not is_plain(value)):
                return None
            try:
                written = fields[name] = writer(value)
            except Unwritable:
                return None
            if written is None and value is not None:
                return None
        for given in kind.staying:
            if type(record[given]) not in writers:
                return None
        return fields, kind.told

    def _kind(self, record: dict[Any, Any]) -> _Kind | None:
        keys = tuple(record)
        try:
            return self._kinds[keys]
        except KeyError:
            pass
        except TypeError:
            return None
        plain = self._routes.plain
        parts = self._routes.parts(record)
        giving, told = (keys, ()) if parts is None else parts
        if not all(key in plain for key in giving):
            return None  # not met yet, or to be looked at each time
        kind = self._made(giving, told)
        if len(self._kinds) < MAX_KINDS and len(keys) <= MAX_KINDS:
            self._kinds[keys] = kind
        return kind

    def _made(self, giving: Sequence[str], told: Sequence[Change]) -> _Kind | None:
        plain = [(key, self._routes.plain[key]) for key in giving]
        known = [(key, route) for key, route in plain if route is not None]
        leaving = [(key, name) for key, (name, _) in known if name]
        changes = [*told, *(change for _, (_, of_key) in known for change in of_key)]
        if (
            len(known) < len(plain)
            or len({name for _, name in leaving}) < len(leaving)
            or len(leaving) > MAX_FIELDS
            or len(changes) > MAX_CHANGES
        ):
            return None
        return _Kind(leaving, [key for key, (name, _) in known if not name], changes)


def is_plain(text: str) -> bool:
    """Tell whether a text needs nothing but to be written."""
    if len(text) < SHORTEST:
        return text.isascii()
    return len(text) <= SHORT_TEXT and text.isascii() and not detect(text)
