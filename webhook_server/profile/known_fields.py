"""What one source is known to give, told without a customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from webhook_server.profile.changes import ChangeLog
from webhook_server.profile.flatten import MAX_ITEMS, Flattening
from webhook_server.profile.keys import RESERVED, beside_reserved, clean_key, key_text
from webhook_server.profile.lookup import BoundSource
from webhook_server.profile.records import choose
from webhook_server.profile.routes import Route, Routes


class KnownFields:
    """The fields of one source; without ``outlines`` the source does not tell, and may give anything.

    ``keys`` are the flattened fields of its answers and ``names`` what they are called in the profile;
    ``own_level`` are the fields of a record itself. A field that is told may turn out to be nested, so
    what begins with its name may be given too.
    """

    def __init__(self, bound: BoundSource, outlines: Sequence[Mapping[str, Any]] | None) -> None:
        self.bound = bound
        self.is_told = outlines is not None
        self._routes = Routes(bound.name, bound.shape, None)
        self.own_level: set[str] = set()
        self.keys: dict[str, None] = {}
        for outline in outlines or ():
            self.own_level |= {spelling for name in outline for spelling in (name, clean_key(key_text(name)))}
            record, _ = choose([outline] * MAX_ITEMS, bound.records, bound.name)
            self.keys.update(dict.fromkeys(flat_values(record or {})))
        # Settings may speak of numbered records by the fields of one.
        one = [key for outline in outlines or () for key in flat_values(outline)]
        self.written = dict.fromkeys([*self.keys, *one])
        self.names = {route.name for key in self.keys if not (route := self.route(key)).refusal}

    def route(self, key: str) -> Route:
        """Answer where a flattened field goes, secrets like any other: whether they are one is not known."""
        return self._routes.route(key)

    def may_hold(self, key: str) -> bool:
        """Tell whether settings may speak of a flattened field of this source."""
        return not self.is_told or _is_among(key, self.written)

    def may_give(self, name: str) -> bool:
        """Tell whether a field of this name in the profile may come from this source."""
        fields = self.bound.shape.fields
        return any(
            (fields is None or key in fields) and (not self.is_told or _is_among(key, self.keys))
            for key in self._keys_behind(name)
        )

    def _keys_behind(self, name: str) -> Iterator[str]:
        """Answer every flattened field that would go to ``name``."""
        shape = self.bound.shape
        yield from (key for key, renamed in shape.rename.items() if renamed == name)
        reserved = {beside_reserved(self.bound.name, taken): taken for taken in RESERVED}
        for called in (name, reserved.get(name, "")):
            key = called.removeprefix(shape.prefix)
            if key and called.startswith(shape.prefix) and key not in shape.rename:
                yield key


def nearest(name: str, known: Iterable[str]) -> str:
    """Answer the known name that ``name`` may have been meant to be, or an empty text."""
    spelled = {key.lower(): key for key in known}
    near = get_close_matches(name.lower(), spelled, n=1)
    return spelled[near[0]] if near else ""


def flat_values(record: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the flattened fields of a record as they are: scalars, or lists of scalars."""
    values: dict[str, Any] = {}
    flattening = Flattening(record, lambda key, _, value, __: values.setdefault(key, value), ChangeLog(""))
    for name, value in record.items():
        flattening.add(name, value)
    return values


def _is_among(key: str, told: Iterable[str]) -> bool:
    if key in told:
        return True
    # A key that is cleaned together with its parent's is written in lower case.
    return any(key.lower().startswith(f"{name.lower()}_") for name in told)
