"""What all answers together tell of a value: whose it is in one field, it is in every other."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from harness.kinds import Kind, kind_of_field
from harness.text import fold

_ORDER = {kind: number for number, kind in enumerate(get_args(Kind))}
_OF_A_PERSON: tuple[Kind, ...] = ("address", "name", "company", "street", "city")
_WORD = re.compile(r"[^\W_]{2,}")


class Survey:
    """Looks through all answers before a value is replaced; ``kept`` are keys whose values stay.

    A text is of one kind in every field, so that it becomes the same other everywhere. A word in common is
    kept only where no address, name, company, street or city of the same answers holds it.
    """

    def __init__(self, answers: Iterable[Mapping[str, Any]], kept: Iterable[str] = ()) -> None:
        self._kept = frozenset(kept)
        # Two addresses of one person have everything in common, which makes none of it common to people.
        people = {json.dumps(answer, sort_keys=True, default=str): answer for answer in answers}.values()
        of_each = [{(key, str(value)): value for key, value in leaves(answer)} for answer in people]
        self._counted = Counter(pair for pairs in of_each for pair in pairs)
        self._kinds: dict[str, Kind] = {}
        self._replaced: set[str] = set()
        for pairs in of_each:
            for (key, _), value in pairs.items():
                self._note(key, value)

    def kind(self, key: str, value: Any) -> Kind:
        """Say what becomes of a value: kept, or as what it is replaced."""
        if key in self._kept:
            return "kept"
        guessed = self._guess(key, value)
        if guessed == "kept" or not isinstance(value, str):
            return guessed
        elsewhere = self._kinds.get(fold(value))
        if guessed != "word":
            return _stronger(guessed, elsewhere)
        if elsewhere:
            return elsewhere
        return "text" if self._replaced & set(_WORD.findall(fold(value))) else "kept"

    def _guess(self, key: str, value: Any) -> Kind:
        return kind_of_field(key, value, is_shared=self._counted[key, str(value)] > 1)

    def _note(self, key: str, value: Any) -> None:
        if key in self._kept or not isinstance(value, str):
            return
        guessed, text = self._guess(key, value), fold(value)
        if guessed not in {"kept", "word"}:
            self._kinds[text] = _stronger(guessed, self._kinds.get(text))
        if guessed in _OF_A_PERSON:
            self._replaced |= set(_WORD.findall(text.rpartition(".")[0] if guessed == "address" else text))


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Give every plain value with its key; within an object keys are joined as flattening would."""
    if isinstance(value, Mapping):
        for inner, each in value.items():
            yield from leaves(each, f"{key}_{inner}" if key else inner)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, key)
    else:
        yield key, value


def _stronger(guessed: Kind, elsewhere: Kind | None) -> Kind:
    return min(guessed, elsewhere or guessed, key=_ORDER.__getitem__)
