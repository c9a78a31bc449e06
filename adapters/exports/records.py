"""How a record is kept in an index: as JSON that says little, and is read back fast.

A list of records, each a list of values in the order of the generation's fields. Which kind of value
stands where, the fields tell: ``text``, ``number`` (whole), ``decimal`` (text), ``yes``, ``time`` (seconds
since 1970), ``date`` (ISO), ``money`` (ten-thousandths and currency), ``moneys`` (a list of such), ``texts``
(an object of texts).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson

from adapters.base import Money
from adapters.exports.cells import from_parts


def _same(value: Any) -> Any:
    return value


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _money(pair: Sequence[Any]) -> Money:
    return Money(from_parts(pair[0]), pair[1])


def _moneys(pairs: Sequence[Sequence[Any]]) -> Money | list[Money] | None:
    if len(pairs) == 1:
        return _money(pairs[0])
    return [_money(pair) for pair in pairs] or None


def _texts(given: Mapping[str, Any]) -> dict[str, Any] | None:
    return {name: value for name, value in given.items() if value is not None} or None


READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": _same,
    "number": _same,
    "decimal": Decimal,
    "yes": bool,
    "time": _time,
    "date": date.fromisoformat,
    "money": _money,
    "moneys": _moneys,
    "texts": _texts,
}


Fields = Sequence[tuple[str, Callable[[Any], Any] | None]]
MayGive = Callable[[str], bool]

_NOT_READ: Mapping[Callable[[Any], Any] | None, Callable[[Any], Any]] = {
    _moneys: lambda pairs: pairs or None,
    _texts: _texts,
}
"""What tells whether there is a value at all, for kinds that may be kept empty."""


class RecordReader:
    """Reads the records of one generation."""

    __slots__ = ("_fields", "_narrowed")

    def __init__(self, fields: Sequence[Sequence[str]]) -> None:
        self._fields = [(name, None if READERS[kind] is _same else READERS[kind]) for name, kind in fields]
        self._narrowed: tuple[MayGive, Fields] | None = None

    def first(self, kept: str | bytes, may_give: MayGive | None = None) -> dict[str, Any]:
        """Answer the first record; a field that may give nothing holds what is kept of it, unread."""
        return _record(orjson.loads(kept)[0], self._fields if may_give is None else self._narrow(may_give))

    def all(self, kept: str | bytes) -> list[dict[str, Any]]:
        """Answer all records."""
        return [_record(values, self._fields) for values in orjson.loads(kept)]

    def _narrow(self, may_give: MayGive) -> Fields:
        narrowed = self._narrowed
        if narrowed is None or narrowed[0] is not may_give:
            fields = [(name, read if may_give(name) else _NOT_READ.get(read)) for name, read in self._fields]
            narrowed = self._narrowed = may_give, fields
        return narrowed[1]


def _record(values: Sequence[Any], fields: Fields) -> dict[str, Any]:
    found = {}
    for (name, read), value in zip(fields, values, strict=True):
        if value is not None:
            if read is not None:
                value = read(value)  # noqa: PLW2901 - on the hot path
                if value is None:
                    continue
            found[name] = value
    return found
