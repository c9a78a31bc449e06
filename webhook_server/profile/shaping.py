"""One source's record → its fields of the profile, within bounds; what it makes may be stored and sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from adapters.base import Money
from webhook_server.profile.changes import Change, ChangeLog
from webhook_server.profile.detectors import OVERLAP
from webhook_server.profile.flatten import MAX_FIELDS, MAX_TEXT, Flattening, entries_of
from webhook_server.profile.formats import Scalar, Unwritable, sound_text
from webhook_server.profile.keys import clean_key, why_renamed
from webhook_server.profile.plain_records import SHORT_TEXT, Writers, is_plain
from webhook_server.profile.privacy import Guard, looks_like
from webhook_server.profile.routes import Route, Routes

MAX_ALL_TEXT = 1_000_000
"""Characters of all longer texts of one source together."""

MAX_SEARCHED = 2_000_000
"""Characters of one record that are searched for secrets, whatever becomes of them: half a second."""

_ALL_TEXT = f"the texts of a source may have {MAX_ALL_TEXT} characters together"
_SEARCHED = f"of one record {MAX_SEARCHED} characters are searched for secrets"

_NEVER_TEXT = frozenset({int, float, bool, type(None), Decimal, Money, datetime, date, time, timedelta, UUID})
"""Types whose values are judged by their field's name alone: identifiers have the digits of a card."""

NOT_FINITE = "JSON has neither NaN nor infinity: null stands for it, or nothing in a list"

Writer = Callable[[Any], Scalar]


class _Withheld(Exception):  # noqa: N818 - it ends the writing of a value and is no error
    """Raised for a value that must not leave; the text is the reason."""


class Shaping:
    """The making of one source's fields."""

    def __init__(self, routes: Routes, write: Writer, log: ChangeLog) -> None:
        self.fields: dict[str, Scalar] = {}
        self._routes = routes
        self._write = write
        self._log = log
        self._room = MAX_ALL_TEXT
        self._to_search = MAX_SEARCHED

    def add_record(self, record: Mapping[Any, Any], writers: Writers) -> None:
        """Add every entry; ``writers`` holds, by exact type, what can be written without more ado."""
        entries = self._entries(record)
        fields, plain = self.fields, self._routes.plain
        flattening = Flattening(record, self.put, self._log, self._routes.allow)
        for place, (given, value) in enumerate(entries):
            known = plain.get(given) if type(given) is str else None
            writer = writers.get(type(value))
            if (
                known is not None
                and writer is not None
                and known[0] not in fields
                and len(fields) < MAX_FIELDS
                and (not known[0] or writer is not sound_text or is_plain(value))
            ):
                name, told = known
                if name:
                    try:
                        written = fields[name] = writer(value)
                    except Unwritable as reason:
                        self._log.note("dropped", clean_key(given), str(reason))
                        continue
                    if written is None and value is not None:
                        self._log.note("replaced", clean_key(given), NOT_FINITE)
                for change in told:
                    self._log.add(change)
            elif self._to_search <= 0:
                self._log.note("dropped", "", _SEARCHED, count=len(entries) - place)
                return
            elif flattening.is_full("", len(entries) - place):
                return
            else:
                flattening.add(given, value)
                if type(given) is str:
                    self._routes.learn(given)

    def _entries(self, record: Mapping[Any, Any]) -> Collection[tuple[Any, Any]]:
        """Answer the entries that may give a field; the other ones are reported."""
        if type(record) is dict:
            parts = self._routes.parts(record)
            if parts is None:
                return record.items()
            self._log.add_all(parts[1])
            return [(key, record[key]) for key in parts[0]]
        entries = entries_of(record)
        if entries is None:
            self._log.note("dropped", "", "the record's entries cannot be read")
            return ()
        return entries

    def put(self, key: str, given: str, value: Any, own: str = "") -> None:
        """Add one flattened field, or report why not; ``own`` is the name it has where it is nested."""
        route = self._routes.route(key, own)
        if route.refusal is not None:
            self._log.add(route.refusal)
        elif route.is_doubtful and type(value) is list:
            self._log.note("withheld", key, Guard.reason("unless_harmless", None))
        elif route.name in self.fields:
            self._log.note("shadowed", given, f"the source gives another field of the name {route.name}")
        elif len(self.fields) >= MAX_FIELDS:
            self._log.note("dropped", key, f"a source may give {MAX_FIELDS} fields")
        else:
            try:
                scalar = (
                    self._joined(route, key, value) if type(value) is list else self._one(route, key, value)
                )
                self.fields[route.name] = self._cut(key, scalar) if isinstance(scalar, str) else scalar
            except _Withheld as reason:
                self._log.note("withheld", key, str(reason))
            except Unwritable as reason:
                self._log.note("dropped", key, str(reason))
            else:
                self._report_names(route, key, given)

    def _report_names(self, route: Route, key: str, given: str) -> None:
        if given != key:
            self._log.note("renamed", given, why_renamed(given), key)
        if route.renamed is not None:
            self._log.add(route.renamed)

    def _one(self, route: Route, key: str, value: Any) -> Scalar:
        kind = type(value)
        if route.format is not None and kind in _NEVER_TEXT and not route.is_doubtful:
            return self._formatted(route, key, value, self._write)
        if issubclass(kind, str):
            value = self._searchable(str.__str__(value))
        plain = self._write(value)
        if plain is None and value is not None:
            self._log.note("replaced", key, NOT_FINITE)
        elif kind is str and not value.isascii() and plain != value:
            self._log.note("replaced", key, "a part of it is no Unicode: U+FFFD stands for it")
        if not route.is_allowed:
            verdict = Guard.reason("unless_harmless", plain) if route.is_doubtful else ""
            if not verdict and isinstance(plain, str) and kind not in _NEVER_TEXT:
                verdict = looks_like(plain)
            if verdict:
                raise _Withheld(verdict)
        if route.format is None:
            return plain
        return self._formatted(route, key, value, lambda _: plain)

    def _searchable(self, text: str) -> str:
        """Answer as much of a text as is looked at; raise Unwritable where there is no room for it anyhow."""
        if len(text) > SHORT_TEXT:
            if not self._room:
                raise Unwritable(_ALL_TEXT)
            text = text[: MAX_TEXT + OVERLAP]
        if self._to_search <= 0:
            raise Unwritable(_SEARCHED)
        self._to_search -= len(text)
        return text

    def _formatted(self, route: Route, key: str, value: Any, otherwise: Writer) -> Scalar:
        assert route.format is not None  # noqa: S101 - told apart by the caller
        try:
            written = route.format(value)
        except Unwritable as reason:
            self._log.note("unformatted", key, str(reason))
            return otherwise(value)
        return sound_text(written) if isinstance(written, str) else written

    def _joined(self, route: Route, key: str, items: Sequence[Any]) -> str | None:
        """Make one text of a list of scalars; None of an empty one."""
        texts: list[str] = []
        room = MAX_TEXT
        for place, item in enumerate(items):
            if room < 0:
                reason = f"its text is cut after {MAX_TEXT} characters"
                self._log.note("cut", key, reason, count=len(items) - place)
                break
            try:
                scalar = self._one(route, key, item)
            except _Withheld as reason:
                self._log.note("withheld", key, f"an item of the list: {reason}")
                continue
            except Unwritable as reason:
                self._log.note("dropped", key, f"an item of the list: {reason}")
                continue
            if scalar is not None:
                texts.append(str(scalar).lower() if isinstance(scalar, bool) else str(scalar))
                room -= len(texts[-1]) + 2
        return ", ".join(texts) or None

    def _cut(self, key: str, text: str) -> str:
        if len(text) <= SHORT_TEXT:
            return text
        if not self._room:
            raise Unwritable(_ALL_TEXT)
        longest = min(MAX_TEXT, self._room)
        self._room -= min(longest, len(text))
        if len(text) > longest:
            self._log.note("cut", key, f"its text is cut after {longest} characters")
        return text[:longest]


def shape_record(
    routes: Routes, record: Mapping[Any, Any], write: Writer, writers: Writers
) -> tuple[dict[str, Scalar], list[Change]]:
    """Answer the fields that a record gives, and every one that does not leave as it was given."""
    log = ChangeLog(routes.source)
    shaping = Shaping(routes, write, log)
    shaping.add_record(record, writers)
    return shaping.fields, log.changes()
