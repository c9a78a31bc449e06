"""Asks a source for the records of one customer, and judges what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from adapters.base import CustomerSource
from adapters.errors import SourceError
from webhook_server.profile.flatten import entries_of

MAX_ANSWERED = 1000
"""Records of one customer that are taken from a source."""

SHORTEST_KEY = 5
"""Characters of a key that a message is searched for; the shortest address has as many: a@b.c"""


class NoRecordError(Exception):
    """Raised for an answer that is no record; the text says what it is, without what is in it."""


def first_record(source: CustomerSource, keys: Sequence[str]) -> Mapping[Any, Any] | None:
    """Ask for each key until one is known. Raises NoRecordError, and what the source raises."""
    for key in keys:
        record = source.lookup(key)
        if record is not None:
            if type(record) is not dict:
                _check(record)
            return record
    return None


def all_records(source: CustomerSource, keys: Sequence[str]) -> list[Mapping[Any, Any]]:
    """Ask for all records of every key, and answer one more than MAX_ANSWERED where there are more.

    Raises as first_record does.
    """
    found: list[Mapping[Any, Any]] = []
    earlier: set[object] = set()
    for key in keys:
        answers: Any = source.lookup_all(key)
        if isinstance(answers, Mapping | str | bytes) or not isinstance(answers, Iterable):
            raise NoRecordError(f"its lookup_all() answered {type(answers).__name__}, not a list")
        of_this_key: set[object] = set()
        for record in islice(answers, MAX_ANSWERED + 1):
            if type(record) is not dict:
                _check(record)
            # One record found under two addresses is one: under its own spelling and in lower case, say.
            mark = _mark(record) if len(keys) > 1 else None
            if mark is None or mark not in earlier:
                found.append(record)
                of_this_key.add(mark)
            if len(found) > MAX_ANSWERED:
                return found
        earlier |= of_this_key
    return found


def _check(record: Any) -> None:
    if not isinstance(record, Mapping):
        raise NoRecordError(f"it answered {type(record).__name__}, not a mapping")
    if entries_of(record) is None:
        raise NoRecordError(f"it answered {type(record).__name__}, whose entries cannot be read")


def _mark(record: Mapping[Any, Any]) -> object:
    """Answer what equal records share and others do not, at once whatever their number; None for none."""
    try:
        return frozenset(record.items())
    except TypeError:  # something in it is a list or an object
        return _written(record)
    except Exception:  # noqa: BLE001 - a mapping of an adapter may do anything, and is then one of its own
        return None


def _written(record: Mapping[Any, Any]) -> str | None:
    try:
        return repr(dict(record))
    except Exception:  # noqa: BLE001 - so may what is in it
        return None


def message_of(error: SourceError, keys: Sequence[str]) -> str:
    """Answer what an adapter says of its failure, unless it repeats whom it was asked for."""
    message = str(error)
    folded = message.casefold()
    # A short key, such as the 1 of a lookup by id, stands in many a message that does not mean it.
    if any(len(key) >= SHORTEST_KEY and key.casefold() in folded for key in keys):
        return f"{type(error).__name__}, whose message is left out, because it repeats the customer's address"
    return message
